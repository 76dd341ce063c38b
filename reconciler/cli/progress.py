"""How far is an apply? A bar on a terminal, a line now and then in a log, for those who wait."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Final

from reconciler.report import Done, Failed, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from reconciler.report import Event

_FIRST: Final = 1.0
"""Seconds in which nobody asks yet whether something happens on a terminal."""

_TICK: Final = 0.2
_LOG_TICK: Final = 5.0
_WIDEST: Final = 30
_FRAME: Final = len("[] ") + 1
"""What a bar takes beside itself; in the last column some terminals would begin a new line."""

_CLEAR: Final = "\r\x1b[K"
_MINUTE: Final = 60


class Progress:
    """Shows on *stream* how many of *total* actions have ended.

    A screen gets a bar, which goes when all is over; anything else a plain line every few seconds.
    """

    def __init__(
        self, total: int, stream: TextIO, *, clock: Callable[[], float], screen: bool
    ) -> None:
        self._total = total
        self._stream = stream
        self._clock = clock
        self._screen = screen
        self._start = clock()
        self._ended = 0
        self._failed = 0
        self._drawn = False

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the progress from time to time, whether there is any or not."""
        over = Flag()
        ticker = Thread(target=self._tick, args=(over,), daemon=True)
        ticker.start()
        try:
            yield
        finally:
            over.set()
            ticker.join()
            if self._screen and self._drawn:
                self._write(_CLEAR)

    def count(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield *events*, and count the ends among them."""
        for event in events:
            self._ended += isinstance(event, Done | Failed | Unknown)
            self._failed += isinstance(event, Failed | Unknown)
            yield event

    def show(self, columns: int) -> None:
        """Write how far it is, for a screen of so many columns."""
        self._drawn = True
        self._write(f"{_CLEAR}{self._bar(columns)}" if self._screen else f"{self._line()}\n")

    def _tick(self, over: Flag) -> None:
        pause = _FIRST if self._screen else _LOG_TICK
        while not over.wait(pause):
            self.show(shutil.get_terminal_size().columns)
            pause = _TICK if self._screen else _LOG_TICK

    def _write(self, text: str) -> None:
        # Nobody is left to read it: no reason to stop.
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

    def _line(self) -> str:
        seconds = self._clock() - self._start
        rate = self._ended / seconds if seconds > 0 else 0.0
        words = [f"{self._ended:,} of {self._total:,} done", f"{rate:,.1f} a second"]
        if self._failed:
            words.append(f"{self._failed:,} failed")
        if rate:
            words.append(f"{_span((self._total - self._ended) / rate)} left")
        return ", ".join(words)

    def _bar(self, columns: int) -> str:
        line = self._line()
        width = min(_WIDEST, columns - len(line) - _FRAME)
        if width < 1:
            return line[: columns - 1]
        full = width * self._ended // self._total
        return f"[{'#' * full}{'.' * (width - full)}] {line}"


def is_screen(stream: TextIO) -> bool:
    """Tell whether a line on *stream* can be written anew."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _span(seconds: float) -> str:
    """Return a time, in words no finer than it is known."""
    whole = round(seconds)
    return f"{whole} s" if whole < _MINUTE else f"{whole // _MINUTE} min {whole % _MINUTE} s"
