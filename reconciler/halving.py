"""What is sent instead of a batch that the API refuses? Its halves, down to the one task.

A batch may be refused for one of its tasks, or because it is too large, and what the API says of
that is unknown. Size is to blame if both halves are taken: no half holds a bad task then.
"""

from __future__ import annotations

from http import HTTPStatus
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from reconciler.errors import RejectedError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from reconciler.model import Fault

_OF_CALLER: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
)
_CODES_OF_CALLER: Final = range(11000, 11100)
"""Account, key, scopes, pace."""

_TASK_CONFLICT: Final = 54100

_OF_CONTENT: Final = frozenset(
    {
        HTTPStatus.OK,
        HTTPStatus.MULTI_STATUS,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)

Item = TypeVar("Item")
Item_contra = TypeVar("Item_contra", contravariant=True)
End = TypeVar("End")
End_co = TypeVar("End_co", covariant=True)


class Room:
    """How many tasks one request takes, as far as a run has found out. Safe to use from threads."""

    def __init__(self) -> None:
        self._most = inf
        self._lock = Lock()

    def fit(self, size: int) -> int:
        """Return *size*, or less if so many don't fit."""
        return int(min(size, self._most))

    def shrink(self, size: int) -> None:
        """Remember that no more than *size* tasks fit."""
        with self._lock:
            self._most = min(self._most, size)


class Request(Protocol[Item_contra, End_co]):
    """A request for many tasks: what it comes to for each of them."""

    def send(self, items: Sequence[Item_contra], /) -> Iterable[End_co]:
        """Send them at once and return the end of each; raise `RejectedError` if none is done."""

    def refuse(self, items: Sequence[Item_contra], error: RejectedError, /) -> Iterable[End_co]:
        """Return the end of items that were refused for good."""


def send_halving(
    items: Sequence[Item], request: Request[Item, End], room: Room, *, lost: bool = False
) -> Generator[End, None, bool | RejectedError]:
    """Yield the end of each item, in order; return whether one request did for all.

    *lost* says that they may have been taken before, by a try whose answer was lost. A batch that
    is refused is halved until the error stands beside the one task: one bad task of n costs
    2 log2 n requests more. A size that proves too large is not tried again. A refusal that is due
    to the caller holds for what is left: it isn't sent, and the refusal is returned.
    """
    size = room.fit(len(items))
    if size < len(items):
        verdict: bool | RejectedError = False
        for start in range(0, len(items), size):
            part = items[start : start + size]
            if isinstance(verdict, RejectedError):
                yield from request.refuse(part, verdict)
            else:
                verdict = yield from send_halving(part, request, room, lost=lost)
        return verdict if isinstance(verdict, RejectedError) else False
    try:
        ends = request.send(items)
    except RejectedError as error:
        error.lost |= lost
        lost = error.lost
        if len(items) == 1 or not blames_content(error.fault):
            yield from request.refuse(items, error)
            return False if blames_content(error.fault) else error
    else:
        yield from ends
        return True
    middle = len(items) // 2
    first = yield from send_halving(items[:middle], request, room, lost=lost)
    if isinstance(first, RejectedError):
        yield from request.refuse(items[middle:], first)
        return first
    second = yield from send_halving(items[middle:], request, room, lost=lost)
    if isinstance(second, RejectedError):
        return second
    if first and second:
        room.shrink(len(items) - middle)
    return False


def blames_content(fault: Fault) -> bool:
    """Tell whether a refusal may be due to one task of a batch, or to their number.

    Otherwise it is due to the caller, the pace or the way to the API, and holds for all.
    """
    if fault.http_status in _OF_CALLER or fault.code in _CODES_OF_CALLER:
        return False
    # Without a code a gateway speaks: of what it was sent, or of a path that leads nowhere.
    return bool(fault.code) or fault.http_status in _OF_CONTENT


def settles_earlier(fault: Fault) -> bool:
    """Tell whether a refusal holds for an earlier try of the same, whose answer was lost.

    Not if it is due to the caller, or to what else the server is doing with the tasks: that may
    be the earlier try.
    """
    clashes = fault.http_status == HTTPStatus.CONFLICT or fault.code == _TASK_CONFLICT
    return blames_content(fault) and not clashes
