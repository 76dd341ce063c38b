"""Whatever happens, in whatever order: an apply loses nothing and doubles nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from reconciler.actions import Delete, Update
from reconciler.model import ABSENT, Absent, Desired, Place
from reconciler.sandbox import Options, Writes
from reconciler.sandbox.faults import Asked, Fault, Step
from reconciler.sandbox.options import Batch
from tests.world import (
    CALM,
    Trial,
    Trouble,
    World,
    doubles_of,
    find_lies,
    find_losses,
    ids_of,
    key_of,
)

if TYPE_CHECKING:
    from reconciler.actions import Plan

KEYS = "abcd"
TRIED: Counter[str] = Counter()
"""What all machines of this process have tried."""

_options = st.builds(
    Options,
    writes=st.sampled_from(Writes),
    batch=st.sampled_from(Batch),
    keep_status_on_create=st.booleans(),
    page_cap=st.sampled_from([None, None, 1, 2]),
    # Shown at once, before a run's patience ends, or after it.
    list_delay=st.sampled_from([0.0, 0.0, 3.0, 30.0]),
)
_bodies = st.fixed_dictionaries(
    {},
    optional={
        "sample_ms": st.integers(1, 4),
        "worker": st.sampled_from(
            [
                {"strategy": "FULL", "user_ids": ["ana"]},
                {"strategy": "FULL", "users": [{"id": "bo"}]},
                {"strategy": "FULL", "user_ids": [""]},  # which the API refuses
            ]
        ),
        "status": st.just({"code": "TASK_DONE"}),
        "metadata": st.fixed_dictionaries({"team": st.sampled_from(["red", "blue"])}),
    },
)
_steps = st.builds(
    Step,
    request=st.sampled_from(Asked),
    fault=st.sampled_from(Fault),
    nth=st.builds(
        lambda first, length: frozenset(range(first, first + length)),
        st.integers(1, 4),
        st.sampled_from([1, 1, 2, 4, 8]),
    ),
    status=st.sampled_from([500, 502, 503]),
    retry_after=st.sampled_from([None, 0, 2]),
    seconds=st.just(1.5),
)
_troubles = st.builds(
    Trouble,
    steps=st.lists(_steps, max_size=3).map(tuple),
    kill_at=st.sampled_from([0, 0, *range(1, 12)]),
    after=st.booleans(),
    latency=st.sampled_from([0.0, 0.05, 0.5]),
)


class Life(RuleBasedStateMachine):
    """One app: files that change, people, other owners, and runs that go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=fast_folder()))
        self.world = World(self.folder / "db", Options())
        self.files: dict[str, dict[str, Any]] = {}
        self.moved: dict[str, str] = {}
        self.theirs: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, str] = {}
        self.plan: Plan | Absent = ABSENT
        self.planned_for: tuple[Desired, ...] = ()
        self.edited: dict[str, int] = {}
        self.hidden_may_be = False

    @invariant()
    def a_step_is_over(self) -> None:
        self.world.tried["machine steps"] += 1

    def teardown(self) -> None:
        """Add up what was tried."""
        TRIED.update(self.world.tried)
        TRIED["machines"] += 1
        self.world.close()
        shutil.rmtree(self.folder)

    @initialize(options=_options)
    def begin(self, options: Options) -> None:
        self.world.close()
        self.world = World(self.folder / "db", options)

    @property
    def desired(self) -> tuple[Desired, ...]:
        return tuple(
            Desired(key, body, Place("tasks/t.yaml"), moved_from=self.moved.get(key, ""))
            for key, body in self.files.items()
        )

    # What the files say.

    @rule(key=st.sampled_from(KEYS), body=_bodies)
    def declare(self, key: str, body: dict[str, Any]) -> None:
        self.files[key] = {"name": f"Task {key}", **body}

    @rule(bodies=st.dictionaries(st.sampled_from(KEYS), _bodies, min_size=3))
    def declare_many(self, bodies: dict[str, dict[str, Any]]) -> None:
        for key, body in bodies.items():
            self.declare(key, body)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def undeclare(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.files)))
        del self.files[key]
        self.moved.pop(key, None)

    @precondition(lambda self: self.files and len(self.files) < len(KEYS))
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(sorted(self.files)))
        new = data.draw(st.sampled_from(sorted(set(KEYS) - self.files.keys())))
        self.files[new] = self.files.pop(old)
        self.moved.pop(old, None)
        self.moved[new] = old

    # What people do.

    @rule(kind=st.sampled_from(["nobody's", "another's", "order's", "our name"]))
    def others_create(self, kind: str) -> None:
        body: dict[str, Any] = {"name": f"Theirs {len(self.theirs)}", "description": kind}
        if kind == "another's":
            body["metadata"] = {"reconciler": {"v": 1, "owner": "other", "key": "a", "nonce": "n"}}
        if kind == "order's":
            body["metadata"] = {"reconciler": {"v": 1, "owner": "acme", "key": "a", "nonce": "n"}}
        if kind == "our name":
            body["name"] = "Task d"
        task_id = self.world.post(body)
        if kind == "order's":
            self.world.order(task_id)
        self.theirs[task_id] = self.world.tasks()[task_id]

    def _draw_own(self, data: st.DataObject) -> str:
        own = [i for key in (*KEYS,) for i in ids_of(self.world.tasks(), key)]
        return data.draw(st.sampled_from(own)) if own else ""

    @rule(data=st.data(), text=st.sampled_from(["please hurry", "thank you"]))
    def people_note(self, data: st.DataObject, text: str) -> None:
        """Let people write what no file declares: it is theirs."""
        if task_id := self._draw_own(data):
            self.world.edit(task_id, description=text)
            self.notes[task_id] = text

    @rule(data=st.data(), number=st.integers(50, 60))
    def people_change(self, data: st.DataObject, number: int) -> None:
        """Let people change what files may declare."""
        if task_id := self._draw_own(data):
            self.world.edit(task_id, sample_ms=number)
            self.edited[task_id] = number

    @rule(data=st.data())
    def people_delete(self, data: st.DataObject) -> None:
        if task_id := self._draw_own(data):
            self.world.delete(task_id)

    @rule(data=st.data())
    def people_work(self, data: st.DataObject) -> None:
        """Let people label an input for a task."""
        if task_id := self._draw_own(data):
            self.world.work(task_id)

    @rule(seconds=st.sampled_from([1.0, 10.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    # What the program does.

    @rule(trouble=_troubles, batch_size=st.sampled_from([1, 2, 128]))
    def apply(self, trouble: Trouble, batch_size: int) -> None:
        trial = self.world.run(self.desired, trouble, batch_size=batch_size)
        self._judge(trial, self.desired)
        if trial.complete and not self.hidden_may_be:
            again = self.world.plan_calmly(self.desired)
            assert again.actions == (), "a complete apply leaves something to do"

    @rule()
    def plan_ahead(self) -> None:
        self.plan, self.planned_for = self.world.plan_calmly(self.desired), self.desired
        self.edited = {}

    @precondition(lambda self: self.plan is not ABSENT)
    @rule(trouble=_troubles)
    def apply_what_was_planned(self, trouble: Trouble) -> None:
        """Apply a plan after others have done what they want."""
        trial = self.world.run(self.planned_for, trouble, plan=self.plan)
        self._judge(trial, self.planned_for)
        for task_id, number in self.edited.items():
            if trial.before.get(task_id, {}).get("sample_ms") == number:
                assert trial.after[task_id].get("sample_ms") == number, "an edit was overwritten"
        self.plan = ABSENT

    @rule(data=st.data(), field=st.sampled_from(["sample_ms", "description"]))
    def others_are_quicker(self, data: st.DataObject, field: str) -> None:
        """Let people change a task right after it was planned to change or to delete it."""
        plan = self.world.plan_calmly(self.desired)
        planned = [a.live.id for a in plan.actions if isinstance(a, Update | Delete)]
        if not planned:
            return
        task_id = data.draw(st.sampled_from(planned))
        fresh = 3_000 + self.world.tried["runs"]  # what is there already is no edit
        self.world.edit(task_id, **{field: fresh if field == "sample_ms" else f"note {fresh}"})
        self.notes.pop(task_id, None)
        theirs = self.world.tasks()[task_id]
        trial = self.world.run(self.desired, CALM, plan=plan)
        self._judge(trial, self.desired)
        assert trial.after.get(task_id) == theirs, "an edit was overwritten"

    @rule()
    def settle(self) -> None:
        """Once all is quiet, runs come to the one end, as if nothing had ever gone wrong."""
        self.world.clock.sleep(self.world.options.list_delay + 1)
        for _ in range(3):
            trial = self.world.run(self.desired, CALM)
            self._judge(trial, self.desired)
            self.world.clock.sleep(self.world.options.list_delay + 1)
        self.hidden_may_be = False
        assert trial.plan is not ABSENT
        worked = {b.key for b in trial.plan.blocked if b.reason == "worked_duplicate"}
        for key in doubles_of(trial.after):
            younger = set(ids_of(trial.after, key)[1:])
            assert key in worked, "doubles were not healed"
            assert younger <= self.world.worked, "a double was left on which nobody has worked"
        stuck = {b.key: b.reason for b in trial.plan.blocked if b.key not in worked}
        # A task moved to a key that is live, or with a name that is somebody's: people must say.
        unclear = {"name_taken"} | ({"likely_rename"} if self.moved else set())
        assert set(stuck.values()) <= unclear, stuck
        wrong = {key for key, body in self.files.items() if _is_refused(body)}
        # One that the API refuses stays as it is, under the key that it had.
        wrong |= {self.moved[key] for key in wrong & self.moved.keys()}
        live = {key_of(task) for task in trial.after.values()} - {""}
        fine = self.files.keys() - stuck.keys() - wrong
        assert fine - worked <= live, f"{fine - live} was lost"
        assert live - stuck.keys() - wrong <= fine | worked, "what is not declared is left"
        if not wrong and not stuck and not worked:
            assert trial.plan.actions == ()

    def _judge(self, trial: Trial, desired: tuple[Desired, ...]) -> None:
        losses = find_losses(trial, desired, self.world.worked)
        lies = [*find_lies(trial, desired), *losses]
        assert not lies, lies
        slow = self.world.options.list_delay > 0
        self.hidden_may_be |= slow and not trial.complete
        if not slow:
            assert doubles_of(trial.after) == {}, "a task was created twice"

    @invariant()
    def what_is_not_ours_is_untouched(self) -> None:
        live = self.world.tasks()
        for task_id, task in self.theirs.items():
            assert live.get(task_id) == task, "what isn't ours was touched"

    @invariant()
    def what_people_wrote_stays(self) -> None:
        live = self.world.tasks()
        for task_id, text in self.notes.items():
            assert task_id not in live or live[task_id]["description"] == text, "a note was lost"


def _is_refused(body: dict[str, Any]) -> bool:
    return "" in body.get("worker", {}).get("user_ids", ())


def fast_folder() -> str | None:
    """Return a folder that is kept in memory, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - mkdtemp makes it safe


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
