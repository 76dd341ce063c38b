"""A whole world in a test: a server, its clock, people who change tasks, and clients that die.

Time is simulated, so that patience costs nothing and the pace can be judged as the server sees it.
A client lives for one run; when it is killed nothing of it is left but what it had the server do.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import httpx
from waitress.channel import ClientDisconnected

from reconciler.actions import Create, Delete, Update
from reconciler.api.channel import Channel
from reconciler.api.client import TasksApi
from reconciler.api.pace import Pace
from reconciler.api.retry import Patience
from reconciler.crew import Crew
from reconciler.errors import ApiError
from reconciler.guard import Allowances
from reconciler.live import make_live
from reconciler.model import ABSENT, Absent, Desired, Live, Ownership, Stamp, Target, text_of
from reconciler.plan import make_plan
from reconciler.report import Done, Failed, NotAttempted, ReportOutcome, make_report
from reconciler.sandbox import Options, create_app, spoil
from reconciler.sandbox.faults import Faults, Step
from reconciler.selection import Selection
from reconciler.workflow import carry_out, plan_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from reconciler.actions import Plan
    from reconciler.report import Report

Task = dict[str, Any]

OWNER = "acme"
RATE = 5
_NUMBERS = count()  # no nonce is ever made twice


class Killed(BaseException):
    """The client's process ends here, and nothing of it runs any more."""


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.moment = 0.0

    def __call__(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += seconds


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls one run.

    It is killed upon its request number *kill_at*, before the server has it, or with *after* when
    the server has done it. *latency* is that of each request, in seconds. *meanwhile* is what
    others do right before the request of a number arrives.
    """

    steps: tuple[Step, ...] = ()
    kill_at: int = 0
    after: bool = False
    latency: float = 0.0
    meanwhile: Mapping[int, Callable[[], object]] = field(default_factory=dict)


CALM = Trouble()


@dataclass(frozen=True, slots=True)
class Trial:
    """A run: what was live before and after, and what it says; nothing if it didn't live on."""

    before: Mapping[str, Task]
    after: Mapping[str, Task]
    plan: Plan | Absent = ABSENT
    report: Report | Absent = ABSENT
    killed: bool = False

    @property
    def complete(self) -> bool:
        """Whether the run claims that all is done, without a reservation."""
        return (
            self.report is not ABSENT
            and self.report.outcome is ReportOutcome.COMPLETE
            and not self.report.warnings
            and all(isinstance(r, Done) and not r.warnings for r in self.report.results)
        )


class _Wire:
    """The way from one client to the server, and what happens on it."""

    def __init__(self, world: World, trouble: Trouble) -> None:
        faults = Faults(trouble.steps)
        self._app = spoil(world.app, faults, report=world.tried_fault, sleep=world.clock.sleep)
        self._world = world
        self._trouble = trouble
        self.arrivals: list[float] = []
        self.methods: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        trouble, number = self._trouble, len(self.methods) + 1
        self.methods.append(environ["REQUEST_METHOD"])
        trouble.meanwhile.get(number, _nothing)()
        if number == trouble.kill_at and not trouble.after:
            raise Killed
        self._world.clock.sleep(trouble.latency / 2)
        self.arrivals.append(self._world.clock())
        self._world.note_arrival()
        try:
            answer = list(self._app(environ, start_response))
        except ClientDisconnected:
            # In a served sandbox waitress closes the connection upon this.
            raise httpx.ReadError("connection reset by peer") from None
        self._world.clock.sleep(trouble.latency / 2)
        if number == trouble.kill_at:
            raise Killed
        return answer


def _nothing() -> None:
    """Let nobody do anything."""


class World:
    """A server over the tasks in *db*, everybody who changes them, and what was tried so far."""

    def __init__(self, db: Path, options: Options) -> None:
        self.clock = Clock()
        self.options = options
        self.tried: Counter[str] = Counter()
        self.db = db
        self.worked: set[str] = set()
        """The ids of the tasks on which somebody has worked."""
        self._ticks: list[tuple[float, float]] = []
        self.app: WSGIApplication = create_app(
            db, options=options, now=self._now, clock=self.clock, sleep=self.clock.sleep
        ).wsgi_app
        # People see what is there, whatever the listing shows to clients.
        plain = replace(options, list_delay=0.0, page_cap=None)
        self._people = httpx.Client(
            transport=httpx.WSGITransport(app=create_app(db, options=plain).wsgi_app),
            base_url="http://sandbox/v2",
            headers={"Authorization": "Key people"},
        )

    def close(self) -> None:
        """Leave the world."""
        self._people.close()

    def tried_fault(self, line: str) -> None:
        """Count a fault that happened."""
        self.tried[f"fault {line.rpartition(' ')[2]}"] += 1

    def note_arrival(self) -> None:
        """Note that a request comes now: what it creates is this old."""
        self._ticks.append((self.clock(), time.time()))

    def _now(self) -> float:
        """Return a time of day at which the listing shows what simulated time lets it show.

        The sandbox stamps tasks by the clock of the machine.
        """
        delay = self.options.list_delay
        hidden = (real for moment, real in self._ticks if moment > self.clock() - delay)
        return next(hidden, time.time()) + delay

    def tasks(self) -> dict[str, Task]:
        """Return what is live, by id."""
        query = {"per_page": "1000", "including_label_order_tasks": "true"}
        found = self._people.get("/tasks", params=query).json()["tasks"]
        return {task["id"]: task for task in found}

    def live(self) -> list[Live]:
        """Return what is live as the program reads it."""
        return [make_live(task) for task in self.tasks().values()]

    def post(self, body: Task) -> str:
        """Let people create a task; return its id."""
        self.note_arrival()
        return str(self._write("POST", {"tasks": [body]})["tasks"][0]["id"])

    def edit(self, task_id: str, **fields: object) -> None:
        """Let people change fields of a task, and nothing else of it."""
        task = self._people.get(f"/tasks/{task_id}").json()["task"]
        self._write("PATCH", {"action": "overwrite", "tasks": [task | fields]})

    def delete(self, task_id: str) -> None:
        """Let people delete a task."""
        self._write("DELETE", {"ids": [task_id]})

    def work(self, task_id: str) -> None:
        """Let people label an input for a task."""
        labelled = {"input_id": "picture", "task_id": task_id, "data": {}}
        self._people.post("/inputs", json={"inputs": [{"id": "picture", "data": {}}]})
        answer = self._people.post("/annotations", json={"annotations": [labelled]})
        assert answer.status_code == 200, answer.text
        self.worked.add(task_id)

    def order(self, task_id: str) -> None:
        """Make a task one of a label order; there is no call for that."""
        with closing(sqlite3.connect(self.db)) as db, db:
            db.execute(
                "UPDATE tasks SET label_order_id = 'order', form = '' WHERE id = ?", (task_id,)
            )

    def _write(self, method: str, body: Task) -> Task:
        response = self._people.request(method, "/tasks", json=body)
        assert response.status_code == 200, response.text
        answer: Task = response.json()
        return answer

    def run(
        self,
        desired: Sequence[Desired],
        trouble: Trouble = CALM,
        *,
        owner: str = OWNER,
        batch_size: int = 128,
        plan: Plan | Absent = ABSENT,
    ) -> Trial:
        """Plan, unless a *plan* is given, and apply, as a process of its own would.

        Check what holds for each run: planning only reads, and the pace is kept.
        """
        self.tried["runs"] += 1
        before = self.tasks()
        report: Report | Absent = ABSENT
        killed = False
        wire = _Wire(self, trouble)
        with self._client(wire) as api:
            try:
                if plan is ABSENT:
                    try:
                        plan = self.plan(desired, api, owner=owner)
                    finally:
                        assert set(wire.methods) <= {"GET"}, "planning wrote"
                events = carry_out(
                    plan,
                    api,
                    owner=owner,
                    new_nonce=lambda: f"nonce-{next(_NUMBERS)}",
                    sleep=self.clock.sleep,
                    batch_size=batch_size,
                    crew=Crew(clock=self.clock),
                )
                report = make_report(plan, events)
            except ApiError:
                self.tried["runs without an answer"] += 1
            except Killed:
                killed = True
                self.tried["kills after" if trouble.after else "kills before"] += 1
        self.tried["requests"] += len(wire.methods)
        assert_pace(wire.arrivals)
        return Trial(before, self.tasks(), plan, report, killed)

    def plan(self, desired: Sequence[Desired], api: TasksApi, *, owner: str = OWNER) -> Plan:
        """Plan over the wire."""
        return plan_changes(
            desired,
            api,
            owner=owner,
            ownership=Ownership.STAMP,
            selection=Selection(),
            allowances=allow_recreate(desired, self.live()),
        )

    def plan_calmly(self, desired: Sequence[Desired]) -> Plan:
        """Plan over a wire on which nothing happens."""
        with self._client(_Wire(self, CALM)) as api:
            return self.plan(desired, api)

    def _client(self, wire: WSGIApplication) -> TasksApi:
        channel = Channel(
            Target(name="world", url="http://sandbox", token="token"),
            pace=Pace(RATE, clock=self.clock, sleep=self.clock.sleep),
            clock=self.clock,
            sleep=self.clock.sleep,
            random=lambda: 0.5,
            patience=Patience(tries=4, unanswered=3),
            wsgi_app=wire,
        )
        return TasksApi(channel)


def allow_recreate(desired: Iterable[Desired], live: Iterable[Live]) -> Allowances:
    """Return the leave to take a task that is gone and one that is new for two."""
    stamped = {task.mark.key for task in live if isinstance(task.mark, Stamp)}
    return Allowances(recreate=frozenset(stamped | {task.key for task in desired}))


def assert_pace(arrivals: Sequence[float]) -> None:
    """Check that in no second the server saw more requests than a run may send."""
    for first, beyond in zip(arrivals, arrivals[RATE:], strict=False):
        assert beyond - first >= 1 - 1e-9, f"more than {RATE} requests in a second"
    assert all(before <= after for before, after in pairwise(arrivals))


def key_of(task: Task, owner: str = OWNER) -> str:
    """Return the key under which *owner* holds a task, "" if it isn't its own."""
    mark = make_live(task).mark
    own = isinstance(mark, Stamp) and mark.owner == owner and not task.get("label_order_id")
    return mark.key if isinstance(mark, Stamp) and own else ""


def ids_of(tasks: Mapping[str, Task], key: str) -> list[str]:
    """Return the ids of the tasks of our key, oldest first."""
    own = [task for task in tasks.values() if key_of(task) == key]
    return [task["id"] for task in sorted(own, key=lambda task: (task["created_at"], task["id"]))]


def find_lies(trial: Trial, desired: Sequence[Desired]) -> Iterator[str]:
    """Yield each outcome that isn't so on the server."""
    if trial.report is ABSENT:
        return
    live = [make_live(task) for task in trial.after.values()]
    left = make_plan(desired, live, owner=OWNER, allowances=allow_recreate(desired, live))
    unlike = {action.key for action in left.actions if isinstance(action, Create | Update)}
    unlike |= {blocked.key for blocked in left.blocked}
    for result in trial.report.results:
        action = result.action
        match result:
            case Done(id=task_id, warnings=()):
                if isinstance(action, Delete):
                    if task_id in trial.after:
                        yield f"{action.key} is said to be deleted and is live"
                elif task_id not in trial.after:
                    yield f"{action.key} is said to be done and is not live"
                elif action.key in unlike and len(ids_of(trial.after, action.key)) == 1:
                    yield f"{action.key} is said to be done and is not as declared"
            case Failed() | NotAttempted() if had_effect(action, trial):
                yield f"{action.key} is said to be {type(result).__name__} and took effect"
            case _:
                pass


def had_effect(action: object, trial: Trial) -> bool:
    """Tell whether an action changed something on the server, if nobody else acted."""
    match action:
        case Create(key=key):
            return not set(ids_of(trial.after, key)) <= trial.before.keys()
        case Update(live=live) | Delete(live=live):
            return trial.before.get(live.id) != trial.after.get(live.id)
        case _:
            return False


def find_losses(
    trial: Trial, desired: Collection[Desired], worked: Collection[str] = ()
) -> Iterator[str]:
    """Yield each task that is gone though a file declares it, or that isn't ours to delete.

    Of a declared one no double goes on which somebody has *worked*.
    """
    declared = {task.key for task in desired} | {task.moved_from for task in desired} - {""}
    for task_id in trial.before.keys() - trial.after.keys():
        key = key_of(trial.before[task_id])
        if not key:
            yield f"{trial.before[task_id]['name']} was not ours and is gone"
        elif key in declared:
            older = [i for i in ids_of(trial.before, key) if i != task_id and i in trial.after]
            if not older:
                yield f"{key} is declared and gone"
            elif task_id in worked:
                yield f"a double of {key} is gone on which somebody has worked"


def doubles_of(tasks: Mapping[str, Task]) -> dict[str, int]:
    """Return how many live tasks a key has, of keys that have more than one."""
    counts = Counter(key_of(task) for task in tasks.values())
    return {key: number for key, number in counts.items() if key and number > 1}


def end_state(tasks: Iterable[Task]) -> list[Any]:
    """Return all that an apply is to bring about, without what differs from run to run."""
    return sorted(
        ({n: v for n, v in _without_nonce(task).items() if n not in _OF_SERVER} for task in tasks),
        key=lambda task: (text_of(task["name"]), str(task)),
    )


_OF_SERVER = {"id", "created_at", "modified_at", "user_id", "app_id"}


def _without_nonce(task: Task) -> Task:
    metadata = task.get("metadata", {})
    stamp = {n: v for n, v in metadata.get("reconciler", {}).items() if n != "nonce"}
    return task | {"metadata": metadata | {"reconciler": stamp}}
