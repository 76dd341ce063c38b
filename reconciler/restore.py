"""What did the tasks look like that a run changed? A past run → the file that brings them back.

Pure. A deleted task is created anew: its id is gone. One that was updated is known by the key in
its mark, one that was adopted or released by its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.actions import DeleteReason, Verb
from reconciler.canon import find_members
from reconciler.declare import declare_empty, declare_lifecycle, declare_task, escape_braces
from reconciler.fields import TASK
from reconciler.model import ABSENT, NoStamp, Stamp
from reconciler.stamp import read_mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.history import PastAction, PastRun
    from reconciler.model import Json, Spec

_CHANGED: Final = frozenset({"done", "unknown"})


@dataclass(frozen=True, slots=True)
class Restored:
    """The *tasks* of a file, by key, and how many of them a run *deleted*.

    *lasting* names, by key, fields that a run gave a value and a file can't take it from.
    """

    tasks: Mapping[str, Json]
    deleted: int
    lasting: Mapping[str, tuple[str, ...]]


def restore_tasks(run: PastRun) -> Restored:
    """Return what a run updated, adopted, released or deleted, as it was before.

    What may have been changed counts as changed. Doubles that the run deleted are left out: the
    task that they were doubles of is there.
    """
    changed = {_key_before(each): each for each in run.actions if _is_restorable(each)}
    tasks = {escape_braces(key): _declare(key, action) for key, action in changed.items()}
    lasting = {key: tuple(_lasting_fields(action)) for key, action in changed.items()}
    return Restored(
        tasks,
        sum(action.action == Verb.DELETE for action in changed.values()),
        {key: fields for key, fields in lasting.items() if fields},
    )


def _is_restorable(action: PastAction) -> bool:
    known = action.before is not ABSENT and action.outcome in _CHANGED
    return known and action.reason != DeleteReason.DUPLICATE


def _spec_of(action: PastAction) -> Spec:
    return {} if action.before is ABSENT else action.before


def _key_before(action: PastAction) -> str:
    """Return the key that the task had: an update may have moved it to another."""
    mark = read_mark(_spec_of(action))
    return mark.key if isinstance(mark, Stamp) else action.key


def _declare(key: str, action: PastAction) -> Json:
    """Return a task as it was, and how it is found again if it is live."""
    mark = read_mark(_spec_of(action))
    empty = {name: declare_empty(name) for name in _unset_fields(action)}
    return {
        # A live task may have no name, and a file must give one.
        "name": escape_braces(key),
        **declare_task(_spec_of(action)),
        **{name: value for name, value in empty.items() if value is not ABSENT},
        **_id_member(action),
        **({} if key == action.key else {"moved_from": escape_braces(action.key)}),
        **(declare_lifecycle(mark.lifecycle) if isinstance(mark, Stamp) else {}),
    }


def _unset_fields(action: PastAction) -> list[str]:
    """Return the fields that had no value before: left out they would stay as they are now."""
    had = find_members(TASK, declare_task(_spec_of(action)))
    return [name for name in action.fields if name not in had and name in TASK.members]


def _lasting_fields(action: PastAction) -> Iterator[str]:
    yield from (name for name in _unset_fields(action) if declare_empty(name) is ABSENT)


def _id_member(action: PastAction) -> dict[str, Json]:
    """Return the member that finds a live task again that has no mark by now, or had none."""
    unmarked = isinstance(read_mark(_spec_of(action)), NoStamp) and action.action != Verb.DELETE
    return {"id": action.id} if unmarked or action.action == Verb.RELEASE else {}
