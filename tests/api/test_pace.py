"""The server never sees more requests in a second than it allows."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.api.pace import Pace
from tests.api.clients import Time
from tests.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Trip = tuple[float, float]
"""The time from here to there, and back."""

latencies = st.floats(0, 3) | st.sampled_from([0.0, 1.0, 0.999])
trips = st.tuples(latencies, latencies)


def run(per_second: float, *workers: Sequence[Trip]) -> tuple[list[float], float]:
    """Return when the server saw the requests of several threads, in order, and the end of all."""
    turns = Turns()
    pace = Pace(per_second, clock=turns.clock, sleep=turns.sleep)
    seen: list[float] = []

    def travel(journey: Sequence[Trip]) -> Callable[[], None]:
        def work() -> None:
            for there, back in journey:
                pace.wait()
                turns.sleep(there)
                seen.append(turns.now)
                turns.sleep(back)
                pace.mark()

        return work

    turns.run(travel(journey) for journey in workers)
    return sorted(seen), turns.now


@settings(deadline=None)  # threads take what the machine gives them
@given(st.integers(1, 20), st.lists(st.lists(trips, max_size=20), max_size=10))
def test_never_more_than_allowed_in_any_second(per_second: int, workers: list[list[Trip]]) -> None:
    """Whenever between sending and answer the server sees a request, whoever sends it."""
    seen, _ = run(per_second, *workers)
    assert len(seen) == sum(map(len, workers))
    for first, next_but in zip(seen, seen[per_second:], strict=False):
        assert next_but - first >= 1 - 1e-9


@settings(deadline=None)
@given(st.floats(0.05, 0.99), st.lists(st.lists(trips, max_size=5), max_size=4))
def test_below_one_a_second_the_window_is_longer(
    per_second: float, workers: list[list[Trip]]
) -> None:
    seen, _ = run(per_second, *workers)
    assert all(after - before >= 1 / per_second - 1e-9 for before, after in pairwise(seen))


@settings(deadline=None)
@given(st.floats(1, 20))
def test_between_two_whole_numbers_the_lower_counts(per_second: float) -> None:
    seen, _ = run(per_second, [(0.0, 0.0)] * 60)
    allowed = math.floor(per_second)
    assert all(b - a >= 1 - 1e-9 for a, b in zip(seen, seen[allowed:], strict=False))


def test_what_is_allowed_is_used() -> None:
    seen, end = run(15, [(0.0, 0.0)] * 150)
    assert seen.count(0.0) == 15
    assert end == 9


def test_requests_under_way_overlap_their_latency() -> None:
    """One thread alone would take 30 s, and no safe pace is quicker than 15 in 1.2 s."""
    _, end = run(15, *[[(0.1, 0.1)] * 10] * 15)
    assert math.isclose(end, 9 * 1.2 + 0.2, abs_tol=0.01)


def test_a_slow_server_is_not_waited_for() -> None:
    _, end = run(15, [(0.1, 0.1)] * 50)
    assert math.isclose(end, 10)


def test_a_pace_beyond_reason_is_no_pace() -> None:
    _, end = run(1e30, [(0.0, 0.0)] * 1000)
    assert end == 0


def use(pace: Pace, time: Time, *, until: float = math.inf) -> list[float]:
    """Send 40 requests that are answered at once, or those until a moment; return when."""
    sent: list[float] = []
    while len(sent) < 40 and time.now < until:
        sent.append(pace.wait())
        pace.mark()
    return [moment for moment in sent if moment < until]


def at_pace(per_second: float) -> tuple[Pace, Time]:
    time = Time()
    return Pace(per_second, clock=time.clock, sleep=time.sleep), time


def test_a_refusal_halves_the_pace_and_calm_restores_it_slowly() -> None:
    pace, time = at_pace(8)
    use(pace, time, until=1)
    pace.ease(pace.wait())
    pace.mark()
    time.now += 10
    sent = use(pace, time, until=time.now + 1)
    assert len(sent) == 6, "half of 8, and one for each five seconds"
    time.now = 500.0
    assert use(pace, time, until=501) == [500.0] * 8, "no more than at first"


def test_many_refusals_of_one_moment_count_once() -> None:
    pace, time = at_pace(8)
    left = [pace.wait() for _ in range(8)]
    time.now = 0.5
    for each in left:
        pace.mark()
        pace.ease(each)
    time.now = 3.0
    assert use(pace, time, until=4) == [3.0] * 4


def test_it_never_stops_quite() -> None:
    pace, time = at_pace(15)
    for _ in range(9):
        time.now += 1
        pace.ease(pace.wait())
        pace.mark()
    start = time.now
    assert use(pace, time, until=start + 3) == [start + 1, start + 2]


def test_a_pace_far_too_high_comes_down_to_what_was_sent() -> None:
    pace, time = at_pace(1000)
    sent = [pace.wait() for _ in range(4)]
    time.now = 0.5
    pace.ease(sent[0])
    for _ in sent:
        pace.mark()
    time.now = 2.0
    assert use(pace, time, until=3) == [2.0] * 4


def test_a_pause_is_one_for_all() -> None:
    pace, time = at_pace(15)
    pace.pause(7)
    pace.pause(3)
    assert pace.wait() == 7
    assert time.now == 7
