"""An apply keeps its promises whatever a writer does; the sandbox's own faults are elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.actions import Update
from reconciler.apply import apply_plan
from reconciler.create import Creator
from reconciler.crew import Crew
from reconciler.errors import AnswerLostError
from reconciler.live import read_live
from reconciler.model import Fault, Notice, Ownership
from reconciler.plan import make_plan
from reconciler.report import (
    Done,
    Failed,
    Halted,
    NotAttempted,
    Postponed,
    ReportOutcome,
    Sending,
    Unknown,
    make_report,
)
from reconciler.sandbox import Options
from tests.harness import OWNER, bench, declare
from tests.shelf import LOST, Shelf, lose, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reconciler.actions import Plan
    from reconciler.model import Spec
    from reconciler.report import Event, Report

Tasks = dict[str, dict[str, Any]]
TASKS: Tasks = {key: {"name": f"Task {key}"} for key in "abcd"}
CHANGED: Tasks = {key: {**body, "sample_ms": 5} for key, body in TASKS.items()}


def plan_for(shelf: Shelf, tasks: Mapping[str, Spec]) -> Plan:
    return make_plan(declare(tasks), read_live(shelf), owner=OWNER)


def events_of(shelf: Shelf, plan: Plan, *, batch_size: int = 128) -> Iterator[Event]:
    nonces = (f"n{number}" for number in count(len(shelf.tasks)))
    creator = Creator(shelf, OWNER, lambda: next(nonces), [0.0].append)
    return apply_plan(plan, creator, batch_size=batch_size)


def run(shelf: Shelf, tasks: Mapping[str, Spec], *, batch_size: int = 128) -> Report:
    plan = plan_for(shelf, tasks)
    shelf.calls.clear()
    return make_report(plan, events_of(shelf, plan, batch_size=batch_size))


def filled(tasks: Mapping[str, Spec] = TASKS) -> Shelf:
    """Return a shelf on which these tasks are live."""
    shelf = Shelf()
    assert all(isinstance(result, Done) for result in run(shelf, tasks).results)
    shelf.calls.clear()
    return shelf


def ends(report: Report) -> dict[str, type]:
    return {result.action.key: type(result) for result in report.results}


def writes(shelf: Shelf) -> list[tuple[str, int]]:
    return [call for call in shelf.calls if call[0] not in ("list", "get")]


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("status", ["TASK_DONE", "TASK_WONT_DO"])
def test_a_declared_status_is_live_after_the_create(
    tmp_path: Path, status: str, *, keep: bool
) -> None:
    """Whether the API heeds a status in a POST or not."""
    tasks: Tasks = {"a": {"name": "Task a", "status": {"code": status}}, "b": {"name": "Task b"}}
    with bench(tmp_path / "db", Options(keep_status_on_create=keep)) as b:
        report = b.apply(tasks)
        assert all(isinstance(r, Done) and not r.warnings for r in report.results)
        assert b.recorder.writes == ["POST", "PATCH", "POST"]
        assert b.plan(tasks).actions == ()


def test_nothing_is_written_after_the_stamp_was_dropped(tmp_path: Path) -> None:
    """Not even the status of the one task that was created."""
    tasks: Tasks = {key: {**body, "status": {"code": "TASK_DONE"}} for key, body in TASKS.items()}
    with bench(tmp_path / "db", Options(keep_metadata=False)) as b:
        report = b.apply(tasks)
        assert b.recorder.writes == ["POST"]
        assert ends(report) == {"a": Done, "b": NotAttempted, "c": NotAttempted, "d": NotAttempted}
        assert isinstance(report.error, Notice)


def test_the_stamp_is_proven_by_the_first_task_that_is_created(tmp_path: Path) -> None:
    """Not by the first that is tried: `a` and `b` are refused."""
    tasks: Tasks = {key: dict(body) for key, body in TASKS.items()}
    tasks["a"]["concept_ids"] = tasks["b"]["concept_ids"] = [""]
    with bench(tmp_path / "db", Options(keep_metadata=False)) as b:
        report = b.apply(tasks)
        assert ends(report) == {"a": Failed, "b": Failed, "c": Done, "d": NotAttempted}
        assert len(b.live()) == 1


def test_a_stamp_that_only_the_echo_lacks_is_found_by_a_look() -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: [_without(t, "metadata") for t in shelf.keep(bodies)])
    assert set(ends(run(shelf, TASKS)).values()) == {Done}
    assert shelf.count("get") == 1


def test_where_the_stamp_is_known_to_be_kept_nothing_goes_alone() -> None:
    shelf = filled({"z": {"name": "Task z"}})
    run(shelf, {"z": {"name": "Task z"}, **TASKS})
    assert writes(shelf) == [("create", 4)]


def _without(task: Spec, name: str) -> dict[str, Any]:
    return {n: value for n, value in task.items() if n != name}


def test_what_an_echo_lacks_is_a_warning_on_a_done_action() -> None:
    shelf = filled()
    shelf.on_overwrite.append(lambda bodies: [{**body, "sample_ms": 4} for body in bodies])
    report = run(shelf, {**TASKS, "b": CHANGED["b"]})
    [result] = report.results
    assert isinstance(result, Done)
    [warning] = result.warnings
    assert (warning.code, warning.key, warning.id) == ("not_kept", "b", "t2")
    assert "sample_ms" in warning.sentence


def test_the_order_of_an_overwrites_reply_means_nothing() -> None:
    shelf = filled()
    shelf.on_overwrite.append(lambda bodies: shelf.replace(bodies)[::-1])
    report = run(shelf, CHANGED)
    assert all(isinstance(r, Done) and not r.warnings for r in report.results)
    assert [(r.action.key, r.id) for r in report.results if isinstance(r, Done)] == [
        ("a", "t1"),
        ("b", "t2"),
        ("c", "t3"),
        ("d", "t4"),
    ]


@pytest.mark.parametrize("task_id", ["x", [1], None])
def test_an_overwrite_that_the_reply_does_not_name_is_looked_at(task_id: Any) -> None:
    """Whether the reply is short, or holds another task in its place; all else goes on."""
    short, swapped, gone = filled(), filled(), filled()
    short.on_overwrite.append(lambda bodies: short.replace(bodies)[1:])
    swapped.on_overwrite.append(lambda bodies: [{**bodies[0], "id": task_id}])

    def lose_one(bodies: Sequence[Spec]) -> Any:
        del gone.tasks["t1"]
        return gone.replace(bodies[1:])

    gone.on_overwrite.append(lose_one)
    for shelf, end in ((short, Done), (swapped, Unknown), (gone, Failed)):
        report = run(shelf, CHANGED, batch_size=1 if shelf is swapped else 128)
        assert ends(report) == {"a": end, "b": Done, "c": Done, "d": Done}


def test_a_mixed_reply_to_an_overwrite_is_honoured_one_by_one() -> None:
    shelf, bad = filled(), Fault("bad", 207, 40003)
    shelf.on_overwrite.append(lambda bodies: [bodies[0], bad, *bodies[2:]])
    report = run(shelf, CHANGED)
    assert ends(report) == {"a": Done, "b": Failed, "c": Done, "d": Done}
    assert report.results[1] == Failed(report.results[1].action, bad)


def test_a_lost_answer_to_an_overwrite_stops_the_run() -> None:
    """The client has tried again and again: there is no API any more."""
    shelf = filled()
    shelf.on_overwrite.append(lose)
    report = run(shelf, {key: CHANGED[key] for key in "ab"}, batch_size=1)
    assert ends(report) == {"a": Unknown, "b": NotAttempted, "c": NotAttempted, "d": NotAttempted}
    assert report.results[0] == Unknown(report.results[0].action, LOST)


@pytest.mark.parametrize(("status", "code"), [(403, 11007), (403, 0), (400, 11007)])
def test_a_lack_of_scopes_stops_one_verb(status: int, code: int) -> None:
    shelf = filled()
    shelf.on_overwrite.append(refuse(status, code))
    after = {"new": {"name": "New"}, "a": CHANGED["a"], "b": CHANGED["b"]}
    report = run(shelf, after, batch_size=1)
    expected = {"new": Done, "a": Failed, "b": NotAttempted, "c": Done, "d": Done}
    assert ends(report) == expected
    assert shelf.count("overwrite") == 1


@pytest.mark.parametrize(("status", "code"), [(401, 11009), (200, 11009), (404, 0), (0, 0)])
def test_what_holds_for_all_stops_the_run(status: int, code: int) -> None:
    shelf = filled()
    shelf.on_overwrite.append(refuse(status, code))
    report = run(shelf, {key: CHANGED[key] for key in "ab"}, batch_size=1)
    assert ends(report) == {"a": Failed, "b": NotAttempted, "c": NotAttempted, "d": NotAttempted}
    assert writes(shelf) == [("overwrite", 1)]


def test_what_is_known_is_told_before_the_next_request() -> None:
    """A run that is interrupted while a batch is being halved still knows of the first half."""
    shelf = filled()

    def interrupt(_: Sequence[Spec]) -> Any:
        raise KeyboardInterrupt

    shelf.on_overwrite.extend([refuse(400, 11102), shelf.replace, interrupt])
    plan = plan_for(shelf, CHANGED)
    heard: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        heard.extend(events_of(shelf, plan))
    report = make_report(plan, heard, interrupted=True)
    assert ends(report) == {"a": Done, "b": Done, "c": Unknown, "d": Unknown}


def test_the_order_of_what_has_none_is_no_conflict() -> None:
    users: Spec = {"strategy": "FULL", "user_ids": ["ana", "bo"]}
    shelf = filled({"a": {"name": "Task a", "worker": users}})
    plan = plan_for(shelf, {"a": {"name": "Task a", "worker": users, "sample_ms": 5}})
    reversed_users = {**users, "user_ids": ["bo", "ana"]}
    shelf.tasks["t1"] = {**shelf.tasks["t1"], "worker": reversed_users, "modified_at": "later"}
    assert ends(make_report(plan, events_of(shelf, plan))) == {"a": Done}


@pytest.mark.parametrize("field", ["metadata", "description", "worker"])
def test_a_change_by_somebody_else_is_a_conflict(field: str) -> None:
    shelf = filled()
    plan = plan_for(shelf, {**TASKS, "a": CHANGED["a"]})
    theirs: dict[str, Any] = {
        "metadata": {},
        "description": "theirs",
        "worker": {"strategy": "FULL", "user_ids": ["cy"]},
    }
    shelf.tasks["t1"] = {**shelf.tasks["t1"], field: theirs[field]}
    report = make_report(plan, events_of(shelf, plan))
    assert ends(report) == {"a": Failed}
    assert writes(shelf) == []


class Slow(Shelf):
    """A shelf on which a write takes over a second, a listing as long as *reading*."""

    reading = 0.0

    def list_tasks(self, **_: Any) -> Iterator[Spec]:
        """List tasks slowly."""
        self.now += self.reading
        return super().list_tasks()

    def overwrite_tasks(self, bodies: Sequence[Spec], *, until: float = inf) -> Any:
        """Overwrite tasks; meanwhile somebody else writes to two others."""
        kept = super().overwrite_tasks(bodies, until=until)
        self.now += 1.2
        self.tasks["t3"] = {**self.tasks["t3"], "unheard_of": 1}
        self.tasks["t4"] = {**self.tasks["t4"], "description": "theirs"}
        return kept

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        """Delete tasks slowly."""
        super().delete_tasks(ids, until=until)
        self.now += 1.5


def run_slowly(shelf: Slow, tasks: Tasks) -> Report:
    plan = plan_for(shelf, tasks)
    shelf.calls.clear()
    shelf.now = 0.0
    crew: Crew[Event] = Crew(clock=lambda: shelf.now)
    creator = Creator(shelf, OWNER, lambda: "nonce", lambda _: None)
    return make_report(plan, apply_plan(plan, creator, batch_size=1, crew=crew))


def test_before_a_write_live_is_read_again_if_that_is_a_while_ago() -> None:
    """What was changed since is a conflict alone, or is carried along."""
    shelf = Slow(filled().tasks)
    report = run_slowly(shelf, CHANGED)
    assert ends(report) == {"a": Done, "b": Done, "c": Done, "d": Failed}
    calls = [call for call, _ in shelf.calls]
    assert calls == ["list", "overwrite", "overwrite", "list", "overwrite"]
    assert shelf.tasks["t3"]["unheard_of"] == 1
    assert shelf.tasks["t4"]["description"] == "theirs"


def test_before_a_delete_live_is_read_again_too() -> None:
    shelf = Slow(filled().tasks)
    report = run_slowly(shelf, {})
    assert set(ends(report).values()) == {Done}
    assert [call for call, _ in shelf.calls] == ["list", *["delete"] * 2, "list", *["delete"] * 2]


def test_an_app_that_takes_long_to_read_is_read_less_often() -> None:
    shelf = Slow(filled().tasks)
    shelf.reading = 2.0
    run_slowly(shelf, {})
    assert shelf.count("list") == 1


def test_a_second_reading_that_fails_ends_the_run() -> None:
    shelf = Slow(filled().tasks)
    plan = plan_for(shelf, {})
    crew: Crew[Event] = Crew(clock=lambda: shelf.now)
    heard: list[Event] = []
    for event in apply_plan(
        plan, Creator(shelf, OWNER, lambda: "n", lambda _: None), batch_size=1, crew=crew
    ):
        heard.append(event)
        shelf.blind = 1
    report = make_report(plan, heard)
    assert ends(report) == {"a": Done, "b": Done, "c": NotAttempted, "d": NotAttempted}
    assert isinstance(report.error, Notice)
    assert report.error.code == "not_read"


def test_a_key_that_a_later_version_took_meanwhile_is_not_created() -> None:
    shelf = Shelf()
    plan = plan_for(shelf, {"a": TASKS["a"]})
    stamp: Spec = {"v": 2, "owner": OWNER, "key": "a"}
    shelf.keep([{"name": "Task a", "metadata": {"reconciler": stamp}}])
    assert ends(make_report(plan, events_of(shelf, plan))) == {"a": Failed}
    assert writes(shelf) == []


@pytest.mark.parametrize("marked", [True, False])
def test_a_key_that_another_run_gave_away_is_not_given_to_a_second_task(*, marked: bool) -> None:
    """Neither by a move nor by an adoption."""
    shelf = filled({"a": TASKS["a"]})
    if not marked:
        shelf.tasks["t1"] = _without(shelf.tasks["t1"], "metadata")
    [task] = declare({"b": {"name": "Task b"}})
    claiming = replace(task, moved_from="a") if marked else replace(task, id="t1")
    plan = make_plan([claiming], read_live(shelf), owner=OWNER)
    assert [type(action) for action in plan.actions] == [Update]
    theirs: Spec = {"owner": OWNER, "key": "b", "v": 1, "nonce": "theirs"}
    shelf.tasks["t9"] = {"id": "t9", "name": "Task b", "metadata": {"reconciler": theirs}}
    report = make_report(plan, events_of(shelf, plan))
    [result] = report.results
    assert isinstance(result, Failed)
    assert "another run created it meanwhile as t9" in result.fault.sentence
    assert writes(shelf) == []


def test_an_overwrite_carries_along_what_changed_since_the_plan() -> None:
    """The state of the work is no conflict, and isn't turned back."""
    shelf = filled()
    plan = plan_for(shelf, {**TASKS, "a": CHANGED["a"]})
    shelf.tasks["t1"] = {**shelf.tasks["t1"], "status": {"code": 54002}, "unheard_of": 1}
    make_report(plan, events_of(shelf, plan))
    assert shelf.tasks["t1"]["status"] == {"code": "TASK_DONE"}
    assert shelf.tasks["t1"]["unheard_of"] == 1


