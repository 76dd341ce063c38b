"""What the calls for the work on a task do: hand it out, take it in, review it, count it.

Documented: the actions, their configurations, that an input_id alone submits the work on it.
Inferred: an assignment's id is the server's. Unknown, and chosen: whoever is no worker or
reviewer of the task is refused; ids that name nothing to act on are refused.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from . import annotation_rows, boards, things
from .annotation_rows import STATUSES
from .answers import read_answer
from .boards import Times
from .call import Call, Reply, Sandbox, reply_list
from .enums import ASSIGNMENT_ACTION
from .errors import ApiError, Code
from .fields import PUT_ASSIGNMENTS
from .labelling import (
    Board,
    State,
    Work,
    WorkerCount,
    approve,
    count_work,
    reject,
    request_changes,
    start,
    start_review,
    submit,
)
from .normalise import member, objects
from .query import read_many
from .record import Record, print_time
from .task_rows import find
from .thing_calls import print_input
from .things import Kind
from .values import JsonObject, print_json

_SUBMIT = ASSIGNMENT_ACTION.numbers["LABEL_SUBMIT"]
_CONFIGS = {
    "LABEL_SUBMIT": "label_submit_config",
    "REVIEW_START": "review_start_config",
    "REVIEW_APPROVE": "review_approve_config",
    "REVIEW_REQUEST_CHANGES": "review_request_changes_config",
    "REVIEW_REJECT": "review_reject_config",
}
_COUNTED = {
    STATUSES[State.PENDING]: "pending",
    STATUSES[State.AWAITING_REVIEW]: "awaiting_review",
    STATUSES[State.SUCCESS]: "success",
    STATUSES[State.REJECTED]: "review_denied",
    STATUSES[State.AWAITING_CONSENSUS_REVIEW]: "awaiting_consensus_review",
}


def put_assignments(sandbox: Sandbox, call: Call) -> Reply:
    """Do something with the work on a task; answer with the work that was meant."""
    request = call.read(PUT_ASSIGNMENTS)
    number = request.get("action", _SUBMIT if "input_id" in request else 0)
    action = ASSIGNMENT_ACTION.names[int(str(number))]
    with sandbox.database.writing() as db:
        task = find(db, call.app, call.ids["task_id"])
        board = boards.load(db, task)
        _check_caller(board, call.caller, action)
        meant, changes = _act(db, board, task, call.caller, action=action, request=request)
        after = boards.save(db, sandbox.tasks, task, board, changes)
        times = boards.load_times(db, task.id)
    texts = (_print(task.id, after.works[name][worker], times) for name, worker in meant)
    return reply_list("task_assignments", texts)


def list_next(sandbox: Sandbox, call: Call) -> Reply:
    """Hand out work as LABEL_START does, and answer with the inputs."""
    with sandbox.database.writing() as db:
        task = find(db, call.app, call.ids["task_id"])
        board = boards.load(db, task)
        _check_caller(board, call.caller, "LABEL_START")
        begun = start(board, call.caller)
        boards.save(db, sandbox.tasks, task, board, begun)
        ids = [work.input_id for work in begun]
        found = {each.id: each for each in things.select(db, call.app, Kind.INPUT, ids=ids)}
    return reply_list("inputs", (print_input(found[name]) for name in ids))


def count_assignments(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with the number of each worker's inputs in each state."""
    with sandbox.database.reading() as db:
        counts = count_work(boards.load(db, find(db, call.app, call.ids["task_id"])))
    return _reply_counts(call, counts)


