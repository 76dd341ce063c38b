"""When may the next request go out?"""

from __future__ import annotations

import math
from collections import deque
from itertools import takewhile
from threading import Lock
from typing import TYPE_CHECKING, Final

from reconciler.errors import LateError

if TYPE_CHECKING:
    from collections.abc import Callable


_FASTEST: Final = 1_000_000

_CALM: Final = 5.0
"""Seconds without a refusal after which one request more goes out in a window again."""

_SHORTEST_SLEEP: Final = 0.001
"""A sleep that is lost in the rounding of the clock would be slept for ever."""


class Pace:
    """One pace for all requests of a run, whichever thread sends them.

    In no window of a second does the server see more than *per_second* requests, whatever the
    latency of each: a request counts from when it left until one window after its answer came,
    and the server saw it somewhere between the two. Less caution isn't safe: what leaves a window
    after the answer to a request may be seen at once, and that request may have been seen just
    before its answer. Below one a second the window is longer.

    A server that refuses for haste is sent half as many requests in a window and not more than it
    just was sent, but at least one, and then slowly more again: others use the same account.
    """

    def __init__(
        self, per_second: float, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._burst = max(1, math.floor(min(per_second, _FASTEST)))
        self._window = self._burst / per_second if per_second < 1 else 1.0
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._ended: deque[float] = deque(maxlen=self._burst)
        self._under_way = 0
        self._allowed = self._burst
        self._eased = -math.inf
        self._resumes = -math.inf
        self.requests = 0
        """How many requests have left."""

    def wait(self, *, until: float = math.inf) -> float:
        """Sleep until a request may leave, and return when it did. Follow it with `mark`.

        Raise `LateError` if it may leave only after *until*.
        """
        while True:
            with self._lock:
                now = self._clock()
                delay = self._opens(now) - now
                if now + max(delay, 0.0) > until:
                    raise LateError
                if delay <= 0:
                    self._under_way += 1
                    self.requests += 1
                    return now
            self._sleep(max(delay, _SHORTEST_SLEEP))

    def mark(self) -> None:
        """Note that a request is being answered, or was given up."""
        with self._lock:
            self._under_way -= 1
            self._ended.append(self._clock())

    def pause(self, seconds: float) -> None:
        """Let nothing leave for a while: the server asked for it."""
        with self._lock:
            self._resumes = max(self._resumes, self._clock() + seconds)

    def ease(self, left: float) -> None:
        """Slow down, because the server refused for haste what *left* then.

        What had left before the pace became slower doesn't slow it down again.
        """
        with self._lock:
            if left > self._eased:
                now = self._clock()
                half = self._allowance(now) // 2
                self._allowed = max(1, min(half, self._count(now)))
                self._eased = now

    def _allowance(self, now: float) -> int:
        """Return how many requests a window takes: as many as it did, and one more after a calm."""
        if self._allowed == self._burst:
            return self._burst
        return min(self._burst, self._allowed + math.floor((now - self._eased) / _CALM))

    def _count(self, now: float) -> int:
        """Return how many requests the last two windows had, or those that are remembered."""
        recent = takewhile(lambda ended: ended + 2 * self._window > now, reversed(self._ended))
        return self._under_way + sum(1 for _ in recent)

    def _opens(self, now: float) -> float:
        """Return when the next request may leave, at the earliest."""
        free = self._allowance(now) - self._under_way
        if free > len(self._ended):
            return self._resumes
        # What is under way ends now at the earliest.
        ended = self._ended[-free] if free > 0 else now
        return max(ended + self._window, self._resumes)
