"""Whatever happens to an answer: one live task for a key, and a known or an unknown end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.actions import Create, Delete, Update
from reconciler.report import Done, Failed, NotAttempted, ReportOutcome, Unknown
from reconciler.sandbox import Options
from tests.faults import Fault, Faults
from tests.harness import bench

if TYPE_CHECKING:
    from pathlib import Path

Tasks = dict[str, dict[str, Any]]
TASKS: Tasks = {key: {"name": f"Task {key}"} for key in "abcde"}

DONE_AND_LOST = [Fault.ANSWER_LOST, Fault.BROKEN_AFTER, Fault.WEB_PAGE, Fault.HALF]
NOT_DONE = [Fault.DROPPED, Fault.BROKEN_BEFORE, Fault.THROTTLED, Fault.UNSENT]
TRANSIENT = [*DONE_AND_LOST, *NOT_DONE]


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_create_is_never_doubled(fault: Fault, position: int, tmp_path: Path) -> None:
    """The first POST carries one task, the second the other four."""
    faults = Faults("POST", [None] * position + [fault])
    with bench(tmp_path / "db", faults=faults) as b:
        report = b.apply(TASKS)
        assert report.outcome is ReportOutcome.COMPLETE
        names = Counter(task["name"] for task in b.api.list_tasks())
        assert names == Counter(body["name"] for body in TASKS.values())
        ids = {task["id"] for task in b.api.list_tasks()}
        assert {result.id for result in report.results if isinstance(result, Done)} == ids
        assert b.plan(TASKS).actions == ()


@pytest.mark.parametrize("fault", DONE_AND_LOST)
def test_what_was_lost_is_taken_over_and_not_sent_again(fault: Fault, tmp_path: Path) -> None:
    with bench(tmp_path / "db", faults=Faults("POST", [None, fault])) as b:
        b.apply(TASKS)
        assert b.recorder.methods.count("POST") == 2


def test_a_create_that_never_gets_through_ends_unknown(tmp_path: Path) -> None:
    faults = Faults("POST", [Fault.DROPPED] * 9)
    with bench(tmp_path / "db", faults=faults) as b:
        report = b.apply(TASKS)
        assert report.outcome is ReportOutcome.FAILED
        assert isinstance(report.results[0], Unknown)
        assert all(isinstance(result, NotAttempted) for result in report.results[1:])
        assert b.live() == {}
        faults.script.clear()
        assert b.apply(TASKS).outcome is ReportOutcome.COMPLETE


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("fault", TRANSIENT)
def test_overwrites_and_deletes_are_repeated(fault: Fault, method: str, tmp_path: Path) -> None:
    with bench(tmp_path / "db") as b:
        b.apply(TASKS)
    changed: Tasks = {key: {"name": f"Task {key}", "sample_ms": 5} for key in "abc"}
    with bench(tmp_path / "db", faults=Faults(method, [fault])) as b:
        report = b.apply(changed)
        if fault is Fault.WEB_PAGE:
            assert {type(result) for result in report.results} >= {Unknown}
            report = b.apply(changed)
        assert report.outcome is ReportOutcome.COMPLETE
        assert b.plan(changed).actions == ()
        assert len(b.live()) == 3


@pytest.mark.parametrize("fault", [*TRANSIENT])
@pytest.mark.parametrize("position", range(4))
def test_a_listing_is_whole_or_nothing(fault: Fault, position: int, tmp_path: Path) -> None:
    options = Options(page_cap=2)
    with bench(tmp_path / "db", options) as b:
        b.apply(TASKS)
    with bench(tmp_path / "db", options, faults=Faults("GET", [None] * position + [fault])) as b:
        if fault is Fault.WEB_PAGE:
            with pytest.raises(Exception, match="text/html that isn't an answer"):
                b.plan(TASKS)
        else:
            assert b.plan(TASKS).actions == ()


def test_one_bad_task_never_blocks_the_rest(tmp_path: Path) -> None:
    """The API's error stands beside the one task; few requests find it."""
    tasks: Tasks = {f"k{n:03}": {"name": f"Task {n}"} for n in range(129)}
    tasks["k077"]["worker"] = {"strategy": "FULL", "user_ids": [""]}
    with bench(tmp_path / "db") as b:
        report = b.apply(tasks)
        [failed] = [result for result in report.results if not isinstance(result, Done)]
        assert isinstance(failed, Failed)
        assert failed.action.key == "k077"
        assert (failed.fault.http_status, failed.fault.code) == (400, 11102)
        assert "worker" in failed.fault.sentence
        assert failed.fault.req_id
        assert len(b.live()) == 128
        assert b.recorder.methods.count("POST") <= 2 + 2 * 7