def count_annotations(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with the number of each worker's annotations in each status."""
    task_id = call.ids["task_id"]
    with sandbox.database.reading() as db:
        find(db, call.app, task_id)
        filters = annotation_rows.Filters(task_id=task_id)
        found = annotation_rows.select(db, call.app, filters)
    counts: dict[str, Counter[str]] = {}
    for each in found:
        counts.setdefault(each.worker, Counter())[_COUNTED.get(each.status, "")] += 1
    return _reply_counts(
        call,
        [
            WorkerCount(worker, **{name: of[name] for name in _COUNTED.values()})
            for worker, of in counts.items()
        ],
    )


def _check_caller(board: Board, caller: str, action: str) -> None:
    """Raise `ApiError` if the caller has no part in what *action* is about."""
    if action.startswith("REVIEW_"):
        role, people = "reviewer", set(board.rules.reviewers)
    else:
        role, people = "worker", board.rules.weights.keys() | {w.worker for w in board.held}
    if caller not in people:
        details = f"{caller} is no {role} of this task; a key KEY:USER speaks for USER"
        raise ApiError(Code.TASK_PERMISSION_DENIED, details)


def _act(
    db: sqlite3.Connection,
    board: Board,
    task: Record,
    caller: str,
    *,
    action: str,
    request: JsonObject,
) -> tuple[list[tuple[str, str]], tuple[Work, ...]]:
    """Return what work was meant, by input and worker, and what changes."""
    config = member(request, _CONFIGS.get(action, ""))
    workers = {str(member(each, "user").get("id")) for each in objects(config.get("workers"))}
    match action:
        case "LABEL_START":
            changes = start(board, caller)
            return _name(changes), changes
        case "REVIEW_START":
            changes = start_review(board, caller, workers=workers)
            return _name(changes), changes
        case "LABEL_SUBMIT":
            own = [(name, caller) for name, users in board.assigned.items() if caller in users]
            asked = objects(config.get("task_assignments"))
            if "input_id" in request and "action" not in request:
                asked = [{"input": {"id": request["input_id"]}, "worker": _print_worker(caller)}]
            meant = _find_meant(task.id, own, asked)
            answers = {name: _read_answer(db, task, name, caller) for name, _ in meant}
            return meant, submit(board, caller, answers=answers)
        case "REVIEW_APPROVE" | "REVIEW_REJECT" | "REVIEW_REQUEST_CHANGES":
            meant = [pair for pair in _name(board.each_work()) if pair[1] in workers]
            if not workers:
                asked = objects(config.get("task_assignments"))
                meant = _find_meant(task.id, _name(board.each_work()), asked)
            return meant, _review(board, caller, action, [board.works[n][w] for n, w in meant])
        case _:
            names = ", ".join(ASSIGNMENT_ACTION.numbers)
            raise ApiError(Code.INVALID_REQUEST, f"action: must be one of {names}")


def _review(board: Board, caller: str, action: str, works: Iterable[Work]) -> tuple[Work, ...]:
    match action:
        case "REVIEW_APPROVE":
            return approve(board, caller, works=works)
        case "REVIEW_REJECT":
            return reject(board, caller, works=works)
        case _:
            return request_changes(board, works=works)


def _name(works: Iterable[Work]) -> list[tuple[str, str]]:
    return [(work.input_id, work.worker) for work in works]


def _find_meant(
    task_id: str, among: Iterable[tuple[str, str]], asked: Collection[JsonObject]
) -> list[tuple[str, str]]:
    """Return which work *among* some is *asked* for: by id, or by input and worker."""
    if not asked:
        raise ApiError(Code.INVALID_REQUEST, "task_assignments: at least one is required")
    ids = {_make_id(task_id, *pair): pair for pair in among}
    meant = []
    for index, each in enumerate(asked):
        pair = (
            str(member(each, "input").get("id")),
            str(member(member(each, "worker"), "user").get("id")),
        )
        assignment_id = str(each.get("id", _make_id(task_id, *pair)))
        if assignment_id not in ids:
            details = f"task_assignments[{index}]: there is no such assignment to act on"
            raise ApiError(Code.INVALID_REQUEST, details)
        meant.append(ids[assignment_id])
    return list(dict.fromkeys(meant))


def _make_id(task_id: str, input_id: str, worker: str) -> str:
    text = print_json([task_id, input_id, worker])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read_answer(db: sqlite3.Connection, task: Record, input_id: str, worker: str) -> str:
    filters = annotation_rows.Filters(inputs=[input_id], workers=[worker], task_id=task.id)
    found = annotation_rows.select(db, task.app, filters)
    return read_answer(member(each.spec, "data") for each in found)


def _print_worker(user_id: str) -> JsonObject:
    return {"user": {"id": user_id}}


def _print(task_id: str, work: Work, times: Mapping[tuple[str, str], Times]) -> str:
    at = times[work.input_id, work.worker]
    return print_json(
        {
            "id": _make_id(task_id, work.input_id, work.worker),
            "created_at": print_time(at.created_at),
            "modified_at": print_time(at.modified_at),
            "worker": _print_worker(work.worker),
            "input": {"id": work.input_id},
            "status": {
                "code": work.state.value,
                "description": f"TASK_ASSIGNMENT_{work.state.name}",
            },
        }
    )


def _reply_counts(call: Call, counts: Iterable[WorkerCount]) -> Reply:
    wanted = read_many(call.query, "user_ids")
    shown: list[JsonObject] = [
        {"user_id": each.worker, "worker": _print_worker(each.worker)}
        | {name: getattr(each, name) for name in _COUNTED.values()}
        for each in counts
        if wanted is None or each.worker in wanted
    ]
    return Reply(
        {
            "app_id": print_json(call.app.app_id),
            "task_id": print_json(call.ids["task_id"]),
            "counts": print_json([*shown]),
        }
    )
