"""What rehearsing takes: inputs to label, and people who label and review them."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPMethod
from urllib.parse import quote

from .desk import Desk
from .enums import TASK_STATUS
from .errors import SandboxError
from .normalise import member, objects
from .values import Json, JsonObject

_STATES = ("pending", "awaiting_consensus_review", "awaiting_review", "success", "review_denied")


@dataclass(frozen=True, slots=True)
class Seeded:
    """How much was added."""

    inputs: int
    datasets: int
    concepts: int


@dataclass(frozen=True, slots=True)
class Habits:
    """How people label: how often they agree, how many inputs each does of a task, `None` is all.

    `dice` varies who errs where; the same dice, the same labels.
    """

    agreement: float = 0.9
    most: int | None = None
    dice: int = 0


@dataclass(frozen=True, slots=True)
class WorkerProgress:
    """How many inputs of one worker are in each state."""

    worker: str
    pending: int
    consensus: int
    review: int
    approved: int
    rejected: int


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """Where a task stands. `done` of `inputs` are labelled and, where it is asked, reviewed."""

    id: str
    name: str
    status: str
    inputs: int
    done: int
    workers: tuple[WorkerProgress, ...]


def seed(
    desk: Desk, *, inputs: int, datasets: Mapping[str, int], concepts: Collection[str]
) -> Seeded:
    """Add inputs, so many of them in each of *datasets*, and the datasets and concepts themselves.

    Datasets and concepts that exist already are left as they are.
    """
    new_datasets = _add_missing(desk, "datasets", datasets)
    new_concepts = _add_missing(desk, "concepts", concepts)
    counts = member(desk.call(HTTPMethod.GET, "/inputs/status"), "counts")
    first = int(str(counts["processed"])) + 1
    homes = [""] * inputs + [name for name, count in datasets.items() for _ in range(count)]
    desk.post_all("/inputs", "inputs", map(_make_input, range(first, first + len(homes)), homes))
    return Seeded(len(homes), new_datasets, new_concepts)


def label(desk: Desk, tasks: Sequence[str], habits: Habits) -> Iterator[tuple[str, int]]:
    """Let the workers of *tasks*, by id or name (all if there are none), label their inputs.

    Yields each task's name, once it is labelled, with the number of inputs done.
    """
    for task in find_tasks(desk, tasks):
        task_id = str(task["id"])
        workers = [each.worker for each in _count(desk, task_id)]
        done = sum(_label_as(desk, worker, task, habits) for worker in workers)
        yield str(task.get("name", task_id)), done


def review(desk: Desk, tasks: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Let the reviewers of *tasks* approve all that awaits them; yield as `label` does."""
    for task in find_tasks(desk, tasks):
        reviewers = _read_reviewers(member(task, "review"))
        done = sum(_approve_as(desk, reviewer, str(task["id"])) for reviewer in reviewers)
        yield str(task.get("name", task["id"])), done


def show(desk: Desk) -> Iterator[TaskProgress]:
    """Yield where each task of the app stands."""
    for task in desk.list_all(
        "/tasks", "tasks", additional_fields="all", including_label_order_tasks="true"
    ):
        metrics = member(task, "metrics")
        yield TaskProgress(
            str(task["id"]),
            str(task.get("name", "")),
            TASK_STATUS.names[int(str(member(task, "status")["code"]))],
            _metric(metrics, "input_source"),
            _metric(metrics, "review"),
            tuple(_count(desk, str(task["id"]))),
        )


def find_tasks(desk: Desk, wanted: Collection[str]) -> list[JsonObject]:
    """Return the tasks with these ids or names, all if none is *wanted*.

    Raises `SandboxError` if one of *wanted* is no task.
    """
    tasks = list(desk.list_all("/tasks", "tasks", including_label_order_tasks="true"))
    known = {str(task.get(name)) for task in tasks for name in ("id", "name")}
    for name in wanted:
        if name not in known:
            raise SandboxError(f"There is no task {name} in this app; `sandbox show` lists them.")
    return [task for task in tasks if not wanted or {task["id"], task.get("name")} & {*wanted}]


