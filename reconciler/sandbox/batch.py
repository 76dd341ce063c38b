"""What becomes of a request for many tasks of which some are wrong.

Documented: that a status MIXED_STATUS exists, and that each task of a reply has a status of its
own. Inferred, from other resources: FAILURE if nothing was right. Unknown: whether the API does a
part of a request at all, with which HTTP status (207 here), and what it then shows of a task that
it refused (here what identifies it, and why).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import Code, ProblemsError, describe
from .options import Batch
from .store import MissingError
from .values import Json, JsonObject, print_json


class Change(Protocol):
    """A POST or PATCH, all or none."""

    def __call__(self, *, body: Json) -> list[str]:
        """Do what *body* says; return the texts of the tasks, in order."""


class Drop(Protocol):
    """A DELETE, all or none."""

    def __call__(self, *, body: Json) -> None:
        """Do what *body* says."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to: a status, and the text of each task in the request's order."""

    code: Code
    details: str = ""
    texts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A task that was not written: its text in the reply, and why."""

    text: str
    details: str


def change_tasks(change: Change, body: Json, batch: Batch) -> Outcome:
    """Return the outcome of *change*, done in part if *batch* is mixed.

    Raises what *change* raises if nothing can be done in part: the batch is atomic, or something
    is wrong beside the tasks.
    """
    try:
        return Outcome(Code.SUCCESS, texts=change(body=body))
    except ProblemsError as error:
        if batch is Batch.ATOMIC or not _lie_in_tasks(error.problems):
            raise
    except MissingError:
        if batch is Batch.ATOMIC:
            raise
    return _merge([_change_one(change, *part) for part in _split(body)])


def drop_tasks(drop: Drop, body: Json, batch: Batch) -> Outcome:
    """Return the outcome of *drop*, done in part if *batch* is mixed and one of the tasks exists.

    Raises what *drop* raises otherwise.
    """
    try:
        drop(body=body)
    except MissingError:
        if batch is Batch.ATOMIC:
            raise
        wanted = _ids_in(body)
        missing = [task_id for task_id in wanted if not _drop_one(drop, task_id)]
        if len(missing) == len(wanted):
            raise
        return Outcome(Code.MIXED, f"there are no tasks {', '.join(missing)} in this app")
    return Outcome(Code.SUCCESS)


def _ids_in(body: Json) -> list[str]:
    ids = body.get("ids") if isinstance(body, dict) else None
    return list(dict.fromkeys(str(item) for item in ids)) if isinstance(ids, list) else []


def _drop_one(drop: Drop, task_id: str) -> bool:
    """Delete a task; return whether it was there."""
    try:
        drop(body={"ids": [task_id]})
    except MissingError:
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


def _change_one(change: Change, index: int, task: Json, body: JsonObject) -> str | _Refusal:
    at = f"tasks[{index}]"
    try:
        [text] = change(body=body)
    except ProblemsError as error:
        found = [f"{at}{problem.removeprefix('tasks[0]')}" for problem in error.problems]
        return _refuse(task, Code.INVALID_REQUEST, "; ".join(found))
    except MissingError as error:
        return _refuse(task, Code.TASK_MISSING, f"{at}.id: there is no task {error} in this app")
    return text


def _refuse(task: Json, code: Code, details: str) -> _Refusal:
    given = task if isinstance(task, dict) else {}
    entry: JsonObject = {
        name: value for name in ("id", "name") if isinstance(value := given.get(name), str)
    }
    return _Refusal(print_json(entry | {"status": describe(code, details)}), details)


def _merge(results: Sequence[str | _Refusal]) -> Outcome:
    refusals = [result for result in results if isinstance(result, _Refusal)]
    texts = [result.text if isinstance(result, _Refusal) else result for result in results]
    details = "; ".join(refusal.details for refusal in refusals)
    if len(refusals) == len(results):
        return Outcome(Code.FAILURE, details, texts)
    return Outcome(Code.MIXED if refusals else Code.SUCCESS, details, texts)
