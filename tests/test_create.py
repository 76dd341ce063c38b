"""A task is created exactly once, whatever the answer says of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.actions import Create
from reconciler.create import Created, Creator
from reconciler.errors import AnswerLostError
from reconciler.finish import create_tasks
from reconciler.model import ABSENT, Fault
from reconciler.report import Done, Failed, Unknown
from tests.harness import OWNER, declare
from tests.shelf import LOST, Shelf, lose, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model import Spec

BAD = Fault("bad", 207, 40003)


def actions(keys: str) -> list[Create]:
    return [Create(d) for d in declare({key: {"name": f"Task {key}"} for key in keys})]


def creator(shelf: Shelf, sleeps: list[float] | None = None) -> Creator:
    nonces = (f"n{number}" for number in count())
    slept: list[float] = [] if sleeps is None else sleeps
    return Creator(shelf, OWNER, lambda: next(nonces), slept.append)


def ends(shelf: Shelf, keys: str) -> dict[str, Any]:
    """Create tasks; return the id of each that was created, else its end."""
    found: dict[str, Any] = {}
    for end in creator(shelf).create(actions(keys)):
        assert end.action.key not in found, "one end for each"
        found[end.action.key] = end.live["id"] if isinstance(end, Created) else end
    return found


def stamp_of(task: Spec) -> Any:
    return task["metadata"]["reconciler"]  # type: ignore[index,call-overload]


def live_keys(shelf: Shelf) -> list[str]:
    return sorted(stamp_of(task)["key"] for task in shelf.tasks.values())


def assert_each_its_own(shelf: Shelf, found: dict[str, Any]) -> None:
    assert {stamp_of(task)["key"]: task["id"] for task in shelf.tasks.values()} == found


def test_each_task_is_posted_with_a_stamp_and_a_nonce_of_its_own() -> None:
    shelf = Shelf()
    found = ends(shelf, "abc")
    assert_each_its_own(shelf, found)
    assert [stamp_of(body)["owner"] for body in shelf.posted] == [OWNER] * 3
    assert len({stamp_of(body)["nonce"] for body in shelf.posted}) == 3
    assert shelf.calls == [("create", 3)]


def test_the_order_of_a_reply_means_nothing() -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: shelf.keep(bodies)[::-1])
    assert_each_its_own(shelf, ends(shelf, "abc"))


def test_a_task_that_the_reply_leaves_out_is_taken_over() -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: shelf.keep(bodies)[1:])
    assert_each_its_own(shelf, ends(shelf, "abc"))
    assert shelf.calls == [("create", 3), ("list", 0)]


def test_a_task_that_was_left_out_because_it_failed_is_posted_again() -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: shelf.keep(bodies[1:]))
    assert_each_its_own(shelf, ends(shelf, "abc"))
    assert [call for call in shelf.calls if call[0] == "create"] == [("create", 3), ("create", 1)]


def test_a_mixed_reply_is_honoured_one_by_one() -> None:
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: [*shelf.keep(bodies[:1]), BAD, *shelf.keep(bodies[2:])])
    found = ends(shelf, "abc")
    assert found.pop("b") == Failed(actions("b")[0], BAD)
    assert_each_its_own(shelf, found)


def test_no_task_is_given_another_ones_result() -> None:
    """The reply is as long as the request, but in another order: `b` failed."""
    shelf = Shelf()
    shelf.on_create.append(lambda bodies: [BAD, *shelf.keep([bodies[2], bodies[0]])])
    assert_each_its_own(shelf, ends(shelf, "abc"))
    assert live_keys(shelf) == ["a", "b", "c"]


@pytest.mark.parametrize("lie", [{"id": ""}, {"id": 5}, {"id": None}, {}])
def test_a_task_without_an_id_is_looked_for(lie: dict[str, Any]) -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        return [{k: v for k, v in task.items() if k != "id"} | lie for task in shelf.keep(bodies)]

    shelf.on_create.append(answer)
    assert_each_its_own(shelf, ends(shelf, "ab"))
    assert shelf.count("create") == 1


def test_what_was_done_before_the_answer_was_lost_is_taken_over() -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        shelf.keep(bodies)
        raise AnswerLostError(LOST)

    shelf.on_create.append(answer)
    assert_each_its_own(shelf, ends(shelf, "ab"))
    assert shelf.count("create") == 1


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_listing_that_lags_is_waited_for(lag: int) -> None:
    shelf = Shelf(lag=lag)
    sleeps: list[float] = []

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        shelf.keep(bodies)
        raise AnswerLostError(LOST)

    shelf.on_create.append(answer)
    assert all(isinstance(e, Created) for e in creator(shelf, sleeps).create(actions("ab")))
    assert live_keys(shelf) == ["a", "b"]
    assert sleeps == [1, 2, 4][: lag + 1]


def test_what_never_arrived_is_posted_once_more_with_a_fresh_nonce() -> None:
    shelf = Shelf(on_create=[lose])
    assert_each_its_own(shelf, ends(shelf, "a"))
    first, second = shelf.posted
    assert stamp_of(first)["nonce"] != stamp_of(second)["nonce"]


def test_a_post_that_is_refused_after_one_that_was_lost_ends_unknown() -> None:
    """The first may be live and not be listed yet; a refusal of the task itself holds for both."""
    for status, end in ((429, Unknown), (401, Unknown), (400, Failed)):
        shelf = Shelf(lag=9, on_create=[lose, refuse(status)])
        assert {key: type(value) for key, value in ends(shelf, "a").items()} == {"a": end}


def test_what_never_arrives_ends_unknown() -> None:
    shelf = Shelf(on_create=[lose] * 9)
    assert ends(shelf, "a") == {"a": Unknown(actions("a")[0], LOST)}
    assert shelf.count("create") == 3


def test_without_a_listing_nothing_is_posted_again() -> None:
    shelf = Shelf(on_create=[lose], blind=1)
    assert ends(shelf, "a") == {"a": Unknown(actions("a")[0], LOST)}
    assert shelf.count("create") == 1


def test_where_the_stamp_may_have_been_dropped_nothing_is_posted_again() -> None:
    """The answer is lost and the API keeps no metadata: the name is all that there is."""
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        shelf.keep([{"name": body["name"]} for body in bodies])
        raise AnswerLostError(LOST)

    shelf.on_create.append(answer)
    found = ends(shelf, "a")
    assert isinstance(found["a"], Unknown)
    assert "t1" in found["a"].fault.sentence
    assert shelf.count("create") == 1
    assert len(shelf.tasks) == 1


def test_what_another_run_made_meanwhile_keeps_its_nonce() -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        theirs = {**stamp_of(bodies[0]), "nonce": "theirs"}
        shelf.keep([{**bodies[0], "metadata": {"reconciler": theirs}}])
        raise AnswerLostError(LOST)

    shelf.on_create.append(answer)
    [end] = done(shelf, status="TASK_DONE")
    assert isinstance(end, Done)
    assert stamp_of(shelf.tasks["t1"])["nonce"] == "theirs"


@pytest.mark.parametrize(
    "theirs", [{"fields": {"name": "x"}}, {"lifecycle": {"on_delete": "retain"}}]
)
def test_what_another_run_made_of_another_file_is_a_conflict(theirs: dict[str, Any]) -> None:
    """To call it created would hide that the app isn't as the file says."""
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        stamp = {**stamp_of(bodies[0]), **theirs, "nonce": "theirs"}
        shelf.keep([{**bodies[0], "metadata": {"reconciler": stamp}}])
        raise AnswerLostError(LOST)

    shelf.on_create.append(answer)
    end = ends(shelf, "a")["a"]
    assert isinstance(end, Unknown)
    assert end.alone
    assert "another run created it meanwhile as t1" in end.fault.sentence
    assert len(shelf.tasks) == 1


