"""What does the code of a problem mean? The pages of `codes.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from reconciler.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADING: Final = re.compile(r"^## ", re.MULTILINE)
_BLOCK: Final = re.compile(
    r"^```yaml (wrong|right)(?: (\S+))?\n(.*?)^```\n?", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a code means: a *title*, a *text*, and an example, wrong and right, "" if there is none.

    *file* is what the example is a piece of: a file of tasks unless it says `reconciler.yaml`.
    *severity* is the usual one.
    """

    code: str
    severity: Severity
    title: str
    text: str
    wrong: str = ""
    right: str = ""
    file: str = ""


@cache
def read_pages() -> Mapping[str, Page]:
    """Return every page by its code, in the order in which a file is checked."""
    text = files("reconciler").joinpath("codes.md").read_text(encoding="utf-8")
    pages = map(_read_page, _HEADING.split(text)[1:])
    return {page.code: page for page in pages}


def _read_page(section: str) -> Page:
    head, _, _ = section.partition("```")
    code, verdict, text = (part.strip() for part in head.split("\n\n", 2))
    severity, _, title = verdict.partition(": ")
    blocks = {kind: (body, file) for kind, file, body in _BLOCK.findall(section)}
    wrong, file = blocks.get("wrong", ("", ""))
    right, _ = blocks.get("right", ("", ""))
    return Page(code, Severity(severity), title, text, wrong, right, file)
