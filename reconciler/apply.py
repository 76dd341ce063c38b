"""How does a plan become true? Its actions → requests → an outcome for each.

One bad task never blocks the rest, an action that was overtaken by somebody else's change fails
alone, and what is certain to fail for all (no connection, a wrong token) ends the run at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.actions import (
    Action,
    AdoptReason,
    Create,
    Delete,
    DeleteReason,
    Plan,
    Release,
    Update,
)
from reconciler.canon import canonical_task
from reconciler.create import Creator, check_mark, create_tasks
from reconciler.errors import ApiError
from reconciler.fields import TASK
from reconciler.live import Reader, find_untouched, is_of_label_order, owner_word, read_live
from reconciler.model import Fault, Live, NewerStamp, Notice, Spec, Stamp
from reconciler.overwrite import blames_content, delete_tasks, update_tasks
from reconciler.report import Done, Event, Failed, Halted, Outcome, Sending, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

BATCH_SIZE: Final = 128
"""Tasks in one request: the API's published limit for inputs and annotations; none for tasks."""

_INSUFFICIENT_SCOPES: Final = 11007

_LOOKS: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for new tasks in a listing, which may lag behind."""


class Writer(Reader, Protocol):
    """What can change an app. Each call is one request, or the same one repeated."""

    def create_tasks(self, bodies: Sequence[Spec]) -> Sequence[Spec | Fault]:
        """Create tasks; return those of the reply, or why one failed, in the reply's order.

        Raise `RejectedError` if none was created, `AnswerLostError` if nobody can say.
        """

    def overwrite_tasks(self, bodies: Sequence[Spec]) -> Sequence[Spec | Fault]:
        """Replace the tasks whose ids the bodies hold; return and raise as for creates."""

    def delete_tasks(self, ids: Sequence[str]) -> None:
        """Delete tasks; raise `MissingError` if one of them isn't there."""


@dataclass(frozen=True, slots=True)
class _Now:
    """What is live when the run begins: tasks by id, ids of our tasks by key.

    Where tasks carry no stamp *names* has the ids of those that may be ours by name, else it is
    empty.
    """

    tasks: Mapping[str, Live]
    ours: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def read(cls, creator: Creator) -> _Now:
        tasks = read_live(creator.writer)
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
        return cls(by_id, ours, {}) if creator.stamped else cls(by_id, {}, names)

    def end_early(self, action: Action) -> Done | Failed | None:
        """Return an outcome if what is live leaves nothing to do, or forbids it."""
        match action:
            case Create(desired=desired):
                made = self.ours.get(desired.key) or self.names.get(desired.name)
                if made is None:
                    return None
                return _conflict(action, f"another run created it meanwhile as {made}")
            case Delete(live=live) | Release(live=live) if live.id not in self.tasks:
                return Done(action, live.id)
            case Update(live=live) | Release(live=live) | Delete(live=live):
                if live.id not in self.tasks:
                    return _conflict(action, "somebody deleted it meanwhile")
                if _is_changed(self.tasks[live.id], live):
                    return _conflict(action, "somebody changed it meanwhile")
                return None


def _conflict(action: Action, sentence: str) -> Failed:
    return Failed(action, Fault(f"conflict: {sentence}; run again"))


