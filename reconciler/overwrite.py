"""How are live tasks overwritten and deleted, when the API may refuse one of many?

Both may safely be sent twice. A batch that is refused is halved until the API's error stands
beside the one task.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from reconciler.actions import Create, Delete, Release, Update
from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import diff_fields
from reconciler.errors import AnswerLostError, MissingError, RejectedError
from reconciler.model import ABSENT, Fault, Live, NoStamp, Notice, Spec, text_of
from reconciler.payload import managed_spec, overwrite_body, release_body
from reconciler.report import Done, Failed, Outcome, Unknown
from reconciler.stamp import read_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.apply import Writer
    from reconciler.create import Creator


_OF_CALLER: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
)
_CODES_OF_CALLER: Final = range(11000, 11100)
"""Account, key, scopes, pace."""

_OF_CONTENT: Final = frozenset(
    {
        HTTPStatus.OK,
        HTTPStatus.MULTI_STATUS,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


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
    for action, result in zip(actions, overwrite_tasks(creator.writer, bodies), strict=True):
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
    writer: Writer, bodies: Sequence[Spec], *, lost: bool = False
) -> Iterator[Spec | Fault | Lost]:
    """Overwrite tasks and yield what became of each, in order, halving a batch that is refused.

    *lost* says that they may have been overwritten before, by a try whose answer was lost.
    """
    try:
        results = writer.overwrite_tasks(bodies)
    except AnswerLostError as error:
        yield from [Lost(error.fault)] * len(bodies)
    except RejectedError as error:
        if len(bodies) > 1 and blames_content(error.fault):
            middle = len(bodies) // 2
            lost |= error.lost
            yield from overwrite_tasks(writer, bodies[:middle], lost=lost)
            yield from overwrite_tasks(writer, bodies[middle:], lost=lost)
        elif lost and not blames_content(error.fault):
            yield from [Lost(error.fault)] * len(bodies)
        else:
            yield from [error.fault] * len(bodies)
    else:
        yield from _match(bodies, results)


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


def delete_tasks(
    actions: Sequence[Delete], *, writer: Writer, lost: bool = False
) -> Iterator[Outcome]:
    """Delete tasks and yield the end of each; what is gone already is done.

    *lost* says that they may have been deleted before, by a try whose answer was lost.
    """
    try:
        writer.delete_tasks([action.live.id for action in actions])
    except AnswerLostError as error:
        yield from (Unknown(action, error.fault) for action in actions)
    except RejectedError as error:
        if len(actions) > 1 and blames_content(error.fault):
            middle = len(actions) // 2
            lost |= error.lost
            yield from delete_tasks(actions[:middle], writer=writer, lost=lost)
            yield from delete_tasks(actions[middle:], writer=writer, lost=lost)
        elif isinstance(error, MissingError):
            yield from (Done(action, action.live.id) for action in actions)
        elif lost and not blames_content(error.fault):
            yield from (Unknown(action, error.fault) for action in actions)
        else:
            yield from (Failed(action, error.fault) for action in actions)
    else:
        yield from (Done(action, action.live.id) for action in actions)


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


def blames_content(fault: Fault) -> bool:
    """Tell whether a refusal may be due to one task of a batch.

    Otherwise it is due to the caller, the pace or the way to the API, and holds for all.
    """
    if fault.http_status in _OF_CALLER or fault.code in _CODES_OF_CALLER:
        return False
    # Without a code a gateway speaks: of what it was sent, or of a path that leads nowhere.
    return bool(fault.code) or fault.http_status in _OF_CONTENT