def test_the_copy_of_a_label_order_is_not_taken_over() -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        older = {**bodies[0], "label_order_id": "order", "created_at": "2026-01-01T00:00:00Z"}
        shelf.keep([older, {**bodies[0], "created_at": "2026-01-02T00:00:00Z"}])
        raise AnswerLostError(LOST)

    shelf.on_create.append(answer)
    assert ends(shelf, "a") == {"a": "t2"}


def test_a_batch_is_halved_until_the_bad_one_stands_alone() -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> Any:
        if any(body["name"] == "Task b" for body in bodies):
            return refuse(400, 11102)(bodies)
        return shelf.keep(bodies)

    shelf.on_create.extend([answer] * 9)
    found = ends(shelf, "abcdefgh")
    assert isinstance(found.pop("b"), Failed)
    assert_each_its_own(shelf, found)
    assert shelf.count("create") == 7


@pytest.mark.parametrize(
    ("http_status", "code"),
    [
        (401, 11009),
        (403, 11007),
        (429, 11005),
        (400, 11005),
        (200, 11007),
        (402, 11000),
        (404, 0),
        (405, 0),
        (302, 0),
        (0, 0),
    ],
)
def test_what_holds_for_all_is_not_asked_for_each(http_status: int, code: int) -> None:
    shelf = Shelf(on_create=[refuse(http_status, code)])
    assert {type(end) for end in ends(shelf, "abcd").values()} == {Failed}
    assert shelf.count("create") == 1


@pytest.mark.parametrize(("http_status", "code"), [(413, 0), (400, 0), (404, 11101), (409, 54100)])
def test_what_may_be_due_to_one_task_is_halved(http_status: int, code: int) -> None:
    shelf = Shelf(on_create=[refuse(http_status, code)])
    assert_each_its_own(shelf, ends(shelf, "ab"))
    assert shelf.count("create") == 3


