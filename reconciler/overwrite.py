"""How are live tasks overwritten and deleted, when the API may refuse one of many?

Both may safely be sent twice. A batch that is refused is halved until the API's error stands
beside the one task.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.actions import Create, Delete, Release, Update
from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import diff_fields
from reconciler.errors import AnswerLostError, MissingError, RejectedError
from reconciler.halving import blames_content, send_halving
from reconciler.model import ABSENT, Fault, Live, NoStamp, Notice, Spec, text_of
from reconciler.payload import managed_spec, overwrite_body, release_body
from reconciler.report import Done, Failed, Outcome, Unknown
from reconciler.stamp import read_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reconciler.apply import Writer
    from reconciler.create import Creator
    from reconciler.halving import Room


@dataclass(frozen=True, slots=True)
class Lost:
    """An overwrite whose end is unknown."""

    fault: Fault


def update_tasks(
    actions: Sequence[Update | Release], now: Mapping[str, Live], *, creator: Creator
) -> Iterator[Outcome]:
    """Overwrite tasks, as they are *now*, and yield the end of each."""
    bodies = [
        _body(action, now[action.live.id].spec, new_nonce=creator.new_nonce) for action in actions
    ]
    results = overwrite_tasks(creator.writer, bodies, creator.room)
    for action, result in zip(actions, results, strict=True):
        match result:
            case Fault():
                yield Failed(action, result)
            case Lost(fault=fault):
                yield Unknown(action, fault)
            case _:
                yield done_with(action, result)


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
    writer: Writer, bodies: Sequence[Spec], room: Room
) -> Iterator[Spec | Fault | Lost]:
    """Overwrite tasks and yield what became of each, in order, halving a batch that is refused."""
    yield from send_halving(bodies, _Overwriting(writer), room)


@dataclass(frozen=True, slots=True)
class _Overwriting:
    writer: Writer

    def send(self, bodies: Sequence[Spec]) -> Iterable[Spec | Fault | Lost]:
        try:
            return _match(bodies, self.writer.overwrite_tasks(bodies))
        except AnswerLostError as error:
            return [Lost(error.fault)] * len(bodies)

    def refuse(self, bodies: Sequence[Spec], error: RejectedError) -> Iterable[Fault | Lost]:
        open_end = error.lost and not blames_content(error.fault)
        return [Lost(error.fault) if open_end else error.fault] * len(bodies)


def _match(
    bodies: Sequence[Spec], results: Sequence[Spec | Fault]
) -> Iterator[Spec | Fault | Lost]:
    """Find each task's own result: by its id, an error by its position in a whole reply."""
    by_id = {result.get("id"): result for result in results if not isinstance(result, Fault)}
    whole = len(results) == len(bodies)
    for position, body in enumerate(bodies):
        beside = results[position] if whole else None
        if body["id"] in by_id:
            yield by_id[body["id"]]
        elif isinstance(beside, Fault):
            yield beside
        else:
            yield Lost(Fault("the API's answer doesn't name this task; run again"))


def delete_tasks(actions: Sequence[Delete], *, writer: Writer, room: Room) -> Iterator[Outcome]:
    """Delete tasks and yield the end of each; what is gone already is done."""
    yield from send_halving(actions, _Deleting(writer), room)


@dataclass(frozen=True, slots=True)
class _Deleting:
    writer: Writer

    def send(self, actions: Sequence[Delete]) -> Iterable[Outcome]:
        try:
            self.writer.delete_tasks([action.live.id for action in actions])
        except AnswerLostError as error:
            return [Unknown(action, error.fault) for action in actions]
        return [Done(action, action.live.id) for action in actions]

    def refuse(self, actions: Sequence[Delete], error: RejectedError) -> Iterable[Outcome]:
        if isinstance(error, MissingError):
            return [Done(action, action.live.id) for action in actions]
        end = Unknown if error.lost and not blames_content(error.fault) else Failed
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
