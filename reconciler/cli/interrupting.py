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
    """What Ctrl-C and SIGTERM have asked for so far."""

    def __init__(self) -> None:
        self._ends = inf

    @property
    def asked(self) -> bool:
        """Whether the run is to stop."""
        return self._ends < inf

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
        if self.asked:
            raise KeyboardInterrupt
        self._ends = time.monotonic() + _GRACE
        _say(_STOPPING)


def _say(words: bytes) -> None:
    """Write to standard error, in the middle of whatever is being written there."""
    with suppress(OSError):
        if sys.stderr is not None:
            os.write(sys.stderr.fileno(), words)
