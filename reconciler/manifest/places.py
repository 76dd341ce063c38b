"""Where in a text does something stand, and what is wrong there? Marks, spots, flaws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model import Place, Problem

Path: TypeAlias = tuple[str | int, ...]
Mark: TypeAlias = tuple[int, int]
"""Line and column, from 0, as PyYAML counts."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong with a text itself."""

    mark: Mark
    code: str
    sentence: str
    hint: str = ""

    def problem(self, file: str) -> Problem:
        """Return the flaw as a problem of *file*."""
        return Problem(place_of(file, self.mark), self.code, self.sentence, self.hint)


class UnreadableError(Exception):
    """Reading can't go on behind *flaw*."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.sentence)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a path: the place of its key (or item), and of its value."""

    key: Place
    value: Place


def place_of(file: str, mark: Mark) -> Place:
    """Return a mark as people count."""
    return Place(file, mark[0] + 1, mark[1] + 1)
