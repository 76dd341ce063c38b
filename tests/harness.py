"""What tests share: a sandbox in this process, a client of it, a plan and an apply."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from reconciler.api.channel import Channel
from reconciler.api.client import TasksApi
from reconciler.api.pace import Pace
from reconciler.api.retry import Patience
from reconciler.guard import NO_ALLOWANCES, Allowances
from reconciler.model import Desired, Ownership, Place, Target
from reconciler.report import make_report
from reconciler.sandbox import Options, create_app
from reconciler.selection import Selection
from reconciler.workflow import carry_out, plan_changes
from tests.api.clients import Time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from reconciler.actions import Plan
    from reconciler.model import Spec
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
        time = Time()
        pace = Pace(1e6, clock=time.clock, sleep=time.sleep)
        channel = Channel(
            Target(name="bench", url="http://sandbox", token="token"),
            pace=pace,
            clock=time.clock,
            sleep=self.sleeps.append,
            random=lambda: 0.5,
            patience=Patience(tries=4, unanswered=3),
            wsgi_app=self.recorder,
        )
        self.api = TasksApi(channel)
        self._nonces = (f"nonce-{number}" for number in count())

    def plan(
        self,
        tasks: Mapping[str, Spec],
        *,
        owner: str = OWNER,
        allowances: Allowances = NO_ALLOWANCES,
    ) -> Plan:
        """Return the plan for these tasks, by key."""
        return self.plan_desired(declare(tasks), owner=owner, allowances=allowances)

    def plan_desired(
        self,
        desired: Sequence[Desired],
        *,
        owner: str = OWNER,
        allowances: Allowances = NO_ALLOWANCES,
        ownership: Ownership = Ownership.STAMP,
    ) -> Plan:
        """Return the plan for what is desired."""
        return plan_changes(
            desired,
            self.api,
            owner=owner,
            ownership=ownership,
            selection=Selection(),
            allowances=allowances,
        )

    def apply(
        self,
        tasks: Mapping[str, Spec],
        *,
        owner: str = OWNER,
        batch_size: int = 128,
        allowances: Allowances = NO_ALLOWANCES,
    ) -> Report:
        """Carry the plan for these tasks out."""
        plan = self.plan(tasks, owner=owner, allowances=allowances)
        return self.carry_out(plan, owner=owner, batch_size=batch_size)

    def carry_out(
        self,
        plan: Plan,
        *,
        owner: str = OWNER,
        batch_size: int = 128,
        ownership: Ownership = Ownership.STAMP,
    ) -> Report:
        """Carry a plan out."""
        events = carry_out(
            plan,
            self.api,
            owner=owner,
            new_nonce=lambda: next(self._nonces),
            sleep=self.sleeps.append,
            batch_size=batch_size,
            stamped=ownership is Ownership.STAMP,
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
