"""The law: after a successful apply a plan is empty, whichever way the server writes tasks back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.actions import Create, Delete, Update, Verb, verb_of
from reconciler.apply import apply_plan
from reconciler.canon import canonical_task
from reconciler.create import Creator
from reconciler.fields import TASK
from reconciler.guard import Allowances
from reconciler.kinds import Leaf
from reconciler.live import read_live
from reconciler.model import Desired, Lifecycle, OnDelete, Ownership, Place, mapping_of
from reconciler.plan import make_plan
from reconciler.report import ReportOutcome, make_report
from reconciler.sandbox import Options, Writes
from tests.drawing import bodies, task_sets
from tests.harness import OWNER, bench, declare
from tests.shelf import Shelf

if TYPE_CHECKING:
    from reconciler.actions import Plan
    from reconciler.report import Report

Tasks = dict[str, dict[str, Any]]

NO_RENAMES = Allowances(recreate=frozenset("abcde"))
"""A drawn task that is gone and one that is new are never meant as one."""

law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
slow_law = settings(law, max_examples=25)
every_form = pytest.mark.parametrize("writes", list(Writes))


@every_form
@given(tasks=task_sets(), keep_status=st.booleans())
@law
def test_after_an_apply_the_plan_is_empty(writes: Writes, tasks: Tasks, keep_status: bool) -> None:  # noqa: FBT001
    options = Options(writes=writes, keep_status_on_create=keep_status)
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder, "db"), options) as b:
        report = b.apply(tasks)
        assert report.outcome is ReportOutcome.COMPLETE
        assert [r for r in report.results if getattr(r, "warnings", ())] == []
        assert b.live().keys() == {task["name"] for task in tasks.values()}
        plan = b.plan(tasks)
        assert (plan.actions, plan.blocked, plan.unchanged) == ((), (), len(tasks))
        b.recorder.methods.clear()
        assert b.apply(tasks).outcome is ReportOutcome.COMPLETE
        assert b.recorder.writes == []


@every_form
@given(before=task_sets(), after=task_sets())
@law
def test_edits_give_exactly_the_expected_actions(
    writes: Writes, before: Tasks, after: Tasks
) -> None:
    """Whatever was live before, an apply creates, updates and deletes what it must, once."""
    options = Options(writes=writes)
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder, "db"), options) as b:
        b.apply(before)
        plan = b.plan(after, allowances=NO_RENAMES)
        created = {a.key for a in plan.actions if isinstance(a, Create)}
        deleted = {a.key for a in plan.actions if isinstance(a, Delete)}
        updated = {a.key for a in plan.actions if isinstance(a, Update)}
        assert created == after.keys() - before.keys()
        assert deleted == before.keys() - after.keys()
        assert updated <= after.keys() & before.keys()
        assert {k for k in after.keys() & before.keys() if after[k] == before[k]}.isdisjoint(
            updated
        )
        assert b.apply(after, allowances=NO_RENAMES).outcome is ReportOutcome.COMPLETE
        again = b.plan(after)
        assert (again.actions, again.unchanged) == ((), len(after))


@every_form
def test_a_partition_that_is_left_does_not_outlive_its_workers(
    writes: Writes, tmp_path: Path
) -> None:
    """The weights of workers who are gone would make the API refuse the overwrite."""
    info: dict[str, Any] = {"type": "WEIGHTED", "weights": {"ana": 1, "bo": 1}}
    worker: dict[str, Any] = {"strategy": "PARTITIONED", "user_ids": ["ana", "bo"]}
    with bench(tmp_path / "db", Options(writes=writes)) as b:
        before: Tasks = {
            "a": {"name": "A", "worker": {**worker, "partitioned_strategy_info": info}}
        }
        b.apply(before)
        same: Tasks = {"a": {"name": "A", "description": "new", "worker": worker}}
        assert b.apply(same).outcome is ReportOutcome.COMPLETE
        assert "partitioned_strategy_info" in str(b.live()["A"])
        fewer: Tasks = {"a": {"name": "A", "worker": {**worker, "user_ids": ["ana"]}}}
        assert b.apply(fewer).outcome is ReportOutcome.COMPLETE
        assert b.plan(fewer).actions == ()


_EDITS: dict[str, Any] = {
    "name": "Another name",
    "description": "Other instructions",
    "sample_ms": 77777,
    "priority": "HIGH",
    "type": "POLYGON_DETECTION",
    "visibility": {"gettable": "PUBLIC"},
    "input_source": {"type": "DATASET", "id": "another"},
    "concept_ids": ["another"],
    "worker": {"strategy": "FULL", "user_ids": ["another"]},
    "review": {"strategy": "MANUAL", "user_ids": ["another"]},
    "metadata": {"another": True},
    "status": {"code": "TASK_DONE"},
    "ai_assist_params": {"min_threshold": 0.123},
    "ai_assistant": {"workflow_id": "another"},
}


@every_form
@pytest.mark.parametrize("field", list(_EDITS))
def test_a_real_difference_is_never_hidden(writes: Writes, field: str, tmp_path: Path) -> None:
    before: Tasks = {"a": {"name": "A"}, "b": {"name": "B", "sample_ms": 5}}
    after: Tasks = {"a": {**before["a"], field: _EDITS[field]}, "b": before["b"]}
    with bench(tmp_path / "db", Options(writes=writes)) as b:
        b.apply(before)
        [action] = b.plan(after).actions
        assert isinstance(action, Update)
        assert action.key == "a"
        assert action.changes[0].path[0] == field
        assert b.apply(after).outcome is ReportOutcome.COMPLETE
        assert b.plan(after).actions == ()


@every_form
@given(data=st.data())
@law
def test_an_overwrite_leaves_what_is_not_managed(writes: Writes, data: st.DataObject) -> None:
    """Fields that the file stops declaring are after an update what they were before."""
    body = data.draw(bodies("Task a"))
    kept = data.draw(st.sets(st.sampled_from(sorted(body))))
    fewer = {name: value for name, value in body.items() if name in {*kept, "name"}}
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder, "db"), Options(writes)) as b:
        b.apply({"a": body})
        before = canonical_task(b.live()["Task a"])
        report = b.apply({"a": {**fewer, "sample_ms": 99999}})
        assert report.outcome is ReportOutcome.COMPLETE
        after = canonical_task(b.live()["Task a"])
        ignored = {"sample_ms", "metadata"}
        assert {n: v for n, v in after.items() if n not in ignored} == {
            n: v for n, v in before.items() if n not in ignored
        }
        theirs = body.get("metadata", {})
        now = mapping_of(b.live()["Task a"]["metadata"])
        assert {k: v for k, v in theirs.items() if v is not None}.keys() <= now.keys()


@given(ours=task_sets(), theirs=task_sets(), later=task_sets())
@law
def test_owners_in_one_app_do_not_touch_each_other(
    ours: Tasks, theirs: Tasks, later: Tasks
) -> None:
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder, "db")) as b:
        b.apply(theirs, owner="other")
        before = list(b.api.list_tasks())
        b.apply(ours)
        b.apply(later)
        b.apply({})
        assert list(b.api.list_tasks()) == before


_unknown = st.dictionaries(
    st.sampled_from(["brand_new", "another", "later"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=4,
    ),
    min_size=1,
)


@given(live=bodies("Task a"), declared=bodies("Task a"), unknown=_unknown)
@law
def test_what_is_unknown_to_us_survives_whatever_is_done(
    live: dict[str, Any], declared: dict[str, Any], unknown: dict[str, Any]
) -> None:
    """Adopted, overwritten, moved and released: fields of later versions stay as they were."""
    shelf = Shelf()
    shelf.tasks["1"] = {**live, **unknown, "id": "1"}
    first = Desired("a", declared, Place("t"), id="1")
    moved = Desired("b", {**declared, "sample_ms": 77}, Place("t"), moved_from="a")
    retained = replace(moved, lifecycle=Lifecycle(on_delete=OnDelete.RETAIN))
    for desired in ((first,), (moved,), (retained,), ()):
        before = shelf.tasks["1"]
        plan = make_plan(desired, read_live(shelf), owner=OWNER)
        assert len(plan.actions) == 1
        assert carry_out_on(shelf, plan).outcome is ReportOutcome.COMPLETE
        after = shelf.tasks["1"]
        assert {name: after[name] for name in unknown} == unknown
        undeclared = before.keys() - declared.keys() - _NOT_KEPT
        kept = {name: before[name] for name in undeclared if _field(name) not in _fields(declared)}
        assert {name: after.get(name) for name in kept} == kept
        assert make_plan(desired, read_live(shelf), owner=OWNER).actions == ()
    assert "reconciler" not in shelf.tasks["1"]["metadata"]  # type: ignore[operator]


_NOT_KEPT = {"metadata", "status", "sample_ms", "delete_previous_annotations"}
"""What these steps change, and the trigger, which isn't carried along."""


