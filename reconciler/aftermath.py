"""What does live show of what was written? Is the mark kept, is each new task there, and once?"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from reconciler.errors import ApiError
from reconciler.live import is_of_label_order, make_live, read_live
from reconciler.model import Notice, Stamp
from reconciler.report import Halted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.apply import Writer
    from reconciler.create import Creator
    from reconciler.model import Live

_NAMED: Final = 10
"""So many keys are named."""

_LOOKS: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for new tasks in a listing, which may lag behind."""


def check_mark(key: str, task_id: str, writer: Writer) -> Iterator[Halted]:
    """Halt if the API didn't keep the stamp that was sent for a task."""
    try:
        kept = isinstance(make_live(writer.get_task(task_id)).mark, Stamp)
        sentence = (
            f"the API did not keep the mark of ownership on the task {task_id}, so tasks could not"
            " be told apart later, and nothing more was sent; if nobody else uses this app, write"
            " `ownership: app` into reconciler.yaml, else delete that task"
        )
    except ApiError as error:
        kept = False
        sentence = f"whether the API keeps the mark of ownership is unknown: {error}; run again"
    if not kept:
        yield Halted(Notice("stamp_dropped", sentence, key, task_id))


def await_listing(creator: Creator, created: Sequence[str]) -> tuple[Notice | Halted, ...]:
    """Wait until the new tasks are listed, for the next plan must see them; tell of doubles."""
    missing = set(created)
    live: tuple[Live, ...] = ()
    for delay in _LOOKS if created else ():
        creator.sleep(delay)
        try:
            live = read_live(creator.writer)
        except ApiError as error:
            return (Notice("not_listed", f"the new tasks could not be listed: {error}"),)
        missing -= {task.id for task in live}
        if not missing:
            break
    sentence = "created, but no listing shows it yet; wait before the next run"
    unlisted = [Notice("not_listed", sentence, id=task_id) for task_id in sorted(missing)]
    return (*unlisted, *_find_doubles(live, creator.owner, created))


def _find_doubles(live: Iterable[Live], owner: str, created: Sequence[str]) -> Iterator[Halted]:
    """Yield what is wrong if keys have another task beside one of the *created*."""
    ids = defaultdict(set)
    for task in live:
        if (
            isinstance(task.mark, Stamp)
            and task.mark.owner == owner
            and not is_of_label_order(task)
        ):
            ids[task.mark.key].add(task.id)
    keys = [key for key, found in ids.items() if len(found) > 1 and not found.isdisjoint(created)]
    if keys:
        sentence = (
            "created more than once, by two runs at the same time or by a request that was carried"
            f" out late: {_name(keys)}; run again, and the younger ones go unless"
            " somebody has worked on them"
        )
        yield Halted(Notice("doubled", sentence))


def _name(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(sorted(keys)[:_NAMED]) + more
