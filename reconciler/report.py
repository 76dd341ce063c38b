"""What did an apply do? Its events → one report; exit code and documents are views of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from reconciler.actions import Action, Plan, Verb, verb_of
from reconciler.model import ABSENT, Absent, Fault, Live, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Done:
    """The action took effect on the live task *id*.

    *rest* is why a part of it is left for the next run, absent if nothing is.
    """

    action: Action
    id: str
    warnings: tuple[Notice, ...] = ()
    rest: Fault | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Failed:
    """The action had no effect, and why.

    A failure *alone*, such as that somebody else was quicker, says nothing of other actions.
    """

    action: Action
    fault: Fault
    alone: bool = False


@dataclass(frozen=True, slots=True)
class NotAttempted:
    """The action was never sent."""

    action: Action


@dataclass(frozen=True, slots=True)
class Unknown:
    """The action was sent, and nothing says whether it took effect.

    Not to know it *alone*, though there was an answer, says nothing of other actions.
    """

    action: Action
    fault: Fault
    alone: bool = False


Outcome: TypeAlias = Done | Failed | NotAttempted | Unknown


@dataclass(frozen=True, slots=True)
class Sending:
    """These actions are about to be sent: until their outcome comes, their end is unknown.

    *before* holds the live tasks, by id, that other actions than creates change.
    """

    actions: tuple[Action, ...]
    before: Mapping[str, Live] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Postponed:
    """The action wasn't sent, for what it rests on had grown old: after another look it will be."""

    action: Action


@dataclass(frozen=True, slots=True)
class Halted:
    """The run ends here: what wasn't sent isn't attempted."""

    notice: Notice


Event: TypeAlias = Sending | Postponed | Outcome | Notice | Halted


class ReportOutcome(StrEnum):
    """How an apply ended."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"
    STALE = "stale"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Report:
    """What an apply did: one outcome for each action of *plan*, in its order.

    *error* is what ended the run early.
    """

    plan: Plan
    outcome: ReportOutcome
    results: tuple[Outcome, ...] = ()
    warnings: tuple[Notice, ...] = ()
    error: Notice | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a report."""

    created: int = 0
    updated: int = 0
    adopted: int = 0
    released: int = 0
    deleted: int = 0
    failed: int = 0
    not_attempted: int = 0
    unknown: int = 0
    blocked: int = 0


def make_report(plan: Plan, events: Iterable[Event], *, interrupted: bool = False) -> Report:
    """Return what the *events* of an apply of *plan* amount to.

    An action that was being sent when the run was interrupted has an unknown end; one that
    was never sent is not attempted.
    """
    ends: dict[int, Outcome] = {}
    sent: set[int] = set()
    warnings: list[Notice] = []
    error: Notice | Absent = ABSENT
    for event in events:
        match event:
            case Sending(actions=actions):
                sent.update(map(id, actions))
            case Postponed(action=action):
                sent.discard(id(action))
            case Halted(notice=notice):
                error = notice
            case Notice():
                warnings.append(event)
            case _:
                ends[id(event.action)] = event
    results = tuple(ends.get(id(a)) or _without_end(a, sent=id(a) in sent) for a in plan.actions)
    halted = error is not ABSENT
    outcome = _judge(results, plan, halted=halted, interrupted=interrupted)
    return Report(plan, outcome, results, tuple(warnings), error)


def summarize(report: Report) -> Summary:
    """Return how many actions came to each end."""
    verbs = [verb_of(r.action) for r in report.results if isinstance(r, Done)]
    return Summary(
        created=verbs.count(Verb.CREATE),
        updated=verbs.count(Verb.UPDATE),
        adopted=verbs.count(Verb.ADOPT),
        released=verbs.count(Verb.RELEASE),
        deleted=verbs.count(Verb.DELETE),
        failed=sum(isinstance(result, Failed) for result in report.results),
        not_attempted=sum(isinstance(result, NotAttempted) for result in report.results),
        unknown=sum(isinstance(result, Unknown) for result in report.results),
        blocked=len(report.plan.blocked),
    )


def _without_end(action: Action, *, sent: bool) -> NotAttempted | Unknown:
    if sent:
        return Unknown(action, Fault("interrupted before the answer came; run again"))
    return NotAttempted(action)


def _judge(
    results: tuple[Outcome, ...], plan: Plan, *, halted: bool, interrupted: bool
) -> ReportOutcome:
    if interrupted:
        return ReportOutcome.INTERRUPTED
    done = [result for result in results if isinstance(result, Done)]
    if len(done) == len(results):
        whole = all(each.rest is ABSENT for each in done)
        rests = plan.blocked or halted or not whole
        return ReportOutcome.INCOMPLETE if rests else ReportOutcome.COMPLETE
    return ReportOutcome.INCOMPLETE if done else ReportOutcome.FAILED
