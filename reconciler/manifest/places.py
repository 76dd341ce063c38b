"""Where in a text does something stand, and what is wrong there? Marks, spots, flaws."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler.model import Place
from reconciler.problem import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.model import Json

Path: TypeAlias = tuple[str | int, ...]
Mark: TypeAlias = tuple[int, int]
"""Line and column, from 0, as PyYAML counts."""


_MOST_KEYS: Final = 100
"""So many keys with placeholders are tried to find the one that became another."""


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


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with the value at *path* of a document's data, or with its key if *of_key*.

    *misplaced* says that a list or a mapping stands where there is room for a text or a number:
    if a placeholder brought it there, the placeholder is wrong and not its variable.
    """

    path: Path
    code: str
    sentence: str
    hint: str = ""
    of_key: bool = False
    severity: Severity = Severity.ERROR
    misplaced: bool = False


class UnreadableError(Exception):
    """Reading can't go on behind *flaw*."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.sentence)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a path: the place of its key (or item), of its value, the value's text."""

    key: Place
    value: Place
    written: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A text's data, and the marks of its keys and items down to the second level.

    *plain* says that it holds neither a placeholder nor a null: its tasks are as written.
    *nulls* says that it holds a null, *whole* that it could be read to its end.
    """

    file: str
    text: str
    data: Json
    marks: Mapping[Path, Mark]
    plain: bool
    nulls: bool = False
    whole: bool = True

    def place(self, path: Path = ()) -> Place:
        """Return where the key or the item at *path* stands, or the nearest thing around it."""
        for length in range(len(path), 0, -1):
            if (mark := self.marks.get(path[:length])) is not None:
                return place_of(self.file, mark)
        return Place(self.file)


@dataclass(slots=True)
class Node:
    """A value where it stands: its text, or its parts by key or index, and where those begin."""

    mark: Mark
    written: str = ""
    parts: dict[str | int, tuple[Mark, Node]] = field(default_factory=dict)

    def find(self, path: Path, *, file: str, fill: Callable[[str], str] = str) -> Spot | None:
        """Return where *path* stands below this node of *file*.

        *fill* returns what a key with placeholders becomes.
        """
        node, mark = self, self.mark
        for part in path:
            if part in node.parts:
                mark, node = node.parts[part]
                continue
            written = (key for key in node.parts if isinstance(key, str) and "{{" in key)
            key = next((key for key in islice(written, _MOST_KEYS) if fill(key) == part), None)
            if key is None:
                return None
            mark, node = node.parts[key]
        return Spot(place_of(file, mark), place_of(file, node.mark), node.written)


def place_of(file: str, mark: Mark) -> Place:
    """Return a mark as people count."""
    return Place(file, mark[0] + 1, mark[1] + 1)
