"""How are several requests under way at once, and what they tell heard in one place?"""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from reconciler.model import ABSENT, Absent

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

T = TypeVar("T")
R = TypeVar("R")

IN_FLIGHT: Final = 8
"""Requests under way at once: at 15 a second what a latency of half a second needs."""

_GLANCE: Final = 0.1
"""Seconds between two looks at whether the run is to stop."""


class _Sign:
    """Tells the crew that something has ended: not what it was."""


_ENDED: Final = _Sign()
_ANSWERED: Final = _Sign()


def work_here(work: Callable[[], None]) -> None:
    """Do *work* at once, in this thread."""
    work()


class Crew(Generic[T]):
    """Does work in other threads, at most *most* pieces at once, and passes on what they tell.

    *start* begins a piece of work, in a thread or at once; *time_left* is infinite until the run
    is to stop, then the seconds that what is under way may still take. All methods are for one
    thread, which never waits without a look at the time left.
    """

    def __init__(
        self,
        start: Callable[[Callable[[], None]], object] = work_here,
        *,
        most: int = IN_FLIGHT,
        time_left: Callable[[], float] = lambda: inf,
        clock: Callable[[], float] = lambda: inf,
    ) -> None:
        self._start = start
        self._most = most
        self._time_left = time_left
        self.clock = clock
        """The time, in seconds since any moment; without one nothing ever grows old."""
        self._told: SimpleQueue[T | _Sign] = SimpleQueue()
        self._errors: SimpleQueue[BaseException] = SimpleQueue()
        self._under_way = 0

    def is_stopping(self) -> bool:
        """Tell whether nothing more is to be started."""
        return self._time_left() < inf or not self._errors.empty()

    def begin(self, work: Iterable[T]) -> None:
        """Start to iterate over *work*; what it yields is heard."""
        self._under_way += 1
        self._start(partial(self._do, work))

    def ask(self, question: Callable[[], R]) -> Generator[T, None, R | Absent]:
        """Return the answer to *question*, absent if the run stops before; yield what is heard."""
        answer: Future[R] = Future()
        self._start(partial(self._answer, question, answer))
        while not answer.done() and not self.is_stopping():
            yield from self._listen()
        return answer.result() if answer.done() else ABSENT

    def make_room(self) -> Iterator[T]:
        """Yield what has been told; go on until another piece of work may begin."""
        yield from self._catch_up()
        yield from self._hear(self._most - 1)

    def finish(self) -> Iterator[T]:
        """Yield what is told until all work has ended, or the time is up.

        Raise what ended a piece of work.
        """
        yield from self._hear(0)
        yield from self._catch_up()
        if not self._errors.empty():
            raise self._errors.get()

    def _catch_up(self) -> Iterator[T]:
        while not self._told.empty():
            yield from self._listen()

    def _hear(self, under_way: int) -> Iterator[T]:
        while self._under_way > under_way and self._time_left() > 0:
            yield from self._listen()

    def _listen(self) -> Iterator[T]:
        try:
            told = self._told.get(timeout=_GLANCE)
        except Empty:
            return
        if told is _ENDED:
            self._under_way -= 1
        elif not isinstance(told, _Sign):
            yield told

    def _do(self, work: Iterable[T]) -> None:
        try:
            for each in work:
                self._told.put(each)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised by `finish`
            self._errors.put(error)
        finally:
            self._told.put(_ENDED)

    def _answer(self, question: Callable[[], R], answer: Future[R]) -> None:
        try:
            answer.set_result(question())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised by `ask`
            answer.set_exception(error)
        finally:
            self._told.put(_ANSWERED)
