"""How does a plan become true? Its actions → requests → an outcome for each.

One bad task never blocks the rest, an action that was overtaken by somebody else's change fails
alone, and what is certain to fail for all (no connection, a wrong token) ends the run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

from reconciler.canon import canonical_task, project_live
from reconciler.create import Created, Creator, blames_content
from reconciler.diff import diff_fields
from reconciler.errors import AnswerLostError, ApiError, MissingError, RejectedError
from reconciler.fields import TASK
from reconciler.live import Reader, make_live, read_live
from reconciler.model import (
    Action,
    Create,
    Delete,
    Fault,
    Live,
    Notice,
    Plan,
    Spec,
    Stamp,
    Update,
    text_of,
)
from reconciler.payload import needs_status, overwrite_body
from reconciler.report import Done, Event, Failed, Halted, Outcome, Sending, Unknown

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
class _Lost:
    """An overwrite whose end is unknown."""

    fault: Fault


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
    live = read_live(writer)
    now = {task.id: task for task in live}
    ready: list[Action] = []
    for action in plan.actions:
        early = _check_again(action, now, owner=creator.owner)
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


def _check_again(action: Action, now: Mapping[str, Live], *, owner: str) -> Done | Failed | None:
    """Return an outcome if what is live *now* leaves nothing to do, or forbids it."""
    match action:
        case Create(desired=desired):
            for task in now.values():
                if isinstance(task.mark, Stamp) and (task.mark.owner, task.mark.key) == (
                    owner,
                    desired.key,
                ):
                    return Failed(action, Fault(f"another run created it as {task.id} meanwhile"))
            return None
        case Delete(live=live) if live.id not in now:
            return Done(action, live.id)
        case Update(live=live) | Delete(live=live):
            if live.id not in now:
                return Failed(action, Fault("somebody deleted it meanwhile; run again"))
            if _content(now[live.id]) != _content(live):
                return Failed(action, Fault("somebody changed it meanwhile; run again"))
            return None


def _content(task: Live) -> Spec:
    """Return what people write of a task: neither the server's own fields nor the progress."""
    return {n: v for n, v in task.spec.items() if n not in TASK.ignored and n != "status"}


def _carry_out(
    batch: Sequence[Action], now: Mapping[str, Live], *, creator: Creator, check_stamp: bool
) -> Iterator[Outcome | Halted]:
    creates = [action for action in batch if isinstance(action, Create)]
    updates = [action for action in batch if isinstance(action, Update)]
    deletes = [action for action in batch if isinstance(action, Delete)]
    if creates:
        yield from _create(creates, creator=creator, check_stamp=check_stamp)
    if updates:
        yield from _update(updates, now, writer=creator.writer)
    if deletes:
        yield from _delete(deletes, writer=creator.writer)


def _create(
    actions: Sequence[Create], *, creator: Creator, check_stamp: bool
) -> Iterator[Outcome | Halted]:
    unfinished: list[Created] = []
    for end in creator.create(actions):
        if not isinstance(end, Created):
            yield end
        elif needs_status(end.action.desired.spec, end.live):
            unfinished.append(end)
        else:
            yield _done(end.action, end.live)
        if isinstance(end, Created) and check_stamp:
            yield from _check_stamp(end, creator.writer)
    if unfinished:
        yield from _set_status(unfinished, creator.writer)


def _check_stamp(end: Created, writer: Writer) -> Iterator[Halted]:
    """Halt if the API didn't keep the stamp of the first task that is created in an app."""
    task_id = text_of(end.live.get("id"))
    if isinstance(make_live(end.live).mark, Stamp):
        return
    try:
        kept = isinstance(make_live(writer.get_task(task_id)).mark, Stamp)
        sentence = (
            f"the API did not keep the mark of ownership on the new task {task_id}, so tasks"
            " could not be told apart later: nothing more was sent. Delete that task;"
            " this app needs `ownership: app`, which this version doesn't have yet"
        )
    except ApiError as error:
        kept = False
        sentence = f"whether the API keeps the mark of ownership is unknown: {error}; run again"
    if not kept:
        yield Halted(Notice("stamp_dropped", sentence, end.action.key, task_id))