def test_deletes_find_the_one_that_is_gone_and_call_it_done() -> None:
    shelf = filled()
    plan = plan_for(shelf, {})
    events = events_of(shelf, plan)
    heard = [next(events)]
    del shelf.tasks["t3"]
    assert ends(make_report(plan, [*heard, *events])) == dict.fromkeys("abcd", Done)
    assert shelf.tasks == {}


@pytest.mark.parametrize("lag", [1, 3])
def test_a_run_ends_when_a_listing_shows_what_it_created(lag: int) -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: _keep_hidden(shelf, bodies, lag))
    report = run(shelf, {"a": TASKS["a"]})
    assert report.warnings == ()
    assert shelf.count("list") == 1 + lag + 1


def test_a_listing_that_never_shows_it_is_a_warning() -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: _keep_hidden(shelf, bodies, 99))
    [warning] = run(shelf, {"a": TASKS["a"]}).warnings
    assert (warning.code, warning.id) == ("not_listed", "t1")


def test_a_listing_that_fails_at_the_end_is_a_warning() -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        shelf.blind = 1
        return shelf.keep(bodies)

    shelf.on_create.append(answer)
    report = run(shelf, {"a": TASKS["a"]})
    assert [warning.code for warning in report.warnings] == ["not_listed"]
    assert ends(report) == {"a": Done}


