"""A refused batch costs few requests, and what a request can hold is found out once."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.apply import apply_plan
from reconciler.create import Creator
from reconciler.errors import RejectedError
from reconciler.live import read_live
from reconciler.model import Fault
from reconciler.plan import make_plan
from reconciler.report import Done, Failed, make_report
from tests.harness import OWNER, declare
from tests.shelf import Shelf, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model import Spec
    from reconciler.report import Report

NO = Fault("no", 413)
TOO_MANY = [
    pytest.param(NO, id="413"),
    pytest.param(Fault("tasks: 128 are more than 50", 400, 11102), id="in words"),
    pytest.param(Fault("Failure", 400, 10020), id="without a reason"),
]
FIRST_BATCH = [128, 64, 32, 32, 32, 32]
"""What becomes of 128 tasks where 50 fit."""


@dataclass(slots=True)
class Narrow(Shelf):
    """A shelf that refuses more than *most* tasks in a request, and those named *bad*."""

    most: int = 50
    fault: Fault = NO
    bad: set[str] = field(default_factory=set)

    def _check(self, verb: str, names: Sequence[object]) -> None:
        if len(names) > self.most or self.bad.intersection(names):
            self.calls.append((verb, len(names)))
            raise RejectedError(self.fault)

    def create_tasks(self, bodies: Sequence[Spec]) -> Any:
        self._check("create", [body["name"] for body in bodies])
        return Shelf.create_tasks(self, bodies)

    def overwrite_tasks(self, bodies: Sequence[Spec], *, until: float = inf) -> Any:
        self._check("overwrite", [body["name"] for body in bodies])
        return Shelf.overwrite_tasks(self, bodies, until=until)

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        self._check("delete", [self.tasks[each]["name"] for each in ids])
        Shelf.delete_tasks(self, ids, until=until)


def run(shelf: Narrow, number: int, **more: Any) -> Report:
    return apply(shelf, {f"k{n:03}": {"name": f"Task {n}", **more} for n in range(number)})


def apply(shelf: Narrow, tasks: dict[str, Spec]) -> Report:
    plan = make_plan(declare(tasks), read_live(shelf), owner=OWNER)
    shelf.calls.clear()
    nonces = count(len(shelf.tasks))
    creator = Creator(shelf, OWNER, lambda: f"n{next(nonces)}", lambda _: None)
    return make_report(plan, apply_plan(plan, creator))


def filled(number: int) -> Narrow:
    shelf = Narrow(most=1000)
    run(shelf, number)
    return shelf


def sizes(shelf: Shelf, verb: str) -> list[int]:
    return [size for call, size in shelf.calls if call == verb]


@pytest.mark.parametrize("fault", TOO_MANY)
def test_a_size_that_is_refused_is_not_tried_again(fault: Fault) -> None:
    """Whatever the API says of it; the first create goes alone."""
    shelf = Narrow(fault=fault)
    report = run(shelf, 300)
    assert all(isinstance(end, Done) for end in report.results)
    assert sizes(shelf, "create") == [1, *FIRST_BATCH, *[32] * 5, 11]
    shelf.most = 1000
    run(shelf, 300)
    shelf.most = 50
    report = run(shelf, 300, sample_ms=5)
    assert all(isinstance(end, Done) for end in report.results)
    assert sizes(shelf, "overwrite") == [*FIRST_BATCH, *[32] * 5, 12]
    report = run(shelf, 0)
    assert all(isinstance(end, Done) for end in report.results)
    assert sizes(shelf, "delete") == [*FIRST_BATCH, *[32] * 5, 12]


def test_what_one_kind_finds_out_another_one_knows() -> None:
    shelf = filled(200)
    shelf.most = 50
    report = apply(shelf, {f"n{n:03}": {"name": f"New {n}"} for n in range(200)})
    assert all(isinstance(end, Done) for end in report.results)
    assert sizes(shelf, "create")[:6] == FIRST_BATCH
    assert sizes(shelf, "delete") == [*[32] * 6, 8]


@pytest.mark.parametrize("place", [0, 63, 64, 127])
def test_one_bad_task_costs_two_requests_for_each_halving(place: int) -> None:
    shelf = filled(128)
    shelf.bad = {f"Task {place}"}
    report = run(shelf, 128, sample_ms=5)
    assert [type(end) for end in report.results].count(Failed) == 1
    assert isinstance(report.results[place], Failed)
    assert len(sizes(shelf, "overwrite")) == 1 + 2 * 7


def test_a_bad_task_says_nothing_of_the_size() -> None:
    """The next batch is whole again."""
    shelf = filled(256)
    shelf.bad = {"Task 5"}
    run(shelf, 256, sample_ms=5)
    assert sizes(shelf, "overwrite")[-1] == 128


def test_a_bad_task_in_a_batch_that_is_too_large() -> None:
    shelf = filled(256)
    shelf.bad, shelf.most = {"Task 5"}, 50
    report = run(shelf, 256, sample_ms=5)
    assert [type(end) for end in report.results].count(Failed) == 1
    assert sizes(shelf, "overwrite") == [
        *[128, 64, 32, 16, 8, 4, 4, 2, 1, 1, 2, 8, 16, 32],
        *[64, 32, 32],
        *[32] * 4,
    ]


def test_what_is_due_to_the_caller_is_not_asked_again_for_the_rest() -> None:
    """The batch is too large, and when its first half is sent the token has just expired."""
    shelf = filled(128)
    shelf.on_overwrite = [refuse(413), refuse(401, 11009)]
    report = run(shelf, 128, sample_ms=5)
    assert {type(end) for end in report.results} == {Failed}
    assert sizes(shelf, "overwrite") == [128, 64]