def _field(name: str) -> str:
    leaf = TASK.tree.get(name)
    return leaf.member.name if isinstance(leaf, Leaf) else name


def _fields(body: dict[str, Any]) -> set[str]:
    return {_field(name) for name in body}


def carry_out_on(shelf: Shelf, plan: Plan) -> Report:
    nonces = (f"n{number}" for number in count())
    creator = Creator(shelf, OWNER, lambda: next(nonces), [0.0].append)
    return make_report(plan, apply_plan(plan, creator))


_lifecycles = st.builds(
    Lifecycle,
    prevent_destroy=st.booleans(),
    on_delete=st.sampled_from(OnDelete),
    ignore_changes=st.frozensets(st.sampled_from(sorted(TASK.members)), max_size=3),
)


@every_form
@given(tasks=task_sets(), edits=task_sets(), data=st.data())
@slow_law
def test_the_law_holds_for_every_lifecycle_and_after_edits_outside(
    writes: Writes, tasks: Tasks, edits: Tasks, data: st.DataObject
) -> None:
    """Somebody edits live tasks; an apply sets back what is managed, and the plan is empty."""
    desired = [replace(t, lifecycle=data.draw(_lifecycles)) for t in declare(tasks)]
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder, "db"), Options(writes)) as b:
        b.carry_out(b.plan_desired(desired))
        assert b.plan_desired(desired).actions == ()
        for task in list(b.api.list_tasks()):
            key = str(task["name"]).removeprefix("Task ")
            if key in edits:
                edit = {**edits[key], "metadata": task["metadata"]}
                b.api.overwrite_tasks([{**edit, "id": task["id"]}])
        report = b.carry_out(b.plan_desired(desired))
        assert report.outcome is ReportOutcome.COMPLETE
        again = b.plan_desired(desired)
        assert (again.actions, again.unchanged) == ((), len(tasks))
        gone = b.plan_desired(())
        verbs = {a.key: verb_of(a) for a in gone.actions}
        for task_desired in desired:
            life = task_desired.lifecycle
            if life.on_delete is OnDelete.RETAIN:
                assert verbs[task_desired.key] is Verb.RELEASE
            elif life.prevent_destroy:
                assert task_desired.key in {blocked.key for blocked in gone.blocked}
            else:
                assert verbs[task_desired.key] is Verb.DELETE


@every_form
@given(before=task_sets(), after=task_sets(), theirs=task_sets())
@slow_law
def test_the_law_holds_without_stamps(
    writes: Writes, before: Tasks, after: Tasks, theirs: Tasks
) -> None:
    """With `ownership: app`, on an API that drops metadata; other owners can't be told there."""
    options = Options(writes=writes, keep_metadata=False)
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder, "db"), options) as b:
        foreign = [{**body, "name": f"Theirs {key}"} for key, body in theirs.items()]
        for body in foreign:
            b.api.create_tasks([body])
        for tasks in (before, after):
            without = {k: {n: v for n, v in t.items() if n != "metadata"} for k, t in tasks.items()}
            desired = declare(without)
            plan = b.plan_desired(desired, ownership=Ownership.APP, allowances=NO_RENAMES)
            report = b.carry_out(plan, ownership=Ownership.APP)
            assert report.outcome is ReportOutcome.COMPLETE
            again = b.plan_desired(desired, ownership=Ownership.APP)
            assert (again.actions, again.unchanged) == ((), len(tasks))
            assert b.live().keys() == {task["name"] for task in tasks.values()}