def _keep_hidden(shelf: Shelf, bodies: Sequence[Spec], lag: int) -> list[Any]:
    shelf.lag = lag
    return shelf.keep(bodies)


def test_batches_hold_actions_of_one_kind_and_no_more_than_asked() -> None:
    shelf = filled()
    after = {**{f"n{n}": {"name": f"New {n}"} for n in range(5)}, "a": CHANGED["a"]}
    report = run(shelf, after, batch_size=2)
    assert writes(shelf) == [
        ("create", 2),
        ("create", 2),
        ("create", 1),
        ("overwrite", 1),
        ("delete", 2),
        ("delete", 1),
    ]
    kinds = [type(action) for action in report.plan.actions]
    assert kinds.count(Update) == 1


def test_a_halt_comes_after_the_end_of_the_task_that_shows_why() -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: shelf.keep([_without(b, "metadata") for b in bodies]))
    events = list(events_of(shelf, plan_for(shelf, TASKS)))
    assert [type(event) for event in events[1:]] == [Done, Halted]


class Unreadable(Shelf):
    """A shelf that shows no single task and deletes none."""

    def get_task(self, task_id: str) -> Spec:
        """Fail."""
        raise AnswerLostError(Fault(f"{task_id} can't be read"))

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        """Refuse, whichever it is."""
        self.check_time(until)
        self.calls.append(("delete", len(ids)))
        refuse(409, 54100)(())