def test_a_bad_overwrite_and_a_bad_delete_fail_alone(tmp_path: Path) -> None:
    with bench(tmp_path / "db") as b:
        b.apply(TASKS)
        after: Tasks = {key: {**TASKS[key], "sample_ms": 5} for key in "abc"}
        after["b"]["concept_ids"] = [""]
        report = b.apply(after)
        failed = [result for result in report.results if isinstance(result, Failed)]
        assert [result.action.key for result in failed] == ["b"]
        assert report.outcome is ReportOutcome.INCOMPLETE
        assert len(b.live()) == 3


def test_401_stops_the_run(tmp_path: Path) -> None:
    with bench(tmp_path / "db", faults=Faults("POST", [None, Fault.UNAUTHORIZED])) as b:
        report = b.apply(TASKS, batch_size=2)
        kinds = [type(result) for result in report.results]
        assert kinds == [Done, Failed, Failed, NotAttempted, NotAttempted]
        assert report.results[1].fault.http_status == 401  # type: ignore[union-attr]
        assert b.recorder.writes == ["POST", "POST"]


def test_403_stops_that_verb_only(tmp_path: Path) -> None:
    with bench(tmp_path / "db") as b:
        b.apply(TASKS)
    after: Tasks = {"a": {"name": "Task a", "sample_ms": 5}, "new": {"name": "New"}}
    with bench(tmp_path / "db", faults=Faults("PATCH", [Fault.FORBIDDEN])) as b:
        report = b.apply(after)
        ends = {result.action.key: type(result) for result in report.results}
        assert ends == {"new": Done, "a": Failed, "b": Done, "c": Done, "d": Done, "e": Done}


def test_what_somebody_changed_meanwhile_fails_alone(tmp_path: Path) -> None:
    with bench(tmp_path / "db") as b:
        b.apply(TASKS)
        after: Tasks = {key: {**TASKS[key], "sample_ms": 5} for key in "abc"}
        after["new"] = {"name": "New"}
        plan = b.plan(after)
        live = b.live()
        b.api.overwrite_tasks([{**live["Task a"], "description": "theirs"}])
        b.api.overwrite_tasks([{**live["Task d"], "description": "theirs"}])
        b.api.delete_tasks([str(live["Task b"]["id"]), str(live["Task e"]["id"])])
        b.apply({**TASKS, "new": {"name": "New"}})
        report = b.carry_out(plan)
        ends = {(type(r.action), r.action.key): type(r) for r in report.results}
        assert ends == {
            (Create, "new"): Failed,
            (Update, "a"): Failed,
            (Update, "b"): Failed,
            (Update, "c"): Done,
            (Delete, "d"): Failed,
            (Delete, "e"): Done,
        }
        sentences = [r.fault.sentence for r in report.results if isinstance(r, Failed)]
        assert all(s.startswith("conflict: ") and s.endswith("run again") for s in sentences)


def test_progress_of_the_work_is_no_conflict(tmp_path: Path) -> None:
    with bench(tmp_path / "db") as b:
        b.apply(TASKS)
        after: Tasks = {**TASKS, "a": {**TASKS["a"], "sample_ms": 5}}
        plan = b.plan(after)
        done = {**b.live()["Task a"], "status": {"code": "TASK_DONE"}}
        b.api.overwrite_tasks([done])
        assert b.carry_out(plan).outcome is ReportOutcome.COMPLETE
        assert b.live()["Task a"]["status"]["code"] == 54002  # type: ignore[index,call-overload]


def test_an_api_that_drops_the_stamp_gets_one_task_at_most(tmp_path: Path) -> None:
    with bench(tmp_path / "db", Options(keep_metadata=False)) as b:
        report = b.apply(TASKS)
        assert report.outcome is ReportOutcome.INCOMPLETE
        [task] = b.api.list_tasks()
        assert isinstance(report.results[0], Done)
        assert all(isinstance(result, NotAttempted) for result in report.results[1:])
        assert report.error.code == "stamp_dropped"  # type: ignore[union-attr]
        assert str(task["id"]) in report.error.sentence  # type: ignore[union-attr]
        assert "`ownership: app`" in report.error.sentence  # type: ignore[union-attr]
        plan = b.plan({"a": TASKS["a"]})
        assert [blocked.reason for blocked in plan.blocked] == ["name_taken"]
        assert plan.actions == ()


def test_the_number_of_requests_is_the_minimum(tmp_path: Path) -> None:
    """1,000 creates: a look, a look before writing, 1 + 8 batches, and a look at the end."""
    tasks: Tasks = {f"k{n:04}": {"name": f"Task {n}"} for n in range(1000)}
    with bench(tmp_path / "db") as b:
        b.apply(tasks)
        methods = Counter(b.recorder.methods)
        assert methods["POST"] == 9
        assert methods["GET"] == 1 + 1 + 2
        b.recorder.methods.clear()
        assert b.plan(tasks).unchanged == 1000
        assert b.recorder.methods == ["GET", "GET"]
