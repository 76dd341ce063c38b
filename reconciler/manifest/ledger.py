"""Which problems were found, each told once? With the line of the file where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from reconciler.model import ABSENT, Absent, Place
from reconciler.problem import Excerpt, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOKEN: Final = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\'\'|[^\'])*\'|\{\{[^{}]*\}\}|(?:[^\s,\[\]{}:]|:(?=\S))+|\S?'
)
"""What a caret underlines: a quoted text, a placeholder or a word."""

_BEFORE: Final = 60
_AFTER: Final = 60
"""How much of a line is kept on either side of a problem."""


@dataclass(slots=True)
class _Told:
    """A problem, and with which values and for which targets it appears."""

    problem: Problem
    quoted: bool
    for_each: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Ledger:
    """Collects problems while the same files are read for one target after the other."""

    _told: dict[tuple[Place, str], _Told] = field(default_factory=dict)
    _targets: dict[str, None] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def keep_text(self, file: str, text: str) -> None:
        """Remember the text of a file, to quote from."""
        self._texts[file] = text

    def begin(self, target: str) -> None:
        """Take what is added from here on for a problem of one *target*."""
        self._targets[target] = None

    def add(self, problems: Iterable[Problem], *, target: str = "", quoted: bool = True) -> None:
        """Note problems; what several tasks inherit or `for_each` repeats is one.

        Unless they are to be *quoted*, they are told without the line of the file.
        """
        for problem in problems:
            key = (problem.place, problem.sentence)
            told = self._told.setdefault(key, _Told(problem, quoted))
            told.for_each[problem.for_each] = None
            if target:
                told.targets[target] = None

    @property
    def has_errors(self) -> bool:
        """Whether one of the problems is an error."""
        return any(t.problem.severity is Severity.ERROR for t in self._told.values())

    def close(self) -> tuple[Problem, ...]:
        """Return all problems by place, each with its line."""
        problems = [self._finish(told) for told in self._told.values()]
        return tuple(sorted(problems, key=lambda p: (p.place, p.code, p.sentence)))

    def _finish(self, told: _Told) -> Problem:
        problem = told.problem
        everywhere = not told.targets or told.targets.keys() == self._targets.keys()
        return replace(
            problem,
            for_each=_sum_up(list(told.for_each)),
            target="" if everywhere else ", ".join(told.targets),
            excerpt=self._quote(problem.place) if told.quoted else ABSENT,
        )

    def _quote(self, place: Place) -> Excerpt | Absent:
        return quote_line(self._lines_of(place.file), place)

    def _lines_of(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = self._texts.get(file, "").splitlines()
        return self._lines[file]


def _sum_up(notes: list[str]) -> str:
    """Return the first note and how many there are besides; "" if one has none."""
    if "" in notes:
        return ""
    return notes[0] if len(notes) == 1 else f"{notes[0]} and {len(notes) - 1} more"


def quote_line(lines: Sequence[str], place: Place) -> Excerpt | Absent:
    """Return the line of a text around a place, absent if there is nothing to see."""
    if place.line > len(lines) or not lines[place.line - 1].strip():
        return ABSENT
    line, index = lines[place.line - 1], place.column - 1
    match = _TOKEN.match(line, index)
    width = max(1, min(len(match[0]) if match else 1, _AFTER))
    start = index - _BEFORE if index > _BEFORE + 1 else 0
    end = index + width + _AFTER
    before, after = "…" if start else "", "…" if end < len(line) - 1 else ""
    shown = line[start:end] if after else line[start:]
    return Excerpt(before + shown + after, index - start + len(before) + 1, width)
