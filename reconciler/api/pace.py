"""When may the next request go out?"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


_FASTEST: Final = 1_000_000


class Pace:
    """One pace for all requests of a run.

    In no window of a second does the server see more than *per_second* requests, whatever the
    latency: a request counts from when it left until one window after its answer came, and the
    server saw it somewhere between the two. Below one a second the window is longer.
    """

    def __init__(
        self, per_second: float, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        burst = max(1, math.floor(min(per_second, _FASTEST)))
        self._window = burst / per_second if per_second < 1 else 1.0
        self._ended: deque[float] = deque(maxlen=burst)
        self._burst = burst
        self._clock = clock
        self._sleep = sleep

    def wait(self) -> None:
        """Sleep until a request may be sent. Follow the request with `mark`."""
        if len(self._ended) < self._burst:
            return
        delay = self._ended[0] + self._window - self._clock()
        if delay > 0:
            self._sleep(delay)

    def mark(self) -> None:
        """Note that the request has been answered, or given up."""
        self._ended.append(self._clock())
