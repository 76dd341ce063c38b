"""What surrounds a plan or a report: where it ran, what it cost, what stopped it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.model import ABSENT, Absent, Fault, Notice, Target
from reconciler.problem import Problem, Severity

if TYPE_CHECKING:
    from reconciler.actions import Plan
    from reconciler.report import Report


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended before it had a result: a stable *code*, a *sentence*, the API's *fault*."""

    code: str
    sentence: str
    fault: Fault | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Run:
    """A run of `plan`, `apply` or `destroy`: all that its documents show.

    *requests* counts those sent, *seconds* is the wall time; *apply_requests* and *apply_seconds*
    are what carrying out the plan takes at least. *plan* and *report* are absent if the run ended
    before. *stale* is what moved under a saved plan. *interrupted* says that it was told to end.
    """

    target: Target | Absent = ABSENT
    owner: str = ""
    requests: int = 0
    seconds: float = 0.0
    apply_requests: int = 0
    apply_seconds: float = 0.0
    plan: Plan | Absent = ABSENT
    report: Report | Absent = ABSENT
    problems: tuple[Problem, ...] = ()
    refusals: tuple[Notice, ...] = ()
    stale: tuple[Notice, ...] = ()
    stop: Stop | Absent = ABSENT
    interrupted: bool = False

    @property
    def failed(self) -> bool:
        """Whether something kept the run from doing its work."""
        wrong = any(problem.severity is Severity.ERROR for problem in self.problems)
        stopped = self.stale or self.interrupted or self.stop is not ABSENT
        return bool(wrong or self.refusals or stopped)
