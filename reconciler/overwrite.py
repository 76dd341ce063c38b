"""How are live tasks overwritten and deleted, when the API may refuse one of many?

Both may safely be sent twice. A batch that is refused is halved until the API's error stands
beside the one task.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import diff_fields
from reconciler.errors import AnswerLostError, MissingError, RejectedError
from reconciler.model import Create, Delete, Fault, Live, Notice, Spec, Update, text_of
from reconciler.payload import overwrite_body
from reconciler.report import Done, Failed, Outcome, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.apply import Writer


@dataclass(frozen=True, slots=True)
class Lost:
    """An overwrite whose end is unknown."""

    fault: Fault


def update_tasks(
    actions: Sequence[Update], now: Mapping[str, Live], *, writer: Writer
) -> Iterator[Outcome]:
    """Overwrite tasks, as they are *now*, and yield the end of each."""
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
    for action, result in zip(actions, overwrite_tasks(writer, bodies), strict=True):
        match result:
            case Fault():
                yield Failed(action, result)
            case Lost(fault=fault):
                yield Unknown(action, fault)
            case _:
                yield done_with(action, result)


def overwrite_tasks(writer: Writer, bodies: Sequence[Spec]) -> list[Spec | Fault | Lost]:
    """Overwrite tasks and return what became of each, halving a batch that is refused."""
    try:
        results = writer.overwrite_tasks(bodies)
    except AnswerLostError as error:
        return [Lost(error.fault)] * len(bodies)
    except RejectedError as error:
        if len(bodies) == 1 or not blames_content(error.fault):
            return [error.fault] * len(bodies)
        middle = len(bodies) // 2
        return overwrite_tasks(writer, bodies[:middle]) + overwrite_tasks(writer, bodies[middle:])
    by_id = {result.get("id"): result for result in results if not isinstance(result, Fault)}
    unnamed = Lost(Fault("the API's answer doesn't name this task; run again"))
    whole = len(results) == len(bodies)
    return [
        by_id.get(body["id"]) or (results[position] if whole else unnamed)
        for position, body in enumerate(bodies)
    ]


def delete_tasks(actions: Sequence[Delete], *, writer: Writer) -> Iterator[Outcome]:
    """Delete tasks and yield the end of each; what is gone already is done."""
    try:
        writer.delete_tasks([action.live.id for action in actions])
    except AnswerLostError as error:
        yield from (Unknown(action, error.fault) for action in actions)
    except RejectedError as error:
        if len(actions) > 1 and blames_content(error.fault):
            middle = len(actions) // 2
            yield from delete_tasks(actions[:middle], writer=writer)
            yield from delete_tasks(actions[middle:], writer=writer)
        elif isinstance(error, MissingError):
            yield from (Done(action, action.live.id) for action in actions)
        else:
            yield from (Failed(action, error.fault) for action in actions)
    else:
        yield from (Done(action, action.live.id) for action in actions)


def done_with(action: Create | Update, echo: Spec) -> Done:
    """Return the end of a write, with a warning if the API's echo shows something else."""
    task_id = text_of(echo.get("id"))
    want = canonical_task(action.desired.spec)
    lost = diff_fields(want, project_live(canonical_declared(echo, want), want))
    if not lost:
        return Done(action, task_id)
    sentence = f"the API did not keep what was sent for {', '.join(lost)}"
    return Done(action, task_id, (Notice("not_kept", sentence, action.key, task_id),))


def blames_content(fault: Fault) -> bool:
    """Tell whether a refusal may be due to one task of a batch, not to the caller or the pace."""
    return fault.http_status not in (
        0,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.TOO_MANY_REQUESTS,
    )
