"""What may be told of a server's words? All but the token, which they may repeat."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model import Fault

_LONGEST_WORDS = 2000
"""Of what a server says, no more characters than these are kept."""
_SHORTEST_PART = 8
"""So many characters of a token in a row are masked as the whole is."""


def mask_fault(fault: Fault, token: str) -> Fault:
    """Return *fault* without the token, or a part, in its words, which may be the server's."""

    def mask(text: str) -> str:
        # First the token, then the length: a cut may leave half a token.
        return mask_token(text[: _LONGEST_WORDS + len(token)], token)[:_LONGEST_WORDS]

    return replace(
        fault,
        sentence=mask(fault.sentence),
        description=mask(fault.description),
        details=mask(fault.details),
        req_id=mask(fault.req_id),
    )


def mask_token(text: str, token: str) -> str:
    """Return *text* with `***` for the token, and for what is long enough a part to be one."""
    length = min(len(token), _SHORTEST_PART)
    if not length:
        return text
    parts = {token[at : at + length] for at in range(len(token) - length + 1)}
    # Parts overlap, so that each is only looked ahead for.
    found = re.finditer(f"(?={'|'.join(map(re.escape, parts))})", text)
    secret = {at for match in found for at in range(match.start(), match.start() + length)}
    masks = {at: "" if at - 1 in secret else "***" for at in secret}
    return "".join(masks.get(at, character) for at, character in enumerate(text))
