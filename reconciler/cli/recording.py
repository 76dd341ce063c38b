"""How does what a command does become a `Run`, whatever stops it?"""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.cli.connection import Setup, find_setup, open_api
from reconciler.cli.output import warn
from reconciler.errors import (
    ApiError,
    NotFoundError,
    OutputError,
    ProblemsFoundError,
    RefusedError,
    TargetError,
)
from reconciler.model import ABSENT, Absent, Lifecycle, Notice, Plan, Target
from reconciler.run import Run, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
        _refuse_what_is_not_there_yet(manifest.desired)
        self.warnings = manifest.problems
        warn(self.warnings)
        return manifest.desired

    @contextmanager
    def connect(self, target: Target, options: Options) -> Iterator[TasksApi]:
        """Open the API and count what goes over it."""
        with open_api(target, verbose=options.verbose) as api:
            try:
                yield api
            finally:
                self.requests = api.requests

    def freeze(
        self,
        *,
        problems: tuple[Problem, ...] | Absent = ABSENT,
        refusals: tuple[Notice, ...] = (),
        stop: Stop | Absent = ABSENT,
        interrupted: bool = False,
    ) -> Run:
        """Return the run as it is now."""
        return Run(
            target=self.target,
            owner=self.owner,
            requests=self.requests,
            seconds=time.monotonic() - self.started,
            plan=self.plan,
            report=self.report,
            problems=self.warnings if problems is ABSENT else problems,
            refusals=refusals,
            stop=stop,
            interrupted=interrupted,
        )


def _refuse_what_is_not_there_yet(desired: Iterable[Desired]) -> None:
    """Raise `TargetError` for what is declared and would not be heeded."""
    for task in desired:
        if task.id or task.moved_from or task.lifecycle != Lifecycle():
            sentence = "`id`, `moved_from` and `lifecycle` can be validated, not applied yet"
            raise TargetError("not-supported", f"{task.place}: {sentence}; remove them")


def record(work: Callable[[Recording], None]) -> Run:
    """Do *work* and return its run. Only wrong usage passes as an exception."""
    recording = Recording()
    try:
        with _collector_off():
            work(recording)
    except ProblemsFoundError as error:
        return recording.freeze(problems=error.problems)
    except RefusedError as error:
        return recording.freeze(refusals=(Notice(error.code, str(error)),))
    except OutputError as error:
        return recording.freeze(stop=Stop("output", str(error)))
    except TargetError as error:
        return recording.freeze(stop=Stop(error.code, str(error)))
    except NotFoundError as error:
        return recording.freeze(stop=Stop("not-found", str(error)))
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