def test_a_stamp_that_cannot_be_looked_for_halts_the_run() -> None:
    shelf = Unreadable()
    shelf.on_create.append(lambda bodies: [_without(t, "metadata") for t in shelf.keep(bodies)])
    report = run(shelf, TASKS)
    assert ends(report) == {"a": Done, "b": NotAttempted, "c": NotAttempted, "d": NotAttempted}
    assert isinstance(report.error, Notice)
    assert "unknown" in report.error.sentence


def test_a_delete_that_is_refused_fails() -> None:
    shelf = Unreadable()
    shelf.tasks = filled().tasks
    assert set(ends(run(shelf, {})).values()) == {Failed}
    assert len(shelf.tasks) == 4


@pytest.mark.parametrize("annotations", [0, 1])
def test_a_double_goes_only_if_nobody_has_worked_on_it_by_then(annotations: int) -> None:
    shelf = filled()
    first: Any = shelf.tasks["t1"]
    stamp = {**first["metadata"]["reconciler"], "nonce": "another run's"}
    shelf.tasks["t9"] = {**first, "id": "t9", "metadata": {"reconciler": stamp}}
    live = read_live(shelf)
    plan = make_plan(declare(TASKS), live, owner=OWNER, untouched=frozenset({"t9"}))
    shelf.annotations["t9"] = annotations
    report = make_report(plan, events_of(shelf, plan))
    assert [type(result) for result in report.results] == [Failed if annotations else Done]
    assert ("t9" in shelf.tasks) == bool(annotations)


