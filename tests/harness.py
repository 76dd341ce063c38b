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

    def __init__(self, db: Path, options: Options) -> None:
        self.recorder = Recorder(create_app(db, options=options).wsgi_app)
        pace = Pace(1e6, clock=lambda: 0.0, sleep=_never_sleep)
        self.api = TasksApi(
            Target(name="bench", url="http://sandbox", token="token"),
            pace=pace,
            sleep=_never_sleep,
            random=lambda: 0.0,
            patience=Patience(tries=1, unanswered=1),
            wsgi_app=self.recorder,
        )
        self._nonces = (f"nonce-{number}" for number in count())

    def plan(self, tasks: Mapping[str, Spec], *, owner: str = OWNER) -> Plan:
        """Return the plan for these tasks, by key."""
        return plan_changes(declare(tasks), self.api, owner=owner, selection=Selection())

    def apply(self, tasks: Mapping[str, Spec], *, owner: str = OWNER) -> Report:
        """Carry the plan for these tasks out."""
        plan = self.plan(tasks, owner=owner)
        events = carry_out(
            plan,
            self.api,
            owner=owner,
            new_nonce=lambda: next(self._nonces),
            sleep=_never_sleep,
        )
        return make_report(plan, events)

    def live(self) -> dict[str, Spec]:
        """Return the live tasks by name."""
        return {str(task["name"]): task for task in self.api.list_tasks()}


@contextmanager
def bench(db: Path, options: Options | None = None) -> Iterator[Bench]:
    """Open a bench over the sandbox in *db*."""
    made = Bench(db, options or Options())
    with made.api:
        yield made


def declare(tasks: Mapping[str, Spec]) -> tuple[Desired, ...]:
    """Return desired tasks as if a file declared them."""
    return tuple(Desired(key, spec, Place("tasks/t.yaml")) for key, spec in tasks.items())


def _never_sleep(seconds: float) -> None:
    assert seconds == 0, f"would sleep for {seconds} s"
