"""The nth request of a kind meets its fault, and no other does."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from reconciler.sandbox.faults import Asked, Fault, Faults, Hit, Step, find_call

_TASKS = "/v2/users/u/apps/a/tasks"


def _met(faults: Faults, *calls: Asked) -> list[str]:
    return [str(faults.take(call) or "") for call in calls]


@pytest.mark.parametrize(
    ("method", "path", "call"),
    [
        ("POST", "/v2/tasks", Asked.CREATE),
        ("POST", _TASKS, Asked.CREATE),
        ("GET", _TASKS, Asked.LIST),
        ("GET", f"{_TASKS}/t", Asked.GET),
        ("GET", "/v2/tasks/t", Asked.GET),
        ("PATCH", _TASKS, Asked.OVERWRITE),
        ("DELETE", _TASKS, Asked.DELETE),
        ("GET", f"{_TASKS}/t/annotations/count", Asked.ANY),
        ("POST", f"{_TASKS}/t", Asked.ANY),
        ("PUT", _TASKS, Asked.ANY),
        ("POST", "/v2/users/u/apps/a/inputs", Asked.ANY),
        ("GET", "/", Asked.ANY),
    ],
)
def test_what_a_request_asks_for(method: str, path: str, call: Asked) -> None:
    assert find_call(method, path) is call


def test_the_nth_of_a_kind() -> None:
    faults = Faults([Step(Asked.CREATE, Fault.DROP_AFTER, nth=frozenset({1, 3}))])
    calls = (
        Asked.LIST,
        Asked.CREATE,
        Asked.CREATE,
        Asked.LIST,
        Asked.LIST,
        Asked.CREATE,
        Asked.CREATE,
    )
    met = ["", "create 1: drop-after", "", "", "", "create 3: drop-after", ""]
    assert _met(faults, *calls) == met


def test_every_so_many() -> None:
    faults = Faults([Step(Asked.GET, Fault.SLOW, every=2, seconds=1)])
    assert _met(faults, *[Asked.GET] * 4) == ["", "get 2: slow", "", "get 4: slow"]


def test_any_counts_all() -> None:
    faults = Faults([Step(Asked.ANY, Fault.TRUNCATE, every=3)])
    calls = (Asked.LIST, Asked.ANY, Asked.DELETE, Asked.GET, Asked.ANY, Asked.ANY)
    assert _met(faults, *calls) == ["", "", "any 3: truncate", "", "", "any 6: truncate"]


def test_the_first_step_that_is_met_counts() -> None:
    faults = Faults(
        [
            Step(Asked.ANY, Fault.THROTTLE, nth=frozenset({1})),
            Step(Asked.LIST, Fault.TRUNCATE, nth=frozenset({1, 2})),
        ]
    )
    assert _met(faults, Asked.LIST, Asked.LIST) == ["any 1: throttle", "list 2: truncate"]


@contextmanager
def _eager_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_requests_side_by_side_count_each() -> None:
    faults = Faults([Step(Asked.LIST, Fault.DROP_BEFORE, every=1)])

    def take_many(_: int) -> list[Hit | None]:
        return [faults.take(Asked.LIST) for _ in range(5000)]

    with _eager_threads(), ThreadPoolExecutor(4) as pool:
        hits = [hit for some in pool.map(take_many, range(4)) for hit in some]
    assert sorted(hit.number for hit in hits if hit) == list(range(1, 20_001))
