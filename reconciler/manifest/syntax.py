"""What does a person have to mend in a text that isn't YAML? In plain words."""

from __future__ import annotations

import re
from typing import Final

from reconciler.manifest.anchors import DEPTH
from reconciler.manifest.places import Flaw, Mark

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
    sentence, hint = _PLAIN_WORDS.get(problem, (problem, ""))
    mark = begun if problem in _OPENED else at
    lines = text.splitlines()
    line = lines[mark[0]] if mark[0] < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        sentence, hint = "a tab can't indent", "indent with spaces"
    elif "{{" in line and problem in _UNQUOTED:
        hint = 'put text with a placeholder in quotes: "{{ name }}"'
    elif ": " in line.partition(": ")[2] and problem == _SECOND_COLON:
        hint = "put text with a `: ` in quotes"
    return Flaw(mark, "yaml-syntax", f"not YAML: {sentence}", hint)


def too_deep(mark: Mark) -> Flaw:
    """Return the flaw of a text that is nested without end."""
    return Flaw(mark, "yaml-depth", f"this is nested more than {DEPTH} levels deep", "nest less")


def explain_character(text: str) -> Flaw:
    """Return the flaw of a text that holds a character that YAML doesn't allow."""
    found = _NOT_ALLOWED.search(text)
    where = found.start() if found else 0
    mark = (text.count("\n", 0, where), where - text.rfind("\n", 0, where) - 1)
    name = f"U+{ord(found[0]):04X}" if found else "of this text"
    return Flaw(mark, "yaml-character", f"the character {name} is not allowed in YAML", "remove it")
