"""What does a person have to mend in a text that isn't YAML? In plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.manifest.anchors import DEPTH
from reconciler.manifest.places import Flaw, Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTE: Final = "put the text in quotes"
_INDENT: Final = "give keys of one mapping the same indentation"

_SECOND_COLON: Final = "mapping values are not allowed in this context"

_PLAIN_WORDS: Final = {
    _SECOND_COLON: (
        "a `:` stands where no key can end",
        _INDENT,
    ),
    "block sequence entries are not allowed in this context": (
        "a list can't begin here",
        "begin it in the next line",
    ),
    "did not find expected key": (
        "a key should stand here",
        f"{_INDENT}, and put text with special characters in quotes",
    ),
    "did not find expected '-' indicator": (
        "a `-` should stand here",
        "a list has items only: indent what belongs to the item above",
    ),
    "did not find expected ',' or ']'": ("this `[` is not closed", "add a `]`"),
    "did not find expected ',' or '}'": ("this `{` is not closed", "add a `}`"),
    "could not find expected ':'": ("this line is no `key: value`", "add the `:`, or indent it"),
    "found unexpected end of stream": ("this quote is not closed", "add the closing quote"),
    "found character that cannot start any token": (
        "a value can't begin with this character",
        _QUOTE,
    ),
    "found unknown escape character": (
        "in double quotes a backslash begins an escape, and this is none",
        r"write `\\` for a backslash, or use single quotes",
    ),
    "found invalid Unicode character escape code": (
        "this escape stands for no character",
        "write the character itself",
    ),
    "found a tab character where an indentation space is expected": (
        "a tab can't indent",
        "indent with spaces",
    ),
    "did not find expected node content": ("a value is missing here", "write one, or quote it"),
    "found incompatible YAML document": (
        "this version of YAML is not supported",
        "remove the line",
    ),
}
_OPENED: Final = frozenset(
    {"did not find expected ',' or ']'", "did not find expected ',' or '}'"}
    | {"found unexpected end of stream", "could not find expected ':'"}
)
"""What is wrong where it begins, not where it is noticed."""

_MISSING_COMMA: Final = {
    "did not find expected ',' or ']'": "a `,` or a `]` is missing before this",
    "did not find expected ',' or '}'": "a `,` or a `}` is missing before this",
}
_NO_COLON: Final = "could not find expected ':'"
_NO_SPACE: Final = re.compile(r"\s*-\w")
_COLON: Final = re.compile(r":(\s|$)")

_UNQUOTED: Final = frozenset(
    {_SECOND_COLON, "did not find expected key", "did not find expected ',' or '}'"}
)
"""What an unquoted placeholder can come to."""

_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""What libyaml says from version 0.2.6 on: its scanner runs ahead of the builder."""

_NOT_ALLOWED: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def explain_syntax(text: str, problem: str, *, at: Mark, begun: Mark) -> Flaw:
    """Return the flaw behind the parser's *problem*, noticed *at* a place in what had *begun*."""
    if problem == _TOO_DEEP:
        return too_deep(at)
    lines = text.splitlines()
    conflict = _find_conflict(lines)
    if conflict is not None:
        hint = "choose one of the two sides and remove the marks"
        return Flaw(
            (conflict, 0), "yaml-syntax", "not YAML: a merge conflict is not resolved", hint
        )
    sentence, hint = _PLAIN_WORDS.get(problem, (problem, ""))
    mark = begun if problem in _OPENED else at
    if problem in _MISSING_COMMA and at[0] < len(lines) and lines[at[0]][at[1] :].strip():
        sentence, hint = _MISSING_COMMA[problem], f"it began in line {begun[0] + 1}"
        mark = at
    if mark[0] >= len(lines) and lines:
        # What is missing at the end is missing in the last line.
        mark = (len(lines) - 1, len(lines[-1]))
    line = lines[mark[0]] if mark[0] < len(lines) else ""
    before = lines[at[0] - 1] if 0 < at[0] <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        sentence, hint = "a tab can't indent", "indent with spaces"
    elif "\u00a0" in line:
        sentence, hint = (
            "a no-break space (U+00A0) is no space",
            "type the spaces of this line anew",
        )
        mark = (mark[0], line.index("\u00a0"))
    elif "{{" in line and problem in _UNQUOTED:
        hint = 'put text with a placeholder in quotes: "{{ name }}"'
    elif ": " in line.partition(": ")[2] and problem == _SECOND_COLON:
        hint = "put text with a `: ` in quotes"
    elif _NO_SPACE.match(line) and problem == _NO_COLON:
        hint = "write a space after the `-`"
    elif problem == _SECOND_COLON and before.strip() and not _COLON.search(before):
        # What has no colon is read as a text that goes on in the next line.
        sentence, hint = _PLAIN_WORDS[_NO_COLON]
        mark = (at[0] - 1, len(before) - len(before.lstrip()))
    return Flaw(mark, "yaml-syntax", f"not YAML: {sentence}", hint)


def _find_conflict(lines: Sequence[str]) -> int | None:
    """Return the first line that version control left of a merge, if any."""
    return next(
        (n for n, line in enumerate(lines) if line.startswith(("<<<<<<< ", ">>>>>>> "))), None
    )


def too_deep(mark: Mark) -> Flaw:
    """Return the flaw of a text that is nested without end."""
    return Flaw(mark, "yaml-depth", f"this is nested more than {DEPTH} levels deep", "nest less")


def explain_character(text: str) -> Flaw:
    """Return the flaw of a text that holds a character that YAML doesn't allow."""
    found = _NOT_ALLOWED.search(text)
    where = found.start() if found else 0
    lines = f"{text[:where]}.".splitlines()
    mark = (len(lines) - 1, len(lines[-1]) - 1)
    name = f"U+{ord(found[0]):04X}" if found else "of this text"
    return Flaw(mark, "yaml-character", f"the character {name} is not allowed in YAML", "remove it")
