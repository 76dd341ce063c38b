"""How does text fit a screen? A long line goes on in the next one, behind the gutter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.render.problems import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_GUTTER: Final = "  | "
_STEP: Final = "    "
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_LEAST: Final = 20


def fold(text: str, width: int) -> str:
    """Return *text* with no line of more than *width* columns, as far as words allow."""
    return "\n".join(part for line in text.split("\n") for part in _fold_line(line, width))


def _fold_line(line: str, width: int) -> Iterator[str]:
    indent = (_GUTTER if line.startswith(_GUTTER) else "") + _STEP
    if _columns(line) <= width or width < _LEAST:
        yield line
        return
    lead = len(line) - len(line.lstrip(" |"))
    start, words = line[:lead], line[lead:].split(" ")
    current = start + words[0]
    for word in words[1:]:
        if _columns(current) + 1 + _columns(word) > width:
            yield current
            current = indent + word
        else:
            current = f"{current} {word}"
    yield current


def _columns(text: str) -> int:
    return columns_of(_COLOUR.sub("", text))