def test_a_double_that_was_worked_on_stops_nothing_else() -> None:
    shelf = filled()
    first: Any = shelf.tasks["t1"]
    stamp = {**first["metadata"]["reconciler"], "nonce": "another run's"}
    shelf.tasks["t9"] = {**first, "id": "t9", "metadata": {"reconciler": stamp}}
    left = {key: TASKS[key] for key in "ab"}
    plan = make_plan(declare(left), read_live(shelf), owner=OWNER, untouched=frozenset({"t9"}))
    shelf.annotations["t9"] = 1
    report = make_report(plan, events_of(shelf, plan, batch_size=1))
    assert [type(result) for result in report.results].count(Failed) == 1
    assert sorted(shelf.tasks) == ["t1", "t2", "t9"]


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        (refuse(400, 11102), ["create", "create", "overwrite", "create", "overwrite", "overwrite"]),
        (refuse(403, 11007), ["create", "create", "overwrite", "create", "overwrite"]),
        (refuse(401, 11009), ["create", "create", "overwrite"]),
        (lose, ["create", "create", "overwrite"]),
    ],
)
def test_a_status_that_cannot_be_set_makes_a_run_incomplete(
    fault: Callable[[Sequence[Spec]], Any], sent: list[str]
) -> None:
    """The task is there; what was met on the way to its status holds for other overwrites too."""
    shelf = filled({"z": {"name": "Task z"}})
    tasks: Tasks = {
        "z": {"name": "Task z", "sample_ms": 5},
        "a": {"name": "Task a"},
        "b": {"name": "Task b", "status": {"code": "TASK_DONE"}},
        "c": {"name": "Task c", "status": {"code": "TASK_DONE"}},
    }
    shelf.on_overwrite.append(fault)
    report = run(shelf, tasks, batch_size=1)
    assert report.outcome is ReportOutcome.INCOMPLETE
    assert [name for name, _ in writes(shelf)] == sent
    assert isinstance(report.results[1], Done)
    assert report.results[1].id == "t3"


