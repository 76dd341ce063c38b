"""Which problems were found, each told once? With the line of the file where it stands."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from reconciler.model import ABSENT, Absent, Place
from reconciler.problem import Excerpt, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TOKEN: Final = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\'\'|[^\'])*\'|\{\{[^{}]*\}\}|(?:[^\s,\[\]{}:]|:(?=\S))+|\S?'
)
"""What a caret underlines: a quoted text, a placeholder or a word."""

_KEPT: Final = 300
"""How much of a line is kept on either side of a problem."""

_MANY: Final = 3
"""So many values of one variable may be wrong at one place of use: of more the use is wrong."""

_SECRETIVE: Final = re.compile(r"@|\?|(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[\w-]{16,}")
"""What a line of the configuration may hold that is not for a log."""


@dataclass(slots=True)
class _Told:
    """A problem, and with which values, in which tasks and for which targets it appears."""

    problem: Problem
    for_each: dict[str, None] = field(default_factory=dict)
    tasks: dict[str, None] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Ledger:
    """Collects problems while the same files are read for one target after the other.

    *config* names the configuration file, whose lines are quoted only if they can't hold a token
    that somebody wrote there by mistake.
    """

    config: str = ""
    _told: dict[tuple[Place, str], _Told] = field(default_factory=dict)
    _flawed: set[Place] = field(default_factory=set)
    _targets: dict[str, None] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict)

    @property
    def has_config(self) -> bool:
        """Whether there is a configuration file."""
        return bool(self.config)

    def keep_text(self, file: str, text: str) -> None:
        """Remember the text of a file, to quote from."""
        self._texts[file] = text

    def begin(self, target: str) -> None:
        """Take what is added from here on for a problem of one *target*."""
        self._targets[target] = None

    def add_flaws(self, problems: Iterable[Problem]) -> None:
        """Note what is wrong with a text itself: of such a place nothing more is told."""
        problems = tuple(problems)
        self.add(problems)
        self._flawed.update(problem.place for problem in problems)

    def add(self, problems: Iterable[Problem], *, target: str = "") -> None:
        """Note problems; what several tasks inherit or `for_each` repeats is one."""
        for problem in problems:
            if problem.place in self._flawed:
                continue
            key = (problem.place, problem.sentence)
            told = self._told.setdefault(key, _Told(problem))
            told.for_each[problem.for_each] = None
            told.tasks[problem.task] = None
            if target:
                told.targets[target] = None

    @property
    def has_errors(self) -> bool:
        """Whether one of the problems is an error."""
        return any(t.problem.severity is Severity.ERROR for t in self._told.values())

    def close(self) -> tuple[Problem, ...]:
        """Return all problems by place, each with its line."""
        problems = [self._finish(told) for told in self._gather()]
        return tuple(sorted(problems, key=lambda p: (p.place, p.code, p.sentence)))

    def _gather(self) -> Iterator[_Told]:
        """Yield what is to be told: of many values that fit nowhere, that they are used there."""
        uses: dict[tuple[Place | Absent, str], list[_Told]] = defaultdict(list)
        for told in self._told.values():
            uses[(told.problem.used_at, told.problem.code)].append(told)
        for (used_at, _), group in uses.items():
            if used_at is ABSENT or len(group) <= _MANY:
                yield from group
                continue
            first = replace(group[0].problem, place=used_at, used_at=ABSENT)
            merged = _Told(first)
            for told in group:
                merged.for_each |= told.for_each
                merged.tasks |= told.tasks
                merged.targets |= told.targets
            yield merged

    def _finish(self, told: _Told) -> Problem:
        problem = told.problem
        everywhere = not told.targets or told.targets.keys() == self._targets.keys()
        return replace(
            problem,
            for_each=_sum_up(list(told.for_each)),
            task=_sum_up(list(told.tasks)),
            target="" if everywhere else ", ".join(told.targets),
            excerpt=self._quote(problem.place),
        )

    def _quote(self, place: Place) -> Excerpt | Absent:
        excerpt = quote_line(self._lines_of(place.file), place)
        if excerpt is ABSENT or place.file != self.config or not _SECRETIVE.search(excerpt.text):
            return excerpt
        return ABSENT

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
    match = _TOKEN.match(line[index : index + _KEPT])
    width = max(1, len(match[0]) if match else 1)
    start = max(0, index - _KEPT)
    return Excerpt(line[start : index + width + _KEPT], index - start + 1, width)
