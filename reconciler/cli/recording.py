"""How does what a command does become a `Run`, whatever stops it?"""

from __future__ import annotations

import gc
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.cli.connection import Setup, find_setup, open_api
from reconciler.cli.output import warn
from reconciler.errors import (
    ApiError,
    NestingError,
    NotFoundError,
    OutputError,
    PlanFileError,
    ProblemsFoundError,
    RecordError,
    RefusedError,
    StaleError,
    TargetError,
)
from reconciler.model import ABSENT, Absent, Notice, Target
from reconciler.run import Run, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.actions import Plan
    from reconciler.api.client import TasksApi
    from reconciler.cli.options import Options
    from reconciler.model import Desired
    from reconciler.problem import Problem
    from reconciler.report import Report


@dataclass(slots=True)
class Recording:
    """What a command has come to so far."""

    started: float = field(default_factory=time.monotonic)
    target: Target | Absent = ABSENT
    owner: str = ""
    plan: Plan | Absent = ABSENT
    report: Report | Absent = ABSENT
    requests: int = 0
    apply_requests: int = 0
    refusals: tuple[Notice, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def choose(self, options: Options) -> Setup:
        """Find where to apply; note the target and the owner."""
        setup = find_setup(options)
        self.target, self.owner = setup.target, setup.owner
        return setup

    def load(self, options: Options, setup: Setup) -> tuple[Desired, ...]:
        """Return what the files declare; note their warnings and say them at once."""
        from reconciler.manifest import load_desired

        manifest = load_desired(options.directory, setup.scope)
        self.warnings = manifest.problems
        warn(self.warnings)
        return manifest.desired

    @contextmanager
    def connect(self, target: Target, options: Options) -> Iterator[TasksApi]:
        """Open the API and count what goes over it."""
        with open_api(target, verbose=options.verbose, patience=options.patience) as api:
            try:
                yield api
            finally:
                self.requests = api.requests

    def _apply_seconds(self) -> float:
        """Return the least time that an apply takes: the pace allows the first request at once."""
        if self.target is ABSENT or not self.apply_requests:
            return 0.0
        return (self.apply_requests - 1) / self.target.requests_per_second

    def freeze(
        self,
        *,
        problems: tuple[Problem, ...] | Absent = ABSENT,
        refusals: tuple[Notice, ...] = (),
        stale: tuple[Notice, ...] = (),
        stop: Stop | Absent = ABSENT,
        interrupted: bool = False,
    ) -> Run:
        """Return the run as it is now."""
        return Run(
            target=self.target,
            owner=self.owner,
            requests=self.requests,
            seconds=time.monotonic() - self.started,
            apply_requests=self.apply_requests,
            apply_seconds=self._apply_seconds(),
            plan=self.plan,
            report=self.report,
            problems=self.warnings if problems is ABSENT else problems,
            refusals=refusals or self.refusals,
            stale=stale,
            stop=stop,
            interrupted=interrupted,
        )


_STOPS: Final[Mapping[type[Exception], str]] = {
    PlanFileError: "plan-file",
    OutputError: "output",
    RecordError: "run-record",
    NotFoundError: "not-found",
    NestingError: "too-deep",
}
"""The codes of what stops a run and has no more to tell than its sentence."""


def record(work: Callable[[Recording], None]) -> Run:
    """Do *work* and return its run. Only wrong usage passes as an exception."""
    recording = Recording()
    try:
        with _collector_off(), terminating_as_interrupt():
            work(recording)
    except ProblemsFoundError as error:
        return recording.freeze(problems=error.problems)
    except RefusedError as error:
        return recording.freeze(refusals=(Notice(error.code, str(error)),))
    except StaleError as error:
        return recording.freeze(stale=error.moved)
    except tuple(_STOPS) as error:
        return recording.freeze(stop=Stop(_STOPS[type(error)], str(error)))
    except TargetError as error:
        return recording.freeze(stop=Stop(error.code, str(error)))
    except RecursionError:
        return recording.freeze(stop=Stop("too-deep", str(NestingError())))
    except ApiError as error:
        return recording.freeze(stop=Stop("api", str(error), error.fault))
    except KeyboardInterrupt:
        return recording.freeze(interrupted=True)
    return recording.freeze()


@contextmanager
def _collector_off() -> Iterator[None]:
    """Keep the garbage collector still: what a run builds it keeps, and walking it costs most."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def terminating_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: with its report."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
