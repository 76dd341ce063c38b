"""How does a plan become true? Its actions → requests → an outcome for each.

One bad task never blocks the rest, an action that was overtaken by somebody else's change fails
alone, and what is certain to fail for all (no connection, a wrong token) ends the run at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.create import Creator, create_tasks
from reconciler.errors import ApiError
from reconciler.fields import TASK
from reconciler.live import Reader, read_live
from reconciler.model import Action, Create, Delete, Fault, Live, Notice, Plan, Spec, Stamp, Update
from reconciler.overwrite import blames_content, delete_tasks, update_tasks
from reconciler.report import Done, Event, Failed, Halted, Outcome, Sending, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

BATCH_SIZE: Final = 128
"""Tasks in one request: the API's published limit for inputs and annotations; none for tasks."""

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
    """What is live when the run begins: tasks by id, ids of our tasks by key."""

    tasks: Mapping[str, Live]
    ours: Mapping[str, str]

    @classmethod
    def read(cls, reader: Reader, owner: str) -> _Now:
        tasks = read_live(reader)
        marks = ((task.mark, task.id) for task in tasks)
        ours = {m.key: task_id for m, task_id in marks if isinstance(m, Stamp) and m.owner == owner}
        return cls({task.id: task for task in tasks}, ours)

    def end_early(self, action: Action) -> Done | Failed | None:
        """Return an outcome if what is live leaves nothing to do, or forbids it."""
        match action:
            case Create(desired=desired):
                if desired.key not in self.ours:
                    return None
                made = self.ours[desired.key]
                return _conflict(action, f"another run created it meanwhile as {made}")
            case Delete(live=live) if live.id not in self.tasks:
                return Done(action, live.id)
            case Update(live=live) | Delete(live=live):
                if live.id not in self.tasks:
                    return _conflict(action, "somebody deleted it meanwhile")
                if _content(self.tasks[live.id]) != _content(live):
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
    now = _Now.read(writer, creator.owner)
    ready: list[Action] = []
    for action in plan.actions:
        early = now.end_early(action)
        if early is None:
            ready.append(action)
        else:
            yield early
    created: list[str] = []
    forbidden: set[type[Action]] = set()
    # The first create goes alone: if the API drops the stamp, one such task is enough.
    for batch in _batches(ready, batch_size, first_alone=not plan.owned):
        if type(batch[0]) in forbidden:
            continue
        yield Sending(tuple(batch))
        hopeless = False
        for event in _carry_out(
            batch, now, creator=creator, check_stamp=not plan.owned and not created
        ):
            yield event
            match event:
                case Done(action=Create(), id=task_id):
                    created.append(task_id)
                case Failed(fault=Fault(http_status=HTTPStatus.FORBIDDEN)):
                    forbidden.add(type(batch[0]))
                case Failed(fault=fault):
                    hopeless |= not blames_content(fault)
                case Unknown() | Halted():
                    hopeless = True
                case _:
                    pass
        if hopeless:
            return
    yield from _await_listing(writer, created, creator.sleep)


def _batches(
    actions: Sequence[Action], size: int, *, first_alone: bool
) -> Iterator[Sequence[Action]]:
    """Split *actions* into runs of one kind, of at most *size*."""
    start = 0
    while start < len(actions):
        kind = type(actions[start])
        alone = first_alone and start == 0 and kind is Create
        end = start + 1
        while not alone and end < min(len(actions), start + size) and type(actions[end]) is kind:
            end += 1
        yield actions[start:end]
        start = end


def _content(task: Live) -> Spec:
    """Return what people write of a task: neither the server's own fields nor the progress."""
    return {n: v for n, v in task.spec.items() if n not in TASK.ignored and n != "status"}


def _carry_out(
    batch: Sequence[Action], now: _Now, *, creator: Creator, check_stamp: bool
) -> Iterator[Outcome | Halted]:
    """Carry out actions of one kind."""
    creates = [action for action in batch if isinstance(action, Create)]
    updates = [action for action in batch if isinstance(action, Update)]
    deletes = [action for action in batch if isinstance(action, Delete)]
    if creates:
        yield from create_tasks(creates, creator=creator, check_stamp=check_stamp)
    if updates:
        yield from update_tasks(updates, now.tasks, writer=creator.writer)
    if deletes:
        yield from delete_tasks(deletes, writer=creator.writer)


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
