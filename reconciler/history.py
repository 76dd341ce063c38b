"""What did a run do, as far as its record says? Entries → a past run; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reconciler.errors import RecordError
from reconciler.journal import FORMAT_VERSION, Closed, Ended, Intent, Noted, Started
from reconciler.journaltext import decode
from reconciler.model import ABSENT, Absent, Fault, Notice, Spec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.journal import Entry

UNKNOWN: Final = "unknown"
_NO_END: Final = Fault("nothing says what became of it: the run ended before its answer came")


@dataclass(frozen=True, slots=True)
class PastAction:
    """An action of a past run: what was intended, and what became of it."""

    number: int
    action: str
    key: str
    name: str
    reason: str = ""
    id: str = ""
    fields: tuple[str, ...] = ()
    before: Spec | Absent = ABSENT
    outcome: str = UNKNOWN
    fault: Fault | Absent = _NO_END
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run by its record; *end* is absent if it was killed, or if it is still *running*.

    *damaged* is how many lines can't be read.
    """

    start: Started
    actions: tuple[PastAction, ...]
    notes: tuple[Noted, ...] = ()
    end: Closed | Absent = ABSENT
    damaged: int = 0
    running: bool = False

    @property
    def outcome(self) -> str:
        """How the run ended, in a word."""
        if self.end is not ABSENT:
            return self.end.outcome
        return "running" if self.running else "killed"

    @property
    def unbegun(self) -> int:
        """How many actions of the plan were never sent, and have no outcome that says so."""
        names = ("create", "update", "adopt", "release", "delete")
        counts = [self.start.plan.get(name) for name in names]
        planned = sum(count for count in counts if isinstance(count, int))
        return max(0, planned - len(self.actions))

    def count(self, outcome: str, action: str = "") -> int:
        """Return how many actions, or those of one kind, came to an *outcome*."""
        found = (each for each in self.actions if each.outcome == outcome)
        return sum(not action or each.action == action for each in found)


def read_run(data: bytes, *, running: bool = False) -> PastRun:
    """Return the run whose record *data* is; raise `RecordError` if it is none that can be read.

    Whatever byte a record breaks off at, what stands before is read.
    """
    entries, damaged = decode(data)
    start = next(iter(entries), ABSENT)
    if not isinstance(start, Started) or not start.run:
        raise RecordError("this is no record of a run, or its first line is damaged; remove it")
    if start.format_version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise RecordError("a later version of reconciler wrote this record; upgrade this one")
    return PastRun(
        start,
        _actions_of(entries),
        tuple(entry for entry in entries if isinstance(entry, Noted)),
        next((entry for entry in entries if isinstance(entry, Closed)), ABSENT),
        damaged,
        running,
    )


def _actions_of(entries: Iterable[Entry]) -> tuple[PastAction, ...]:
    """Return each action once, in the order of the plan: a create may have been sent again."""
    found: dict[int, PastAction] = {}
    for entry in entries:
        match entry:
            case Intent():
                found[entry.number] = _begun(entry)
            case Ended(number=number):
                known = found.get(number) or _unsent(entry)
                found[number] = replace(
                    known,
                    id=entry.id or known.id,
                    outcome=entry.outcome,
                    fault=entry.fault,
                    warnings=entry.warnings,
                )
            case _:
                continue
    return tuple(found[number] for number in sorted(found))


def _begun(intent: Intent) -> PastAction:
    return PastAction(
        intent.number,
        intent.action,
        intent.key,
        intent.name,
        intent.reason,
        intent.id,
        intent.fields,
        intent.before,
    )


def _unsent(end: Ended) -> PastAction:
    """Return an action that came to an end without a request."""
    return PastAction(end.number, end.action, end.key, end.name)
