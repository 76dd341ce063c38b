"""How long to wait before a request is sent again, and when to stop trying?"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential backoff with full jitter; all times in seconds.

    *total* bounds the sum of the waits for one request, *tries* the number of times it is sent,
    *unanswered* the same while no answer comes at all.
    """

    tries: int = 8
    first: float = 0.5
    longest: float = 16.0
    total: float = 60.0
    unanswered: int = 3

    def delay(self, attempt: int, *, random: Callable[[], float], at_least: float = 0.0) -> float:
        """Return the wait after the failed try number *attempt* (from 1)."""
        ceiling = min(self.longest, self.first * 2.0 ** (attempt - 1))
        return max(at_least, random() * ceiling)


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
