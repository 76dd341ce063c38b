"""Which keys take part in a run? `--only` and `--exclude`; pure."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

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

    def check(self, keys: Iterable[str]) -> None:
        """Raise `UsageError` if a pattern of *only* matches none of *keys*."""
        known = tuple(keys)
        lost = [f"`{g}`" for g in self.only if not any(fnmatchcase(key, g) for key in known)]
        if lost:
            sentence = f"--only {', '.join(lost)} matches no key"
            raise UsageError(f"{sentence}; `reconciler list` shows the live ones")
