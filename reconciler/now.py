"""Is what the plan saw still so? What is live now, against what an action rests on."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from reconciler.actions import (
    Action,
    AdoptReason,
    Create,
    Delete,
    Release,
    Update,
    UpdateReason,
)
from reconciler.canon import canonical_task
from reconciler.errors import MissingError
from reconciler.fields import TASK
from reconciler.live import is_of_label_order, owner_word, read_live
from reconciler.model import Fault, Live, NewerStamp, Spec, Stamp
from reconciler.report import Done, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.create import Creator
    from reconciler.live import Reader
    from reconciler.model import Desired

_FRESH: Final = 2.0
"""Seconds for which a reading of live is trusted before something is overwritten or deleted."""

_READINGS: Final = 10
"""Of a run no more than one part in so many goes into reading: a large app takes long to read."""

_OLDEST: Final = 20.0
"""Seconds for which a reading that took long is trusted: much of that may have been waiting."""


_NOT_LISTED: Final = "it isn't listed any more"


@dataclass(frozen=True, slots=True)
class Now:
    """What is live at a moment of the run: tasks by id, ids of our tasks by key.

    Where tasks carry no stamp *names* has the ids of those that may be ours by name, else it is
    empty. *fresh_until* is when it should be read again.
    """

    tasks: Mapping[str, Live]
    ours: Mapping[str, str]
    names: Mapping[str, str]
    fresh_until: float

    @classmethod
    def read(cls, creator: Creator, clock: Callable[[], float]) -> Now:
        """Read live; *clock* tells how long that takes."""
        start = clock()
        tasks = read_live(creator.writer)
        # Without a clock nothing grows old.
        took = clock() - start if start < inf else 0.0
        # No less than it took: the next request may have to wait as long as those of the reading.
        fresh_until = start + took + max(took, min(max(_FRESH, _READINGS * took), _OLDEST))
        marks = ((task.mark, task.id) for task in tasks if not is_of_label_order(task))
        ours = {
            mark.key: task_id
            for mark, task_id in marks
            if isinstance(mark, Stamp | NewerStamp) and mark.owner == creator.owner
        }
        names = {
            task.name: task.id
            for task in tasks
            if not is_of_label_order(task) and owner_word(task, creator.owner) != "other"
        }
        by_id = {task.id: task for task in tasks}
        if creator.stamped:
            return cls(by_id, ours, {}, fresh_until)
        return cls(by_id, {}, names, fresh_until)

    def end_early(self, action: Action) -> Failed | None:
        """Return an outcome if what is live forbids an action.

        What isn't listed may be live nevertheless: others may have deleted tasks between two
        pages. Whether a `Delete` or a `Release` is done already is for `find_gone` to say.
        """
        if isinstance(action, Create):
            return self._end_taken(action, action.desired)
        now = self.tasks.get(action.live.id)
        if now is None:
            return conflict(action, _NOT_LISTED) if isinstance(action, Update) else None
        if is_of_label_order(now):
            return conflict(action, "a label order took it meanwhile")
        if _is_changed(now, action.live):
            return conflict(action, "somebody changed it meanwhile")
        match action:
            case Update(desired=desired, reason=UpdateReason.MOVED | AdoptReason()):
                return self._end_taken(action, desired)
            case _:
                return None

    def find_gone(self, action: Release | Delete, reader: Reader) -> Done | Failed | None:
        """Return the end of an action whose task wasn't listed: done if the task is gone.

        Raise `ApiError`.
        """
        if action.live.id in self.tasks:
            return None
        try:
            reader.get_task(action.live.id)
        except MissingError:
            return Done(action, action.live.id)
        return conflict(action, _NOT_LISTED)

    def _end_taken(self, action: Create | Update, desired: Desired) -> Failed | None:
        """Return the end of an action that makes a task what is *desired* if one is that by now."""
        made = self.ours.get(desired.key) or self.names.get(desired.name)
        return None if made is None else overtaken(action, made)


def overtaken(action: Create | Update, task_id: str) -> Failed:
    """Return the end of an action whose key another run gave to another task first."""
    return conflict(action, f"another run created it meanwhile as {task_id}")


def conflict(action: Action, sentence: str) -> Failed:
    """Return the end of an action that somebody else was quicker than."""
    return Failed(action, Fault(f"conflict: {sentence}; run again"), alone=True)


def _is_changed(now: Live, then: Live) -> bool:
    """Tell whether people changed a task: its meaning or its mark, not the state of the work."""
    if _content(now) == _content(then):
        return False
    # Two readings may differ in the order of what has none.
    same = canonical_task(_content(now)) == canonical_task(_content(then))
    return now.mark != then.mark or not same


def _content(task: Live) -> Spec:
    """Return what people write of a task: neither the server's own fields nor the progress."""
    return {n: v for n, v in task.spec.items() if n not in TASK.ignored and n != "status"}
