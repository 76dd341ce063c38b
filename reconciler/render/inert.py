"""How is text that came from a file or from the API printed, so that it does nothing?"""

from __future__ import annotations

import unicodedata
from typing import Final

# Controls, format characters (bidi, zero width), surrogates, private use, line separators.
_ACTIVE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def make_inert(text: str) -> str:
    """Return *text* in one line, with every character that isn't plainly visible escaped.

    `##[` begins a command of GitHub's runner wherever it stands in a line, so it is broken up.
    """
    text = text.replace("##[", "\\x23#[")
    if text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _ACTIVE else c for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
