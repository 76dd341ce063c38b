"""What becomes of a request for many tasks of which some are wrong.

Documented: that a status MIXED_STATUS exists, and that each task of a reply has a status of its
own. Inferred, from other resources: FAILURE if nothing was right. Unknown: whether the API does a
part of a request at all, with which HTTP status (207 here), and what it then shows of a task that
it refused (here what identifies it, and why).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .call import Call, Reply, Sandbox
from .errors import Code, MissingTaskError, ProblemsError, describe
from .options import Batch
from .values import Json, JsonObject, print_json

Answer: TypeAlias = Callable[[Sandbox, Call], Reply]


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A task that was not written: its text in the reply, and why."""

    text: str
    details: str


def change_in_parts(change: Answer) -> Answer:
    """Return *change*, a POST or PATCH of all or none, so that options let it do a part.

    It raises what *change* raises if nothing can be done in part: the batch is atomic, or
    something is wrong beside the tasks.
    """

    def answer(sandbox: Sandbox, call: Call) -> Reply:
        try:
            return change(sandbox, call)
        except ProblemsError as error:
            if sandbox.options.batch is Batch.ATOMIC or not _lie_in_tasks(error.problems):
                raise
        except MissingTaskError:
            if sandbox.options.batch is Batch.ATOMIC:
                raise

        def change_one(body: JsonObject) -> str:
            reply = change(sandbox, replace(call, body=body))
            return reply.members["tasks"].removeprefix("[").removesuffix("]")

        return _merge([_try(change_one, *part) for part in _split(call.body)])

    return answer


def drop_in_parts(drop: Answer) -> Answer:
    """Return *drop*, a DELETE of all or none, so that options let it do a part.

    It raises what *drop* raises if the batch is atomic, or none of the tasks exists.
    """

    def answer(sandbox: Sandbox, call: Call) -> Reply:
        try:
            return drop(sandbox, call)
        except MissingTaskError:
            if sandbox.options.batch is Batch.ATOMIC:
                raise
            wanted = _ids_in(call.body)
            missing = [each for each in wanted if not _drop_one(drop, sandbox, call, each)]
            if len(missing) == len(wanted):
                raise
        details = f"there are no tasks {', '.join(missing)} in this app"
        return Reply(code=Code.MIXED, details=details)

    return answer


def _ids_in(body: Json) -> list[str]:
    ids = body.get("ids") if isinstance(body, dict) else None
    return list(dict.fromkeys(str(item) for item in ids)) if isinstance(ids, list) else []


def _drop_one(drop: Answer, sandbox: Sandbox, call: Call, task_id: str) -> bool:
    """Delete a task; return whether it was there."""
    try:
        drop(sandbox, replace(call, body={"ids": [task_id]}))
    except MissingTaskError:
        return False
    return True


def _lie_in_tasks(problems: Sequence[str]) -> bool:
    return all(problem.startswith("tasks[") for problem in problems)


def _split(body: Json) -> Iterator[tuple[int, Json, JsonObject]]:
    """Yield each task of *body*: its index, the task, and a body with that task alone."""
    tasks = body.get("tasks") if isinstance(body, dict) else None
    if isinstance(body, dict) and isinstance(tasks, list):
        for index, task in enumerate(tasks):
            yield index, task, body | {"tasks": [task]}


def _try(
    change_one: Callable[[JsonObject], str], index: int, task: Json, body: JsonObject
) -> str | _Refusal:
    at = f"tasks[{index}]"
    try:
        return change_one(body)
    except ProblemsError as error:
        found = [f"{at}{problem.removeprefix('tasks[0]')}" for problem in error.problems]
        return _refuse(task, Code.INVALID_REQUEST, "; ".join(found))
    except MissingTaskError as error:
        return _refuse(task, Code.TASK_MISSING, f"{at}.id: {error.details}")


def _refuse(task: Json, code: Code, details: str) -> _Refusal:
    given = task if isinstance(task, dict) else {}
    entry: JsonObject = {
        name: value for name in ("id", "name") if isinstance(value := given.get(name), str)
    }
    return _Refusal(print_json(entry | {"status": describe(code, details)}), details)


def _merge(results: Sequence[str | _Refusal]) -> Reply:
    refusals = [result for result in results if isinstance(result, _Refusal)]
    texts = [result.text if isinstance(result, _Refusal) else result for result in results]
    code = Code.FAILURE if len(refusals) == len(results) else Code.MIXED
    return Reply(
        {"tasks": f"[{','.join(texts)}]"},
        code if refusals else Code.SUCCESS,
        "; ".join(refusal.details for refusal in refusals),
    )
