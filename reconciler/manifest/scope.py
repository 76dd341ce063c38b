"""Which variables fill in the files, and where are those written?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.model import ABSENT, Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.manifest.places import Document, Path
    from reconciler.model import Json


@dataclass(frozen=True, slots=True)
class Scope:
    """What the files are read for: a target, and the variables that are set for it.

    *given* are the variables of the command line; the others stand in *config*, below the
    target of that name. *targets* are the names of all targets, none if there is no
    configuration. *complete* says that all variables are known, *unique_names* that a display
    name identifies a task.
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    target: str = ""
    given: frozenset[str] = frozenset()
    config: Document | Absent = ABSENT
    targets: tuple[str, ...] = ()
    complete: bool = True
    unique_names: bool = False

    def source_of(self, name: str) -> tuple[Document, Path] | None:
        """Return the document and the path where the variable *name* is written, if any."""
        if self.config is ABSENT or name in self.given or name not in self.values:
            return None
        return self.config, ("targets", self.target, "variables", name)
