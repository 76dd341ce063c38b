"""Where must a person edit what a task got from defaults, `for_each` and variables?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.manifest.places import Spot
from reconciler.manifest.variables import fill_key, lone_name
from reconciler.manifest.yamltext import Document, Path, find_spot
from reconciler.model import ABSENT, Absent, Json, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.manifest.scope import Scope

_MOST_STEPS: Final = 3
"""A value in a task comes from `for_each`, and that from the target: there is no third step."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A task as it is written, and what filled it in.

    *chosen* maps each variable of `for_each` to the index of its value, *values* holds all
    variables of the task.
    """

    document: Document
    path: Path
    scope: Scope
    values: Mapping[str, Json]
    chosen: Mapping[str, int] = field(default_factory=dict)

    def fill(self, key: str) -> str:
        """Return what a key with placeholders becomes, as far as it can be filled in."""
        return fill_key(key, self.values)[0]


@dataclass(frozen=True, slots=True)
class Located:
    """The nearest thing that is written, what lies within it, and whether the defaults have it."""

    spot: Spot
    rest: Path
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Traced:
    """Where to edit a value: where it is used if it stands elsewhere, or who gave it."""

    spot: Spot
    used_at: Place | Absent = ABSENT
    given: str = ""
    inherited: bool = False


def trace(origin: Origin, inside: Path, *, of_key: bool = False) -> Traced:
    """Return where the value at *inside* in a task is written, or its key if *of_key*.

    That is in the task itself, else in the defaults, else the nearest thing around it; and
    where a placeholder stands there alone, in the variable that fills it in.
    """
    located = locate(origin, inside)
    spot, rest = located.spot, located.rest
    chosen = origin.chosen
    current, given = spot, ""
    for _ in range(_MOST_STEPS):
        name = "" if of_key and not rest else lone_name(current.written)
        if name in chosen:
            document, start = origin.document, (*origin.path, "for_each", name)
            rest, chosen = (chosen[name], *rest), {}
        elif name and (source := origin.scope.source_of(name)):
            document, start = source
        else:
            given = name if name in origin.scope.given else ""
            break
        found, rest = _nearest(document, start, rest)
        if found is None:
            break
        current = found
    used_at = ABSENT if current is spot else spot.value
    return Traced(current, used_at, given, located.inherited and used_at is ABSENT)


def locate(origin: Origin, inside: Path) -> Located:
    """Return the nearest thing to *inside* that is written: in the task, else in the defaults."""
    own, rest = _nearest(origin.document, origin.path, inside, origin)
    if rest:
        other, further = _nearest(origin.document, ("defaults",), inside, origin)
        if other is not None and len(further) < len(rest):
            return Located(other, further, inherited=origin.path != ("defaults",))
    place = origin.document.place(origin.path)
    return Located(own or Spot(place, place), rest)


def _nearest(
    document: Document, start: Path, inside: Path, origin: Origin | None = None
) -> tuple[Spot | None, Path]:
    for length in range(len(inside), -1, -1):
        path = (*start, *inside[:length])
        spot = find_spot(document, path, fill=origin.fill if origin else str)
        if spot is not None:
            return spot, inside[length:]
    return None, inside