def done(shelf: Shelf, *, status: str) -> list[Any]:
    body: Spec = {"name": "Task a", "status": {"code": status}}
    [action] = [Create(d) for d in declare({"a": body})]
    return list(create_tasks([action], creator=creator(shelf), check_stamp=False))


def test_a_status_follows_the_create() -> None:
    shelf = Shelf()
    [end] = done(shelf, status="TASK_DONE")
    assert isinstance(end, Done)
    assert end.warnings == ()
    assert "status" not in shelf.posted[0]
    assert shelf.tasks["t1"]["status"] == {"code": "TASK_DONE"}
    assert stamp_of(shelf.tasks["t1"]) == stamp_of(shelf.posted[0])


@pytest.mark.parametrize("fault", [lose, refuse(400, 11102)])
def test_a_status_that_cannot_be_set_is_left_for_the_next_run(fault: Any) -> None:
    shelf = Shelf(on_overwrite=[fault])
    [end] = done(shelf, status="TASK_WONT_DO")
    assert isinstance(end, Done)
    assert end.id == "t1"
    assert end.rest is not ABSENT
    [warning] = end.warnings
    assert (warning.code, warning.key, warning.id) == ("status_not_set", "a", "t1")
    assert warning.sentence.endswith("run again")


def test_another_task_in_the_answer_is_not_taken_for_the_new_one() -> None:
    """Neither by an id that was there before, nor without a mark by another name."""
    for lie in ({"id": "t0"}, {"name": "Another", "metadata": {}, "id": "t7"}):
        shelf = Shelf({"t0": {"id": "t0", "name": "Theirs"}})

        def answer(bodies: Sequence[Spec], shelf: Shelf = shelf, lie: Any = lie) -> list[Any]:
            return [{**task, **lie} for task in shelf.keep(bodies)]

        shelf.on_create.append(answer)
        one = creator(shelf)
        one.taken.add("t0")
        [end] = one.create(actions("a"))
        assert isinstance(end, Created)
        assert end.live["id"] == "t2"
        assert shelf.count("create") == 1


def test_a_server_that_is_still_at_it_is_looked_at_for_longer() -> None:
    """A task appears at every second look: none is posted again."""
    shelf = Shelf()
    made: list[Spec] = []

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        made.extend(bodies)
        raise AnswerLostError(LOST)

    def appear(_: float) -> None:
        if made and len(shelf.calls) % 2:
            shelf.keep([made.pop(0)])

    shelf.on_create.append(answer)
    nonces = (f"n{number}" for number in count())
    slow = Creator(shelf, OWNER, lambda: next(nonces), appear)
    assert {type(end) for end in slow.create(actions("abcdef"))} == {Created}
    assert shelf.count("create") == 1


def test_once_the_run_stops_nothing_is_posted_again() -> None:
    shelf = Shelf(on_create=[lose])
    stopping = replace(creator(shelf), stops=lambda: True)
    [end] = stopping.create(actions("a"))
    assert isinstance(end, Unknown)
    assert shelf.count("create") == 1


def test_a_clash_with_what_was_lost_is_no_refusal() -> None:
    """The first post took effect, isn't listed yet, and is in the way of the second."""
    shelf = Shelf(lag=9, on_create=[lose, refuse(409, 54100)])
    assert {key: type(end) for key, end in ends(shelf, "a").items()} == {"a": Unknown}


def test_what_was_made_beside_another_runs_task_is_no_failure() -> None:
    shelf = Shelf()

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        stamp = {**stamp_of(bodies[0]), "fields": {"name": "x"}, "nonce": "theirs"}
        shelf.keep([{**bodies[0], "metadata": {"reconciler": stamp}}, bodies[0]])
        raise AnswerLostError(LOST)

    shelf.on_create.append(answer)
    assert ends(shelf, "a") == {"a": "t2"}


def test_beside_another_runs_task_ours_is_looked_for_as_long() -> None:
    """The listing shows theirs first, and ours later."""
    shelf = Shelf()
    late: list[Spec] = []

    def answer(bodies: Sequence[Spec]) -> list[Any]:
        stamp = {**stamp_of(bodies[0]), "fields": {"name": "x"}, "nonce": "theirs"}
        shelf.keep([{**bodies[0], "metadata": {"reconciler": stamp}}])
        late.extend(bodies)
        raise AnswerLostError(LOST)

    def appear(seconds: float) -> None:
        if seconds == 4:
            shelf.keep(late)

    shelf.on_create.append(answer)
    [end] = Creator(shelf, OWNER, lambda: "n", appear).create(actions("a"))
    assert isinstance(end, Created)
    assert end.live["id"] == "t2"