def test_without_stamps_the_name_of_somebody_elses_task_is_no_conflict() -> None:
    shelf = Shelf()
    shelf.tasks["t8"] = {"id": "t8", "name": "Task a", "label_order_id": "order"}
    desired = declare({"a": TASKS["a"]})
    plan = make_plan(desired, read_live(shelf), owner=OWNER, ownership=Ownership.APP)
    creator = Creator(shelf, OWNER, lambda: "nonce", [0.0].append, stamped=False)
    report = make_report(plan, apply_plan(plan, creator))
    assert [type(result) for result in report.results] == [Done]


@pytest.mark.parametrize("wanted", [CHANGED, {}])
def test_what_a_label_order_took_meanwhile_is_a_conflict(wanted: Tasks) -> None:
    shelf = filled()
    plan = plan_for(shelf, wanted)
    shelf.tasks["t1"] = {**shelf.tasks["t1"], "label_order_id": "order"}
    assert ends(make_report(plan, events_of(shelf, plan)))["a"] is Failed
    assert "t1" in shelf.tasks
    assert "sample_ms" not in shelf.tasks["t1"]


def test_what_only_a_listing_lacks_is_not_called_deleted() -> None:
    """Others deleted tasks between its pages, and those behind them moved up."""
    shelf = filled()
    plan = plan_for(shelf, {})
    shelf.hidden = {"t2"}
    del shelf.tasks["t3"]
    report = make_report(plan, events_of(shelf, plan))
    assert ends(report) == {"a": Done, "b": Failed, "c": Done, "d": Done}
    assert set(shelf.tasks) == {"t2"}


def test_what_would_leave_too_late_is_compared_again() -> None:
    """The pace, or the server, lets the writes wait; meanwhile two tasks change."""
    shelf = Slow(filled().tasks)
    plan = plan_for(shelf, CHANGED)
    wait = iter([0.0, 30.0, 0.0, 0.0])

    class Waiting(Slow):
        def check_time(self, until: float) -> None:
            self.now += next(wait, 0.0)
            super().check_time(until)

    waiting = Waiting(shelf.tasks)
    crew: Crew[Event] = Crew(clock=lambda: waiting.now)
    creator = Creator(waiting, OWNER, lambda: "nonce", lambda _: None)
    events = [*apply_plan(plan, creator, batch_size=1, crew=crew)]
    report = make_report(plan, events)
    assert ends(report) == {"a": Done, "b": Done, "c": Done, "d": Failed}
    assert [e.action.key for e in events if isinstance(e, Postponed)] == ["b"]
    assert waiting.tasks["t4"]["description"] == "theirs"


def test_what_was_postponed_when_the_run_ends_is_not_attempted() -> None:
    shelf = filled()
    plan = plan_for(shelf, {"a": CHANGED["a"], **{key: TASKS[key] for key in "bcd"}})
    [action] = plan.actions
    report = make_report(plan, [Sending((action,)), Postponed(action)], interrupted=True)
    assert [type(result) for result in report.results] == [NotAttempted]


def test_an_overwrite_that_loses_the_mark_halts_the_run() -> None:
    """The next run would take the task for nobody's, and make another one."""
    shelf = filled()

    def drop(bodies: Sequence[Spec]) -> Any:
        return shelf.replace([_without(body, "metadata") for body in bodies])

    shelf.on_overwrite.append(drop)
    report = run(shelf, CHANGED, batch_size=2)
    assert isinstance(report.error, Notice)
    assert report.error.code == "stamp_dropped"
    assert ends(report) == {"a": Done, "b": Done, "c": NotAttempted, "d": NotAttempted}


def test_a_key_that_was_made_twice_is_told() -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        theirs = {**bodies[0], "metadata": {"reconciler": {**_stamp(bodies[0]), "nonce": "x"}}}
        return shelf.keep([bodies[0], theirs])[:1]

    shelf.on_create.append(answer)
    report = run(shelf, {"a": TASKS["a"]})
    assert report.outcome is ReportOutcome.INCOMPLETE
    assert isinstance(report.error, Notice)
    assert report.error.code == "doubled"
    assert ": a; run again" in report.error.sentence


def _stamp(task: Spec) -> dict[str, Any]:
    return dict(task["metadata"]["reconciler"])  # type: ignore[index,call-overload,arg-type]


def test_a_run_that_ends_early_still_waits_for_what_it_created() -> None:
    shelf = filled({"a": TASKS["a"]})
    shelf.on_overwrite.append(lose)
    report = run(shelf, {"a": CHANGED["a"], "b": TASKS["b"]})
    assert ends(report) == {"b": Done, "a": Unknown}
    assert [name for name, _ in shelf.calls] == ["list", "create", "overwrite", "list"]
