"""How are live tasks overwritten and deleted, when the API may refuse one of many?

Both may safely be sent twice. A batch that is refused is halved until the API's error stands
beside the one task.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, TypeAlias

from reconciler.actions import Create, Delete, Release, Update
from reconciler.aftermath import check_mark
from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import diff_fields
from reconciler.errors import AnswerLostError, ApiError, LateError, MissingError, RejectedError
from reconciler.halving import send_halving, settles_earlier
from reconciler.model import ABSENT, Fault, NoStamp, Notice, Spec, text_of
from reconciler.now import conflict
from reconciler.payload import managed_spec, overwrite_body, release_body
from reconciler.report import Done, Failed, Halted, Outcome, Postponed, Unknown
from reconciler.stamp import read_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reconciler.apply import Writer
    from reconciler.create import Creator
    from reconciler.halving import Room
    from reconciler.live import Reader
    from reconciler.now import Now


@dataclass(frozen=True, slots=True)
class Lost:
    """An overwrite whose end is unknown, though the request may have been *answered*."""

    fault: Fault
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Late:
    """An overwrite that wasn't sent, and why: it would have been too late."""

    fault: Fault


Result: TypeAlias = Spec | Fault | Lost | Late


def update_tasks(
    actions: Sequence[Update | Release], now: Now, *, creator: Creator, check_stamp: bool
) -> Iterator[Outcome | Postponed | Halted]:
    """Overwrite tasks, as they are *now* and as long as that is fresh; yield the end of each.

    Halt if the API doesn't keep the mark of ownership: it is asked with *check_stamp*, and where
    an answer lacks the mark.
    """
    unmarked: list[Update] = []
    bodies = [
        _body(action, now.tasks[action.live.id].spec, new_nonce=creator.new_nonce)
        for action in actions
    ]
    results = overwrite_tasks(creator.writer, bodies, creator.room, until=now.fresh_until)
    for action, result in zip(actions, results, strict=True):
        match result:
            case Fault():
                yield Failed(action, result)
            case Lost(fault=fault, answered=True):
                yield _look_at(action, creator.writer, fault)
            case Lost(fault=fault):
                yield Unknown(action, fault)
            case Late():
                yield Postponed(action)
            case _:
                yield done_with(action, result)
                if isinstance(action, Update) and (check_stamp or _lacks_mark(action, result)):
                    unmarked.append(action)
    for action in unmarked[:1]:
        yield from check_mark(action.key, action.live.id, creator.writer)


def _lacks_mark(update: Update, echo: Spec) -> bool:
    return update.stamp is not ABSENT and isinstance(read_mark(echo), NoStamp)


def _look_at(action: Update | Release, reader: Reader, fault: Fault) -> Outcome:
    """Return the end of an overwrite that the API answered, but not for this task."""
    try:
        end = done_with(action, reader.get_task(action.live.id))
    except MissingError:
        return conflict(action, "somebody deleted it meanwhile")
    except ApiError:
        return Unknown(action, fault, alone=True)
    return Unknown(action, fault, alone=True) if end.warnings else end


def _body(action: Update | Release, now: Spec, *, new_nonce: Callable[[], str]) -> Spec:
    match action:
        case Update(stamp=stamp):
            if stamp is not ABSENT and not stamp.nonce:
                stamp = replace(stamp, nonce=new_nonce())
            return overwrite_body(
                managed_spec(action.desired),
                now,
                live_id=action.live.id,
                stamp=stamp,
                differing=action.differing,
            )
        case Release():
            return release_body(now, live_id=action.live.id)


def overwrite_tasks(
    writer: Writer, bodies: Sequence[Spec], room: Room, *, until: float = inf
) -> Iterator[Result]:
    """Overwrite tasks and yield what became of each, in order, halving a batch that is refused.

    Nothing is sent after *until*.
    """
    yield from send_halving(bodies, _Overwriting(writer, until), room)


@dataclass(frozen=True, slots=True)
class _Overwriting:
    writer: Writer
    until: float

    def send(self, bodies: Sequence[Spec]) -> Iterable[Result]:
        try:
            return _match(bodies, self.writer.overwrite_tasks(bodies, until=self.until))
        except AnswerLostError as error:
            return [Lost(error.fault, error.answered)] * len(bodies)
        except LateError as error:
            return [Late(Fault(str(error)))] * len(bodies)

    def refuse(self, bodies: Sequence[Spec], error: RejectedError) -> Iterable[Fault | Lost]:
        open_end = error.lost and not settles_earlier(error.fault)
        return [Lost(error.fault) if open_end else error.fault] * len(bodies)


def _match(bodies: Sequence[Spec], results: Sequence[Spec | Fault]) -> Iterator[Result]:
    """Find each task's own result: by its id, an error by its position in a whole reply."""
    tasks = (result for result in results if not isinstance(result, Fault))
    by_id = {text_of(task.get("id")): task for task in tasks}
    whole = len(results) == len(bodies)
    for position, body in enumerate(bodies):
        beside = results[position] if whole else None
        own = by_id.get(text_of(body["id"]))
        if own is not None:
            yield own
        elif isinstance(beside, Fault):
            yield beside
        else:
            sentence = "the API's answer doesn't name this task"
            yield Lost(Fault(f"{sentence}; run again"), answered=True)


def delete_tasks(
    actions: Sequence[Delete], *, writer: Writer, room: Room, until: float
) -> Iterator[Outcome | Postponed]:
    """Delete tasks and yield the end of each; what is gone already is done.

    Nothing is sent after *until*.
    """
    yield from send_halving(actions, _Deleting(writer, until), room)


@dataclass(frozen=True, slots=True)
class _Deleting:
    writer: Writer
    until: float

    def send(self, actions: Sequence[Delete]) -> Iterable[Outcome | Postponed]:
        try:
            self.writer.delete_tasks([action.live.id for action in actions], until=self.until)
        except AnswerLostError as error:
            return [Unknown(action, error.fault, alone=error.answered) for action in actions]
        except LateError:
            return [Postponed(action) for action in actions]
        return [Done(action, action.live.id) for action in actions]

    def refuse(self, actions: Sequence[Delete], error: RejectedError) -> Iterable[Outcome]:
        if isinstance(error, MissingError):
            return [Done(action, action.live.id) for action in actions]
        end = Unknown if error.lost and not settles_earlier(error.fault) else Failed
        return [end(action, error.fault) for action in actions]


def done_with(action: Create | Update | Release, echo: Spec) -> Done:
    """Return the end of a write, with a warning if the API's echo shows something else."""
    task_id = text_of(echo.get("id"))
    match action:
        case Create(desired=desired):
            want = canonical_task(desired.spec)
        case Update(desired=desired):
            want = canonical_task(managed_spec(desired))
        case Release():
            want = {}
    lost = diff_fields(want, project_live(canonical_declared(echo, want), want))
    if isinstance(action, Release) and not isinstance(read_mark(echo), NoStamp):
        lost = ("metadata",)
    if not lost:
        return Done(action, task_id)
    sentence = f"the API did not keep what was sent for {', '.join(lost)}"
    return Done(action, task_id, (Notice("not_kept", sentence, action.key, task_id),))
