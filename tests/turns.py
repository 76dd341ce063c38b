"""Threads that take turns on a clock of their own: what they do is the same in every run."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Turns:
    """A clock that jumps to whoever wakes up first; one thread runs, the others sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = count()
        self._sleepers: list[tuple[float, int, Event]] = []

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the others go on for a while."""
        assert seconds >= 0
        woken = self._lie_down(seconds)
        self._wake_first()
        assert woken.wait(10), "nobody wakes this thread"

    def run(self, works: Iterable[Callable[[], None]]) -> None:
        """Do all works, each in a thread, and return when they have ended."""
        threads = [Thread(target=self._do, args=(work, self._lie_down(0))) for work in works]
        for thread in threads:
            thread.start()
        self._wake_first()
        for thread in threads:
            thread.join()

    def _do(self, work: Callable[[], None], woken: Event) -> None:
        woken.wait()
        try:
            work()
        finally:
            self._wake_first()

    def _lie_down(self, seconds: float) -> Event:
        woken = Event()
        heappush(self._sleepers, (self.now + seconds, next(self._numbers), woken))
        return woken

    def _wake_first(self) -> None:
        if self._sleepers:
            self.now, _, woken = heappop(self._sleepers)
            woken.set()