def _set_status(ends: Sequence[Created], writer: Writer) -> Iterator[Outcome]:
    """Overwrite new tasks with the status that their files declare: a POST may ignore it."""
    bodies = [
        overwrite_body(
            end.action.desired.spec,
            end.live,
            live_id=text_of(end.live.get("id")),
            stamp=end.stamp,
            differing=("status",),
        )
        for end in ends
    ]
    for end, result in zip(ends, _overwrite(writer, bodies), strict=True):
        task_id = text_of(end.live.get("id"))
        if isinstance(result, Fault | _Lost):
            fault = result.fault if isinstance(result, _Lost) else result
            notice = Notice(
                "status_not_set",
                f"created, but its status could not be set: {fault.sentence}; run again",
                end.action.key,
                task_id,
            )
            yield Done(end.action, task_id, (notice,))
        else:
            yield _done(end.action, result)


def _update(
    actions: Sequence[Update], now: Mapping[str, Live], *, writer: Writer
) -> Iterator[Outcome]:
    bodies = [
        overwrite_body(
            action.desired.spec,
            now[action.live.id].spec,
            live_id=action.live.id,
            stamp=action.stamp,
            differing=action.differing,
        )
        for action in actions
    ]
    for action, result in zip(actions, _overwrite(writer, bodies), strict=True):
        match result:
            case Fault():
                yield Failed(action, result)
            case _Lost(fault=fault):
                yield Unknown(action, fault)
            case _:
                yield _done(action, result)


def _overwrite(writer: Writer, bodies: Sequence[Spec]) -> list[Spec | Fault | _Lost]:
    """Overwrite tasks and return what became of each, halving a batch that is refused."""
    try:
        results = writer.overwrite_tasks(bodies)
    except AnswerLostError as error:
        return [_Lost(error.fault)] * len(bodies)
    except RejectedError as error:
        if len(bodies) == 1 or not blames_content(error.fault):
            return [error.fault] * len(bodies)
        middle = len(bodies) // 2
        return _overwrite(writer, bodies[:middle]) + _overwrite(writer, bodies[middle:])
    by_id = {result.get("id"): result for result in results if not isinstance(result, Fault)}
    unnamed = _Lost(Fault("the API's answer doesn't name this task; run again"))
    whole = len(results) == len(bodies)
    return [
        by_id.get(body["id"]) or (results[position] if whole else unnamed)
        for position, body in enumerate(bodies)
    ]


def _delete(actions: Sequence[Delete], *, writer: Writer) -> Iterator[Outcome]:
    try:
        writer.delete_tasks([action.live.id for action in actions])
    except AnswerLostError as error:
        yield from (Unknown(action, error.fault) for action in actions)
    except RejectedError as error:
        if len(actions) > 1 and blames_content(error.fault):
            middle = len(actions) // 2
            yield from _delete(actions[:middle], writer=writer)
            yield from _delete(actions[middle:], writer=writer)
        elif isinstance(error, MissingError):
            yield from (Done(action, action.live.id) for action in actions)
        else:
            yield from (Failed(action, error.fault) for action in actions)
    else:
        yield from (Done(action, action.live.id) for action in actions)


def _done(action: Create | Update, echo: Spec) -> Done:
    """Return the end of a write, with a warning if the API's echo shows something else."""
    task_id = text_of(echo.get("id"))
    want = canonical_task(action.desired.spec)
    lost = diff_fields(want, project_live(canonical_task(echo), want))
    if not lost:
        return Done(action, task_id)
    sentence = f"the API did not keep what was sent for {', '.join(lost)}"
    return Done(action, task_id, (Notice("not_kept", sentence, action.key, task_id),))


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
