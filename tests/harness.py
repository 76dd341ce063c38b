"""What tests share: a sandbox in this process, a client of it, a plan and an apply."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from reconciler.api.client import TasksApi
from reconciler.api.pace import Pace
from reconciler.api.retry import Patience
from reconciler.model import Desired, Place, Target
from reconciler.report import make_report
from reconciler.sandbox import Options, create_app
from reconciler.selection import Selection
from reconciler.workflow import carry_out, plan_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from reconciler.model import Plan, Spec
    from reconciler.report import Report
    from tests.faults import Faults

OWNER = "acme"


class Recorder:
    """A WSGI application that passes requests on and keeps their methods."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.methods: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request."""
        self.methods.append(environ["REQUEST_METHOD"])
        return self.app(environ, start_response)

    @property
    def writes(self) -> list[str]:
        """The requests that could have changed something."""
        return [method for method in self.methods if method != "GET"]


class Bench:
    """A sandbox, and the client that plans and applies to it as one owner."""

    def __init__(self, db: Path, options: Options, *, faults: Faults | None = None) -> None:
        app: WSGIApplication = create_app(db, options=options).wsgi_app
        self.recorder = Recorder(faults.around(app) if faults else app)
        self.sleeps: list[float] = []
        pace = Pace(1e6, clock=lambda: 0.0, sleep=_never_sleep)
        self.api = TasksApi(
            Target(name="bench", url="http://sandbox", token="token"),
            pace=pace,
            sleep=self.sleeps.append,
            random=lambda: 0.5,
            patience=Patience(tries=4, unanswered=3),
            wsgi_app=self.recorder,
        )
        self._nonces = (f"nonce-{number}" for number in count())

    def plan(self, tasks: Mapping[str, Spec], *, owner: str = OWNER) -> Plan:
        """Return the plan for these tasks, by key."""
        return plan_changes(declare(tasks), self.api, owner=owner, selection=Selection())

    def apply(
        self, tasks: Mapping[str, Spec], *, owner: str = OWNER, batch_size: int = 128
    ) -> Report:
        """Carry the plan for these tasks out."""
        return self.carry_out(self.plan(tasks, owner=owner), owner=owner, batch_size=batch_size)

    def carry_out(self, plan: Plan, *, owner: str = OWNER, batch_size: int = 128) -> Report:
        """Carry a plan out."""
        events = carry_out(
            plan,
            self.api,
            owner=owner,
            new_nonce=lambda: next(self._nonces),
            sleep=self.sleeps.append,
            batch_size=batch_size,
        )
        return make_report(plan, events)

    def live(self) -> dict[str, Spec]:
        """Return the live tasks by name."""
        return {str(task["name"]): task for task in self.api.list_tasks()}


@contextmanager
def bench(
    db: Path, options: Options | None = None, *, faults: Faults | None = None
) -> Iterator[Bench]:
    """Open a bench over the sandbox in *db*."""
    made = Bench(db, options or Options(), faults=faults)
    with made.api:
        yield made


def declare(tasks: Mapping[str, Spec]) -> tuple[Desired, ...]:
    """Return desired tasks as if a file declared them."""
    return tuple(Desired(key, spec, Place("tasks/t.yaml")) for key, spec in tasks.items())


def _never_sleep(seconds: float) -> None:
    assert seconds == 0, f"would sleep for {seconds} s"
