"""The server never sees more requests in a second than it allows."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.pace import Pace
from tests.api.clients import Time

if TYPE_CHECKING:
    from collections.abc import Sequence

latencies = st.floats(0, 3) | st.sampled_from([0.0, 1.0, 0.999])


def run(per_second: float, trips: Sequence[tuple[float, float]]) -> tuple[list[float], Time]:
    """Return when the server saw each request, and the clock after the last.

    Each trip is the time from here to there, and back.
    """
    time = Time()
    pace = Pace(per_second, clock=time.clock, sleep=time.sleep)
    seen: list[float] = []
    for there, back in trips:
        pace.wait()
        time.now += there
        seen.append(time.now)
        time.now += back
        pace.mark()
    return seen, time


@given(st.integers(1, 20), st.lists(st.tuples(latencies, latencies), max_size=80))
def test_never_more_than_allowed_in_any_second(
    per_second: int, trips: list[tuple[float, float]]
) -> None:
    """Whenever between sending and answer the server sees a request."""
    seen, _ = run(per_second, trips)
    for first, next_but in zip(seen, seen[per_second:], strict=False):
        assert next_but - first >= 1 - 1e-9


@given(st.floats(0.05, 0.99), st.lists(st.tuples(latencies, latencies), max_size=20))
def test_below_one_a_second_the_window_is_longer(
    per_second: float, trips: list[tuple[float, float]]
) -> None:
    seen, _ = run(per_second, trips)
    assert all(after - before >= 1 / per_second - 1e-9 for before, after in pairwise(seen))


@given(st.floats(1, 20))
def test_between_two_whole_numbers_the_lower_counts(per_second: float) -> None:
    seen, _ = run(per_second, [(0.0, 0.0)] * 60)
    allowed = math.floor(per_second)
    assert all(b - a >= 1 - 1e-9 for a, b in zip(seen, seen[allowed:], strict=False))


def test_what_is_allowed_is_used() -> None:
    seen, time = run(15, [(0.0, 0.0)] * 150)
    assert seen.count(0.0) == 15
    assert time.now == 9
    assert len(time.slept) == 9


def test_a_slow_server_is_not_waited_for() -> None:
    _, time = run(15, [(0.1, 0.1)] * 50)
    assert time.slept == []


def test_a_pace_beyond_reason_is_no_pace() -> None:
    _, time = run(1e30, [(0.0, 0.0)] * 1000)
    assert time.slept == []
