"""What is live? A reader's tasks, each with the mark that it carries."""

from __future__ import annotations

from string import hexdigits
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.errors import ApiError, MissingError, NotFoundError
from reconciler.fields import STATUS_CODE
from reconciler.leaves import name_of_enum
from reconciler.model import Live, NewerStamp, Stamp, mapping_of, text_of
from reconciler.stamp import read_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.model import Spec


_ID_LENGTH: Final = 32


class Reader(Protocol):
    """What can only read: planning is handed no more than this."""

    def list_tasks(
        self, *, workers: Sequence[str] = (), reviewers: Sequence[str] = ()
    ) -> Iterable[Spec]:
        """Return every task of the app, each once, label-order tasks included.

        *workers* and *reviewers* narrow it to tasks assigned to any of these users. Raise
        `ApiError` if the listing can't be read whole.
        """

    def get_task(self, task_id: str) -> Spec:
        """Return one task; raise `MissingError` if there is none of that id."""

    def count_annotations(self, task_id: str) -> int:
        """Return how many annotations belong to a task; raise `ApiError` if nobody can say."""


def read_live(reader: Reader) -> tuple[Live, ...]:
    """Return every live task of the app."""
    return tuple(make_live(spec) for spec in reader.list_tasks())


def make_live(spec: Spec) -> Live:
    """Return a task as the API gave it, with its mark read."""
    return Live(text_of(spec.get("id")), spec, read_mark(spec))


def find_live(reader: Reader, key_or_id: str, *, owner: str) -> Live:
    """Return the live task with this key of *owner*, or with this id.

    What looks like an id is asked for by id first, as one request. Raise `NotFoundError`.
    """
    looks_like_id = len(key_or_id) == _ID_LENGTH and set(key_or_id) <= set(hexdigits)
    if looks_like_id:
        try:
            return make_live(reader.get_task(key_or_id))
        except MissingError:
            pass
    tasks = read_live(reader)
    for task in sorted(tasks, key=lambda task: task.age):
        match task.mark:
            case Stamp(key=key) | NewerStamp(key=key) if (task.mark.owner, key) == (
                owner,
                key_or_id,
            ):
                return task
            case _:
                continue
    for task in tasks:
        if task.id == key_or_id:
            return task
    sentence = f"no live task has the key or the id `{key_or_id}`; `reconciler list` shows them"
    raise NotFoundError(sentence)


def find_untouched(reader: Reader, tasks: Iterable[Live]) -> frozenset[str]:
    """Return the ids of those *tasks* on which nobody has worked; if in doubt somebody has."""
    return frozenset(task.id for task in tasks if _count_work(reader, task) == 0)


def _count_work(reader: Reader, task: Live) -> int:
    try:
        return reader.count_annotations(task.id)
    except ApiError:
        return 1


def is_of_label_order(live: Live) -> bool:
    """Tell whether a label order made the task: such tasks are never ours."""
    return bool(live.spec.get("label_order_id"))


def owner_word(live: Live, owner: str) -> str:
    """Return whose a live task is: "ours", "other" or "nobody"."""
    match live.mark:
        case Stamp(owner=whose) | NewerStamp(owner=whose):
            return "ours" if whose == owner else "other"
        case _:
            return "nobody"


def status_of(live: Live) -> str:
    """Return the name of the task's status, its number if it is unknown, "" if there is none."""
    return name_of_enum(STATUS_CODE, mapping_of(live.spec.get("status")).get("code"))
