"""Which exit code does a run end with?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconciler.report import Report
    from reconciler.run import Run

DONE: Final = 0
FAILED: Final = 1
PENDING: Final = 2
IN_PART: Final = 3
REFUSED: Final = 4
STALE: Final = 5
USAGE: Final = 64
INTERRUPTED: Final = 130


def code_of_plan(run: Run, *, detailed: bool) -> int:
    """Return the exit code of `plan`: *detailed* tells pending changes from none."""
    from reconciler.model import ABSENT

    if run.interrupted:
        return INTERRUPTED
    if run.refusals:
        return REFUSED
    if run.plan is ABSENT or run.failed:
        return FAILED
    pending = bool(run.plan.actions or run.plan.blocked)
    return PENDING if detailed and pending else DONE


def code_of_view(run: Run) -> int:
    """Return the exit code of a command that only shows something."""
    if run.interrupted:
        return INTERRUPTED
    return FAILED if run.failed else DONE


def code_of_report(run: Run) -> int:
    """Return the exit code of `apply` and `destroy`."""
    from reconciler.model import ABSENT

    if run.stale:
        return STALE
    if run.refusals:
        return REFUSED
    if run.report is ABSENT:
        return INTERRUPTED if run.interrupted else FAILED
    return code_of_outcome(run.report)


def code_of_outcome(report: Report) -> int:
    """Return the exit code that says what became of a plan."""
    from reconciler.report import ReportOutcome

    match report.outcome:
        case ReportOutcome.COMPLETE:
            return DONE
        case ReportOutcome.INCOMPLETE:
            return IN_PART if report.results else REFUSED
        case ReportOutcome.REFUSED:
            return REFUSED
        case ReportOutcome.STALE:
            return STALE
        case ReportOutcome.FAILED:
            return FAILED
        case ReportOutcome.INTERRUPTED:
            return INTERRUPTED
