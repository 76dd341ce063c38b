"""The law: after a successful apply a plan is empty, whichever way the server writes tasks back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.actions import Create, Delete, Update
from reconciler.canon import canonical_task
from reconciler.guard import Allowances
from reconciler.model import mapping_of
from reconciler.report import ReportOutcome
from reconciler.sandbox import Options, Writes
from tests.drawing import bodies, task_sets
from tests.harness import bench

Tasks = dict[str, dict[str, Any]]

NO_RENAMES = Allowances(recreate=frozenset("abcde"))
"""A drawn task that is gone and one that is new are never meant as one."""

law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
