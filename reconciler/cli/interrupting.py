"""How does a run end that is told to? First in order, and at once if it is told again."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_GRACE: Final = 10.0
"""Seconds that what is under way may still take when the run is to stop."""

_STOPPING: Final = b"\nStopping when what is under way has ended; once more to stop at once.\n"

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """What has asked a run to stop so far: Ctrl-C, SIGTERM, or what makes it senseless to go on."""

    def __init__(self) -> None:
        self._ends = inf
        self.asked = False
        """Whether a signal has asked the run to stop."""
        self._over = False

    def wind_down(self) -> None:
        """Let nothing more begin, and what is under way have a last while."""
        self._ends = min(self._ends, time.monotonic() + _GRACE)

    def end(self) -> None:
        """Let signals pass: what was done is being told."""
        self._over = True

    def time_left(self) -> float:
        """Return the seconds that what is under way may still take."""
        return self._ends - time.monotonic()

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Let the first signal ask the run to stop, and another one interrupt it."""
        before = {number: signal.signal(number, self._heed) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heed(self, *_: object) -> None:
        if self._over:
            return
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self.wind_down()
        _say(_STOPPING)


def _say(words: bytes) -> None:
    """Write to standard error, in the middle of whatever is being written there."""
    with suppress(OSError):
        if sys.stderr is not None:
            os.write(sys.stderr.fileno(), words)
