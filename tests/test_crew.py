"""Requests of one kind overlap, those of two kinds never do, and nothing that was told is lost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from math import inf
from threading import Barrier, Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.actions import Create, Delete, Update
from reconciler.apply import apply_plan
from reconciler.create import Creator
from reconciler.crew import IN_FLIGHT, Crew
from reconciler.errors import NestingError, RejectedError
from reconciler.live import read_live
from reconciler.model import ABSENT, Fault
from reconciler.plan import make_plan
from reconciler.report import Done, Failed, NotAttempted, Sending, make_report
from tests.harness import OWNER, declare
from tests.shelf import Shelf, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.actions import Plan
    from reconciler.model import Spec
    from reconciler.report import Event


def in_a_thread(work: Callable[[], None]) -> None:
    Thread(target=work, daemon=True).start()


@dataclass(slots=True)
class Busy(Shelf):
    """A shelf that keeps how many writes of which kind are in progress at once.

    While *meeting* is set each write waits until as many others have come as it wants.
    """

    meeting: Barrier | None = None
    lock: Lock = field(default_factory=Lock)
    inside: list[str] = field(default_factory=list)
    most: int = 0
    mixed: bool = False

    @contextmanager
    def writing(self, kind: str) -> Iterator[None]:
        with self.lock:
            self.inside.append(kind)
            self.most = max(self.most, len(self.inside))
            self.mixed |= len(set(self.inside)) > 1
        if self.meeting:
            self.meeting.wait(10)
        with self.lock:
            yield
            self.inside.remove(kind)

    def create_tasks(self, bodies: Sequence[Spec]) -> Any:
        with self.writing("create"):
            return Shelf.create_tasks(self, bodies)

    def overwrite_tasks(self, bodies: Sequence[Spec], *, until: float = inf) -> Any:
        with self.writing("overwrite"):
            return Shelf.overwrite_tasks(self, bodies, until=until)

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        with self.writing("delete"):
            Shelf.delete_tasks(self, ids, until=until)


def bodies(prefix: str, number: int) -> dict[str, dict[str, Any]]:
    return {f"{prefix}{n:02}": {"name": f"Task {prefix}{n}"} for n in range(number)}


def plan_of(shelf: Shelf, tasks: dict[str, dict[str, Any]]) -> Plan:
    return make_plan(declare(tasks), read_live(shelf), owner=OWNER)


def events_of(
    shelf: Shelf, plan: Plan, *, crew: Crew[Event] | None = None, size: int = 1
) -> Iterator[Event]:
    numbers = count(len(shelf.tasks))
    creator = Creator(shelf, OWNER, lambda: f"n{next(numbers)}", lambda _: None)
    return apply_plan(plan, creator, batch_size=size, crew=crew or Crew(in_a_thread))


def with_live(number: int = 16) -> Busy:
    """Return a shelf with tasks of ours."""
    shelf = Busy()
    plan = plan_of(shelf, bodies("old", number))
    assert all(isinstance(end, Done) for end in make_report(plan, events_of(shelf, plan)).results)
    return shelf


@pytest.mark.parametrize("kind", [Create, Update, Delete])
def test_as_many_requests_as_allowed_are_under_way(kind: type) -> None:
    """Each of them waits for all the others to come."""
    shelf = with_live()
    live = bodies("old", 16)
    plan = plan_of(
        shelf,
        {
            Create: {**live, **bodies("new", 16)},
            Update: {key: {**body, "sample_ms": 5} for key, body in live.items()},
            Delete: {},
        }[kind],
    )
    assert {type(action) for action in plan.actions} == {kind}
    shelf.most, shelf.meeting = 0, Barrier(IN_FLIGHT)
    heard: list[Event] = []
    for event in events_of(shelf, plan):
        heard.append(event)
        ended = sum(isinstance(each, Done) for each in heard)
        assert sum(isinstance(each, Sending) for each in heard) - ended <= IN_FLIGHT
    assert all(isinstance(end, Done) for end in make_report(plan, heard).results)
    assert shelf.most == IN_FLIGHT == 8


def test_kinds_never_overlap_and_every_task_is_told_of_before_it_is_sent() -> None:
    shelf = with_live(12)
    changed = {key: {**body, "sample_ms": 5} for key, body in bodies("old", 6).items()}
    plan = plan_of(shelf, {**changed, **bodies("new", 20)})
    heard: list[Event] = []
    shelf.calls.clear()
    for event in events_of(shelf, plan, size=2):
        if isinstance(event, Sending):
            # What this batch asks for has not begun: the writes so far are those told of before.
            told = sum(isinstance(each, Sending) for each in heard)
            assert sum(call[0] not in ("list", "get") for call in shelf.calls) <= told
        heard.append(event)
    assert all(isinstance(end, Done) for end in make_report(plan, heard).results)
    assert not shelf.mixed
    kinds = [type(event.actions[0]) for event in heard if isinstance(event, Sending)]
    assert kinds == [Create] * 10 + [Update] * 3 + [Delete] * 3


def test_the_task_that_proves_the_stamp_goes_alone() -> None:
    shelf = Busy()

    def take_a_while(sent: Sequence[Spec]) -> Any:
        sleep(0.1)
        return shelf.keep(sent)

    shelf.on_create.append(take_a_while)
    events = events_of(shelf, plan_of(shelf, bodies("new", 9)))
    first, second = next(events), next(events)
    assert isinstance(first, Sending)
    assert [type(second), len(shelf.posted)] == [Done, 1]
    assert sum(isinstance(event, Sending) for event in events) == 8


@pytest.mark.parametrize(("status", "code"), [(401, 11009), (0, 0)])
def test_what_holds_for_all_stops_new_requests_and_waits_for_those_under_way(
    status: int, code: int
) -> None:
    """The first eight are under way when one of them is refused for good."""
    shelf = with_live()
    plan = plan_of(shelf, {})
    shelf.meeting = Barrier(IN_FLIGHT)
    refused = iter([True])

    def delete(ids: Sequence[str]) -> None:
        with shelf.writing("delete"):
            if next(refused, False):
                refuse(status, code)(())
            Shelf.delete_tasks(shelf, ids)

    shelf_with = _Deleting(shelf, delete)
    report = make_report(plan, events_of(shelf_with, plan))
    ends = [type(end) for end in report.results]
    assert ends.count(Failed) == 1
    assert ends.count(Done) == IN_FLIGHT - 1
    assert ends.count(NotAttempted) == 16 - IN_FLIGHT
    assert len(shelf.tasks) == 16 - (IN_FLIGHT - 1)


class _Deleting(Shelf):
    """A shelf that deletes in another way."""

    def __init__(self, shelf: Shelf, delete: Callable[[Sequence[str]], None]) -> None:
        super().__init__(shelf.tasks)
        self._delete = delete

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        self.check_time(until)
        self._delete(ids)


def test_what_breaks_a_piece_of_work_is_raised_when_the_others_have_ended() -> None:
    meeting = Barrier(2)

    def good() -> Iterator[str]:
        yield "before"
        meeting.wait(10)
        yield "after"

    def bad() -> Iterator[str]:
        yield from ()
        meeting.wait(10)
        raise NestingError

    crew: Crew[str] = Crew(in_a_thread)
    crew.begin(bad())
    crew.begin(good())
    heard: list[str] = []
    with pytest.raises(NestingError):
        heard.extend(crew.finish())
    assert heard == ["before", "after"]


def test_a_question_that_fails_raises() -> None:
    def fail() -> None:
        raise RejectedError(Fault("no"))

    for start in (in_a_thread, lambda work: work()):
        crew: Crew[str] = Crew(start)
        with pytest.raises(RejectedError):
            list(crew.ask(fail))


def test_a_run_that_is_to_stop_waits_for_no_answer() -> None:
    meeting = Barrier(2)
    left = [inf, inf, 10.0]
    crew: Crew[str] = Crew(in_a_thread, time_left=lambda: left.pop(0) if len(left) > 1 else left[0])
    answers: list[object] = []

    def ask() -> Iterator[str]:
        answers.append((yield from crew.ask(lambda: meeting.wait(10))))

    assert list(ask()) == []
    assert answers == [ABSENT]
    meeting.abort()


def test_what_does_not_end_in_time_is_left_alone() -> None:
    """What was told until then is heard."""
    crew: Crew[str]
    left = inf
    held = Barrier(2)

    def slow() -> Iterator[str]:
        nonlocal left
        yield "before"
        left = 0.0
        held.wait(10)
        yield "after"

    crew = Crew(in_a_thread, time_left=lambda: left)
    crew.begin(slow())
    assert list(crew.finish()) == ["before"]
    assert crew.is_stopping()
    held.abort()


def test_room_is_made_when_a_piece_of_work_has_ended() -> None:
    """Whoever waits lets the oldest piece go on."""
    works: list[Callable[[], None]] = []

    def wait() -> float:
        works.pop(0)()
        return inf

    crew: Crew[str] = Crew(works.append, most=2, time_left=wait)
    for told in "ab":
        assert list(crew.make_room()) == []
        crew.begin([told])
    assert list(crew.make_room()) == ["a"]