def apply_plan(
    plan: Plan,
    *,
    writer: Writer,
    creator: Creator,
    batch_size: int = BATCH_SIZE,
) -> Iterator[Event]:
    """Yield what happens while the actions of *plan* are carried out, in their order.

    Live is read again first; a task that is no longer as the plan saw it is left alone. The
    run ends when a listing shows what was created. Before each request comes `Sending`, after
    it an outcome for each of its actions; actions without either were never sent.
    """
    now = _Now.read(creator)
    ready: list[Action] = []
    for action in plan.actions:
        early = now.end_early(action)
        if early is None:
            ready.append(action)
        else:
            yield early
    done: list[Done] = []
    forbidden: set[type[Action]] = set()
    start = 0
    while start < len(ready):
        # Until the API is known to keep the stamp: one task without it is enough.
        alone = (
            creator.stamped
            and _marks(ready[start])
            and not (plan.owned or any(_marks(each.action) for each in done))
        )
        batch = _take_batch(ready, start, size=1 if alone else batch_size)
        start += len(batch)
        if type(batch[0]) in forbidden:
            continue
        hopeless = False
        for event in _carry_out(batch, now, creator=creator, check_stamp=alone):
            yield event
            match event:
                case Done():
                    done.append(event)
                case Failed(fault=fault) if _forbids(fault):
                    forbidden.add(type(batch[0]))
                case Failed(fault=fault):
                    hopeless |= not blames_content(fault)
                case Unknown() | Halted():
                    hopeless = True
                case _:
                    pass
        if hopeless:
            return
    created = [each.id for each in done if isinstance(each.action, Create)]
    yield from _await_listing(writer, created, creator.sleep)


def _marks(action: Action) -> bool:
    """Tell whether an action puts our mark on a task that hasn't any."""
    if isinstance(action, Update):
        return isinstance(action.reason, AdoptReason)
    return isinstance(action, Create)


def _take_batch(actions: Sequence[Action], start: int, *, size: int) -> Sequence[Action]:
    """Return the actions from *start* on that are of one kind, at most *size*."""
    kind = type(actions[start])
    return tuple(takewhile(lambda action: type(action) is kind, actions[start : start + size]))


def _forbids(fault: Fault) -> bool:
    """Tell whether a refusal is due to the token's scopes, which differ from verb to verb."""
    return fault.http_status == HTTPStatus.FORBIDDEN or fault.code == _INSUFFICIENT_SCOPES


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


def _carry_out(
    batch: Sequence[Action], now: _Now, *, creator: Creator, check_stamp: bool
) -> Iterator[Sending | Outcome | Halted]:
    """Carry out actions of one kind, announced before they are sent."""
    creates = [action for action in batch if isinstance(action, Create)]
    updates = [action for action in batch if isinstance(action, Update | Release)]
    deletes = [action for action in batch if isinstance(action, Delete)]
    if creates:
        yield from create_tasks(creates, creator=creator, check_stamp=check_stamp)
    if updates:
        yield Sending(tuple(updates), before=now.tasks)
        yield from _overwrite(updates, now, creator=creator, check_stamp=check_stamp)
    worked = [each for each in deletes if _is_worked_double(each, creator.writer)]
    for each in worked:
        yield _conflict(each, "somebody has worked on it meanwhile")
    if deletes != worked:
        left = [action for action in deletes if action not in worked]
        yield Sending(tuple(left), before=now.tasks)
        yield from delete_tasks(left, writer=creator.writer)


def _is_worked_double(delete: Delete, reader: Reader) -> bool:
    """Tell whether a task that goes because nobody has worked on it can't go for that any more."""
    double = delete.reason is DeleteReason.DUPLICATE
    return double and not find_untouched(reader, [delete.live])


def _overwrite(
    actions: Sequence[Update | Release], now: _Now, *, creator: Creator, check_stamp: bool
) -> Iterator[Outcome | Halted]:
    """Overwrite tasks; with *check_stamp* halt if the API doesn't keep the mark of ownership."""
    for end in update_tasks(actions, now.tasks, creator=creator):
        yield end
        if check_stamp and isinstance(end, Done):
            writer = creator.writer
            yield from check_mark(end.action.key, writer.get_task(end.id), writer)


def _await_listing(
    reader: Reader, created: Sequence[str], sleep: Callable[[float], None]
) -> Iterator[Notice]:
    """Wait until the new tasks are listed: the next plan must see them."""
    missing = set(created)
    for delay in _LOOKS if created else ():
        sleep(delay)
        try:
            missing -= {task.id for task in read_live(reader)}
        except ApiError as error:
            yield Notice("not_listed", f"the new tasks could not be listed: {error}")
            return
        if not missing:
            return
    for task_id in sorted(missing):
        sentence = "created, but no listing shows it yet; wait before the next run"
        yield Notice("not_listed", sentence, id=task_id)
