"""How many requests the sandbox takes in a second, and how long it makes them wait.

Documented: a limit on the requests in a second, and the code 11005 for those beyond. Inferred:
HTTP 429. Unknown, and chosen as the harshest for a client that relies on more: what is counted is
any second, not that of a clock; a refused request counts too; no header says how long to wait.
"""

import math
from collections import deque
from collections.abc import Callable
from threading import Lock

from flask import Response

from .errors import ApiError, Code
from .options import Options

_WINDOW_SECONDS = 1.0


class Pressure:
    """The limit of *options*, over all requests of all threads, and their latency."""

    def __init__(
        self, options: Options, *, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._limit = options.rate_limit
        self._retry_after = options.retry_after
        self._latency = options.latency
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._latest: deque[float] = deque(maxlen=self._limit or 0)

    def admit(self) -> None:
        """Count a request; `ApiError` if it is one too many."""
        if self._limit is not None and self._count() < _WINDOW_SECONDS:
            raise ApiError(Code.THROTTLED, f"more than {self._limit} requests in a second")

    def delay(self, response: Response) -> Response:
        """Hold an answer back for as long as each takes longer."""
        if self._retry_after is not None and response.status_code == Code.THROTTLED.value.http:
            response.headers["Retry-After"] = str(self._retry_after)
        if self._latency:
            self._sleep(self._latency)
        return response

    def _count(self) -> float:
        """Note a request; return how long ago the one was that would be too many with it."""
        with self._lock:
            moment = self._clock()
            full = len(self._latest) == self._limit
            oldest = self._latest[0] if full else -math.inf
            self._latest.append(moment)
        return moment - oldest
