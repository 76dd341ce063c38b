"""How does a new task get what a POST may ignore? Creates → the end of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.aftermath import check_mark
from reconciler.create import Created, Creator
from reconciler.model import Fault, Notice, Stamp
from reconciler.overwrite import Late, Lost, done_with, overwrite_tasks
from reconciler.payload import needs_status, overwrite_body
from reconciler.report import Done, Halted, Outcome
from reconciler.stamp import read_mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.actions import Create


def create_tasks(
    actions: Sequence[Create], *, creator: Creator, check_stamp: bool
) -> Iterator[Outcome | Halted]:
    """Create tasks and yield the end of each, its status set as the file declares it.

    With *check_stamp* halt if the API doesn't keep the mark of ownership.
    """
    unfinished: list[Created] = []
    for end in creator.create(actions):
        if not isinstance(end, Created):
            yield end
            continue
        halts: tuple[Halted, ...] = ()
        if check_stamp and not isinstance(read_mark(end.live), Stamp):
            halts = tuple(check_mark(end.action.key, end.id, creator.writer))
        if needs_status(end.action.desired.spec, end.live) and not halts:
            unfinished.append(end)
        else:
            yield done_with(end.action, end.live)
        yield from halts
    if unfinished:
        yield from _set_status(unfinished, creator)


def _set_status(ends: Sequence[Created], creator: Creator) -> Iterator[Outcome]:
    """Overwrite new tasks with the status that their files declare: a POST may ignore it."""
    bodies = [
        overwrite_body(
            end.action.desired.spec,
            end.live,
            live_id=end.id,
            stamp=end.stamp,
            differing=("status",),
        )
        for end in ends
    ]
    results = overwrite_tasks(creator.writer, bodies, creator.room)
    for end, result in zip(ends, results, strict=True):
        if isinstance(result, Fault | Lost | Late):
            fault = result if isinstance(result, Fault) else result.fault
            sentence = f"created, but its status could not be set: {fault.sentence}; run again"
            notice = Notice("status_not_set", sentence, end.action.key, end.id)
            yield Done(end.action, end.id, (notice,), rest=fault)
        else:
            yield done_with(end.action, result)
