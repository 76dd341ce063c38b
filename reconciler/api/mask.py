"""How is a token kept out of words that a server chose?"""

from __future__ import annotations

import re
from typing import Final

_SHORTEST_PART: Final = 8
"""So many characters of a token in a row are masked as the whole is."""


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
