"""How tasks come back as files: what is declared, and that it reads and plans as the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.actions import Update
from reconciler.canon import canonical_task
from reconciler.declare import declare_task
from reconciler.history import PastAction, PastRun
from reconciler.journal import Started
from reconciler.manifest import Scope, load_desired
from reconciler.manifest.yamlprint import print_yaml
from reconciler.manifest.yamltext import read_text
from reconciler.restore import restore_tasks
from reconciler.sandbox import Options, Writes
from tests.drawing import task_sets
from tests.harness import OWNER, bench

if TYPE_CHECKING:
    from reconciler.model import Json, Spec

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(values)
@settings(max_examples=300)
def test_what_is_printed_as_yaml_reads_as_the_same(value: Json) -> None:
    document, problems = read_text(print_yaml({"value": value}), file="f.yaml")
    assert problems == ()
    assert document.data == {"value": value}


@pytest.mark.parametrize("word", ["NO", "12", "1e3", "2026-11-24", "null", "~", "", "- x", "a: b"])
def test_words_that_yaml_takes_for_something_else_stay_text(word: str) -> None:
    assert read_text(print_yaml([word, {word: word}]), file="f")[0].data == [word, {word: word}]


def test_lines_are_printed_as_lines() -> None:
    assert print_yaml({"d": "one\ntwo\n", "l": ["x"]}) == "d: |\n  one\n  two\nl:\n  - x\n"


@pytest.mark.parametrize("writes", list(Writes))
@given(tasks=task_sets())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_live_task_is_declared_as_it_is(writes: Writes, tasks: dict[str, Spec]) -> None:
    """The file is valid, changes nothing where the task is live, and makes the same anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bench(folder / "one.db", Options(writes=writes)) as b:
            b.apply(tasks)
            live = b.live()
            declared = {str(task["name"])[-1]: declare_task(task) for task in live.values()}
            (folder / "t.yaml").write_text(print_yaml({"tasks": declared}), encoding="utf-8")
            desired = load_desired(folder, Scope()).desired
            plan = b.plan_desired(desired)
            updates = [action for action in plan.actions if isinstance(action, Update)]
            assert len(updates) == len(plan.actions), "each is found again by its mark"
            assert [update.changes for update in updates if update.changes] == []
        with bench(folder / "two.db", Options(writes=writes)) as b:
            b.carry_out(b.plan_desired(desired))
            again = b.live()
        assert {n: said(task) for n, task in again.items()} == {
            name: said(task) for name, task in live.items()
        }


def said(task: Spec) -> Json:
    """Return what a task says, in whichever spelling: what is empty says nothing."""
    return {name: value for name, value in canonical_task(task).items() if value}


def test_what_only_the_server_writes_is_left_out() -> None:
    live: Any = {
        "id": "1",
        "created_at": "2026-11-24T17:30:00Z",
        "name": "A",
        "metrics": {"work": 1},
        "of_tomorrow": {"x": 1},
        "status": {"code": 54001, "description": "in progress"},
        "priority": 0,
        "type": 99,
        "delete_previous_annotations": True,
        "metadata": {"mine": None, "n": 2.0, "reconciler": {"v": 1}},
        "worker": {
            "strategy": 3,
            "user_ids": ["ana"],
            "workers": [{"user": {"id": "ana", "email": "a@example.org"}}],
            "runner_selectors": [{"nodepool": {"id": "n", "created_at": "now"}}],
        },
        "concepts": [
            {
                "concept": {"id": "cat", "language": "en"},
                "auto_annotation_config": {"status_code": 24150, "threshold_range": {"upper": 1.0}},
            }
        ],
    }
    assert declare_task(live) == {
        "name": "A",
        "worker": {
            "strategy": "FULL",
            "workers": [{"user": {"id": "ana"}}],
            "runner_selectors": [{"nodepool": {"id": "n"}}],
        },
        "concepts": [
            {
                "concept": {"id": "cat"},
                "auto_annotation_config": {
                    "threshold_range": {"upper": 1},
                    "status_code": "ANNOTATION_SUCCESS",
                },
            }
        ],
        "metadata": {"n": 2},
    }


def test_a_closed_task_comes_back_closed() -> None:
    closed: Any = {"name": "A", "status": {"code": 54003, "description": "won't do"}}
    assert declare_task(closed) == {"name": "A", "status": {"code": "TASK_WONT_DO"}}


def test_braces_stay_what_they_are() -> None:
    declared = declare_task({"name": "{{ x }}", "metadata": {"{{k}}": ["{{"]}})
    assert declared == {"name": r"\{{ x }}", "metadata": {r"\{{k}}": [r"\{{"]}}


def past(*actions: PastAction) -> PastRun:
    return PastRun(Started("r", "", "apply", OWNER, {}, {}), actions)


def acted(action: str, key: str, **more: Any) -> PastAction:
    before: Any = {"id": "7", "name": "Seven"}
    return PastAction(0, action, key, "Seven", **{"id": "7", "before": before, **more})


def stamped(key: str) -> Spec:
    return {"name": "S", "metadata": {"reconciler": {"v": 1, "owner": OWNER, "key": key}}}


@pytest.mark.parametrize(("outcome", "comes_back"), [("done", True), ("unknown", True)])
def test_what_may_have_been_changed_comes_back(outcome: str, *, comes_back: bool) -> None:
    run = past(acted("delete", "a", outcome=outcome))
    assert ("a" in restore_tasks(run).tasks) is comes_back


@pytest.mark.parametrize("outcome", ["failed", "not_attempted"])
def test_what_was_not_changed_does_not_come_back(outcome: str) -> None:
    assert restore_tasks(past(acted("delete", "a", outcome=outcome))).tasks == {}


def test_a_double_does_not_come_back() -> None:
    double = acted("delete", "a", outcome="done", reason="duplicate")
    assert restore_tasks(past(double)).tasks == {}


def test_how_each_is_found_again() -> None:
    """By nothing what is gone, by its key what has our mark, by its id what has none."""
    run = past(
        acted("delete", "gone", outcome="done", before=stamped("gone")),
        acted("update", "kept", outcome="done", before=stamped("kept")),
        acted("update", "new", outcome="done", before=stamped("old")),
        acted("adopt", "taken", outcome="done"),
        acted("release", "left", outcome="done", before=stamped("left")),
        acted("update", "by-name", outcome="done"),
    )
    tasks: Any = restore_tasks(run).tasks
    ids = {key: task.get("id") for key, task in tasks.items()}
    none = {"gone": None, "kept": None, "old": None}
    assert ids == {**none, "taken": "7", "left": "7", "by-name": "7"}
    assert tasks["old"]["moved_from"] == "new"
    assert restore_tasks(run).deleted == 1


def test_what_had_no_value_has_none_again_where_a_file_can_say_so() -> None:
    fields = ("concepts", "description", "name", "priority", "sample_ms")
    restored = restore_tasks(past(acted("update", "a", outcome="done", fields=fields)))
    task: Any = restored.tasks["a"]
    assert (task["concepts"], task["description"], task["sample_ms"]) == ([], "", 0)
    assert restored.lasting == {"a": ("priority",)}


def test_a_task_without_a_name_gets_one() -> None:
    run = past(acted("delete", "a", outcome="done", before={"id": "7"}))
    assert restore_tasks(run).tasks == {"a": {"name": "a"}}
