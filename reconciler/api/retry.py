"""How long to wait before a request is sent again, and when to stop trying?"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_RUN: Final = 10
"""How many requests of a run may each use all their patience."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential backoff with full jitter; all times in seconds.

    *total* bounds what failed tries of one request and the waits between them take, *run* the
    waits of a run, *tries* the number of times that one request is sent, *unanswered* the same
    while nothing has ever answered.
    """

    tries: int = 8
    first: float = 0.5
    longest: float = 16.0
    total: float = 60.0
    unanswered: int = 3
    run: float = 600.0

    @classmethod
    def lasting(cls, seconds: float) -> Self:
        """Return patience for one request that only time ends, and for the run in proportion."""
        return cls(tries=8 + round(seconds), total=seconds, run=_RUN * seconds)

    def delay(self, attempt: int, *, random: Callable[[], float], at_least: float = 0.0) -> float:
        """Return the wait after the failed try number *attempt* (from 1)."""
        ceiling = min(self.longest, self.first * 2.0 ** (attempt - 1))
        return max(at_least, random() * ceiling)


class Waits:
    """How long a run has waited: what its threads wait for at one time counts once."""

    def __init__(self, most: float, *, clock: Callable[[], float]) -> None:
        self._left = most
        self._clock = clock
        self._until = -inf
        self._lock = Lock()

    def afford(self, seconds: float) -> bool:
        """Count a wait in that begins now; return whether there is patience left for it."""
        with self._lock:
            now = self._clock()
            more = max(0.0, now + seconds - max(now, self._until))
            if more > self._left:
                return False
            self._left -= more
            self._until = max(self._until, now + seconds)
        return True


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that the server asks to wait, 0 if it doesn't say.

    A date counts from the date of the answer itself.
    """
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return 0.0
