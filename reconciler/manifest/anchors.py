"""What do a text's aliases stand for? Shared, never copied, and never too much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from reconciler.manifest.places import Flaw, Mark, UnreadableError

if TYPE_CHECKING:
    from reconciler.model import Json

DEPTH: Final = 100
"""How deep a text may be nested, its aliases followed."""

_NODES: Final = 1_000_000


class Anchors:
    """The anchored values of a text, and how much data its aliases have come to stand for."""

    def __init__(self) -> None:
        self._values: dict[str, Json] = {}
        self._extents: dict[int, tuple[int, int]] = {}
        self._aliased = 0

    def keep(self, name: str, value: Json) -> None:
        """Remember a finished value; a later one of that name replaces it."""
        self._values[name] = value
        if not isinstance(value, str):
            self._extents[id(value)] = self._extent(value)

    def follow(self, name: str, *, mark: Mark, depth: int) -> Json:
        """Return what an alias at *mark* stands for; raise `UnreadableError` if it can't."""
        if name not in self._values:
            sentence = f"the alias `*{name}` has no finished anchor `&{name}` before it"
            raise UnreadableError(Flaw(mark, "yaml-alias", sentence, "write the value itself"))
        value = self._values[name]
        size, levels = self._extent(value)
        self._aliased += size
        if self._aliased > _NODES or depth + levels > DEPTH:
            sentence = "the aliases of this file stand for too much data"
            raise UnreadableError(Flaw(mark, "yaml-alias", sentence, "write fewer of them"))
        return value

    def _extent(self, value: Json) -> tuple[int, int]:
        """Return how many values *value* holds, and in how many levels."""
        known = self._extents.get(id(value))
        if known is not None:
            return known
        parts: Iterable[Json] = ()
        if isinstance(value, Mapping):
            parts = value.values()
        elif isinstance(value, list):
            parts = value
        extents = [self._extent(part) for part in parts]
        return 1 + sum(size for size, _ in extents), 1 + max((n for _, n in extents), default=0)