def _add_missing(desk: Desk, name: str, ids: Iterable[str]) -> int:
    known = {item["id"] for item in desk.list_all(f"/{name}", name)}
    missing = [each for each in ids if each not in known]
    desk.post_all(f"/{name}", name, [{"id": each} for each in missing])
    return len(missing)


def _make_input(number: int, dataset: str) -> Json:
    text: Json = {"text": {"raw": f"Input {number} of the sandbox"}}
    home: JsonObject = {"dataset_ids": [dataset]} if dataset else {}
    return home | {"id": f"input-{number:05}", "data": text}


def _count(desk: Desk, task_id: str) -> Iterator[WorkerProgress]:
    answer = desk.call(HTTPMethod.GET, f"/tasks/{quote(task_id, safe='')}/inputs/count")
    for each in objects(answer.get("counts")):
        yield WorkerProgress(str(each["user_id"]), *(int(str(each[name])) for name in _STATES))


def _label_as(desk: Desk, worker: str, task: JsonObject, habits: Habits) -> int:
    """Let a worker label what is handed out, batch by batch; return how many inputs."""
    task_id, done = str(task["id"]), 0
    while habits.most is None or done < habits.most:
        batch = _act(desk, task_id, {"action": "LABEL_START"}, user=worker)
        left = len(batch) if habits.most is None else habits.most - done
        inputs = [str(member(each, "input")["id"]) for each in batch[:left]]
        if not inputs:
            return done
        annotations = [_annotate(task, worker, name, habits) for name in inputs]
        desk.post_all("/annotations", "annotations", annotations, user=worker)
        ids: Json = [{"id": each["id"]} for each in batch[:left]]
        submit: JsonObject = {"action": "LABEL_SUBMIT"}
        submit["label_submit_config"] = {"task_assignments": ids}
        _act(desk, task_id, submit, user=worker)
        done += len(inputs)
    return done


def _approve_as(desk: Desk, reviewer: str, task_id: str) -> int:
    done = 0
    while batch := _act(desk, task_id, {"action": "REVIEW_START"}, user=reviewer):
        ids: Json = [{"id": each["id"]} for each in batch]
        approve: JsonObject = {"action": "REVIEW_APPROVE"}
        approve["review_approve_config"] = {"task_assignments": ids}
        _act(desk, task_id, approve, user=reviewer)
        done += len(batch)
    return done


def _act(desk: Desk, task_id: str, body: JsonObject, *, user: str) -> list[JsonObject]:
    path = f"/tasks/{quote(task_id, safe='')}/assignments"
    return objects(desk.call(HTTPMethod.PUT, path, body, user=user).get("task_assignments"))


def _annotate(task: JsonObject, worker: str, input_id: str, habits: Habits) -> Json:
    """Return what a worker says of an input: what is true, or at times something else."""
    concepts, title = _read_concepts(task), str(task.get("name"))
    answers = [(name, 1) for name in concepts]
    if len(concepts) == 1:
        answers.append((concepts[0], 0))
    truth = int(_throw(habits, title, input_id) * len(answers))
    errs = _throw(habits, title, input_id, worker) >= habits.agreement
    name, value = answers[(truth + errs) % len(answers)]
    data: Json = {"concepts": [{"id": name, "value": value}]}
    return {"input_id": input_id, "task_id": task["id"], "data": data}


def _throw(habits: Habits, *about: str) -> float:
    """Return a number from 0 up to 1, the same for the same dice and words."""
    text = repr((habits.dice, *about))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) / 2**56


def _read_concepts(task: JsonObject) -> list[str]:
    """Return the ids of a task's concepts, in whichever words it is written; one at least."""
    found = [str(member(each, "concept").get("id")) for each in objects(task.get("concepts"))]
    older = task.get("concept_ids")
    return found or ([str(each) for each in older] if isinstance(older, list) else []) or ["label"]


def _read_reviewers(review: JsonObject) -> list[str]:
    found = [str(each.get("id")) for each in objects(review.get("users"))]
    older = review.get("user_ids")
    return found or ([str(each) for each in older] if isinstance(older, list) else [])


def _metric(metrics: JsonObject, name: str) -> int:
    return int(str(member(metrics, name).get("inputs_count_estimated", 0)))
