"""What is kept of a run while it goes on? Its events → the entries of its record; pure.

First what the run is; then an intent for each action before the request that carries it, and an
outcome after it; at last how the run ended. An intent without an outcome is an action whose end is
unknown. No entry holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler import __version__
from reconciler.actions import Create, Update, name_of, reason_of, verb_of
from reconciler.model import ABSENT, Absent, Fault, Notice, Spec
from reconciler.render.parts import outcome_word
from reconciler.report import Done, Failed, Halted, Outcome, Postponed, Sending, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.actions import Action
    from reconciler.report import Event

FORMAT_VERSION: Final = "1.0"

_NANOSECONDS: Final = 1_000_000_000
_TICKS: Final = 0x10000
"""The parts of a second that ids of runs tell apart."""


@dataclass(frozen=True, slots=True)
class Started:
    """What a run is: its *run* id, when it *started*, its command, where it applies, as whom.

    *target* is as documents show it; *plan* says how many actions of each kind there are to do.
    """

    run: str
    started: str
    command: str
    owner: str
    target: Spec
    plan: Spec
    tool: str = __version__
    format_version: str = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class Intent:
    """An action that is about to be sent; *number* is its place in the plan.

    *before* is the task that another action than a create changes, as it was live, and *fields*
    are those that an update gives another value.
    """

    number: int
    action: str
    key: str
    name: str
    reason: str
    id: str = ""
    fields: tuple[str, ...] = ()
    before: Spec | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of an action, in a word; *fault* says why it isn't done."""

    number: int
    action: str
    key: str
    name: str
    outcome: str
    id: str = ""
    fault: Fault | Absent = ABSENT
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    """A warning about the run; what *halts* ended it."""

    notice: Notice
    halts: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of a run, unless it was killed; *summary* counts as the report does."""

    finished: str
    outcome: str
    exit_code: int
    summary: Spec = field(default_factory=dict)


Entry: TypeAlias = Started | Intent | Ended | Noted | Closed


def name_run(nanoseconds: int) -> str:
    """Return the id of a run that starts at a time since 1970: ids sort as their times do."""
    second, rest = divmod(nanoseconds, _NANOSECONDS)
    tick = rest * _TICKS // _NANOSECONDS
    return f"{datetime.fromtimestamp(second, UTC):%Y%m%dT%H%M%SZ}-{tick:04x}"


def next_tick(nanoseconds: int) -> int:
    """Return a time whose run has the next id."""
    return nanoseconds + _NANOSECONDS // _TICKS + 1


def write_time(nanoseconds: int) -> str:
    """Return a time since 1970 as records show it."""
    return f"{datetime.fromtimestamp(nanoseconds // _NANOSECONDS, UTC):%Y-%m-%dT%H:%M:%SZ}"


def entries_of(event: Event, numbers: Mapping[int, int]) -> Iterator[Entry]:
    """Yield what is kept of an event; *numbers* has each action's place in the plan by `id()`."""
    match event:
        case Sending(actions=actions):
            yield from (_intent_of(action, event, numbers[id(action)]) for action in actions)
        case Halted(notice=notice):
            yield Noted(notice, halts=True)
        case Notice():
            yield Noted(event)
        case Postponed():
            # Until it is sent again its end is as unknown as before.
            return
        case _:
            yield ended_of(event, numbers[id(event.action)])


def _intent_of(action: Action, sending: Sending, number: int) -> Intent:
    words = (str(verb_of(action)), action.key, name_of(action), reason_of(action))
    if isinstance(action, Create):
        return Intent(number, *words)
    live = sending.before.get(action.live.id, action.live)
    fields = action.differing if isinstance(action, Update) else ()
    return Intent(number, *words, id=live.id, fields=fields, before=live.spec)


def ended_of(end: Outcome, number: int) -> Ended:
    """Return what is kept of an outcome."""
    action = end.action
    live_id = "" if isinstance(action, Create) else action.live.id
    return Ended(
        number,
        str(verb_of(action)),
        action.key,
        name_of(action),
        outcome_word(end),
        id=end.id if isinstance(end, Done) else live_id,
        fault=end.fault if isinstance(end, Failed | Unknown) else ABSENT,
        warnings=end.warnings if isinstance(end, Done) else (),
    )
