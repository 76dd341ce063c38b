"""Which keys take part in a run? `--only` and `--exclude`; pure."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Selection:
    """Shell patterns over keys: those that *only* matches (all, if empty) and *exclude* doesn't."""

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __call__(self, key: str) -> bool:
        """Tell whether *key* takes part."""
        wanted = not self.only or any(fnmatchcase(key, glob) for glob in self.only)
        return wanted and not any(fnmatchcase(key, glob) for glob in self.exclude)

    def unmatched(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the patterns of *only* that match none of *keys*."""
        known = tuple(keys)
        return tuple(g for g in self.only if not any(fnmatchcase(key, g) for key in known))
