"""How the labelling of a task is kept: what is held of it, and what follows from a change."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from . import things
from .annotation_rows import set_status
from .connections import take_moment
from .enums import SOURCE_TYPE, TASK_STATUS
from .labelling import Board, State, Work, find_abandoned, is_done, read_rules, settle
from .normalise import member
from .record import App, Record
from .task_rows import TaskRows, find
from .things import Kind
from .values import JsonObject

_IN_PROGRESS = TASK_STATUS.numbers["TASK_IN_PROGRESS"]
_DONE: JsonObject = {"status": {"code": TASK_STATUS.numbers["TASK_DONE"]}}
_SAVE = """
INSERT INTO work (task_id, input_id, worker, state, answer, reviewers, approved_by,
    created_at, modified_at)
VALUES (:task, :input, :worker, :state, :answer, :reviewers, :approved_by, :moment, :moment)
ON CONFLICT DO UPDATE SET state = :state, answer = :answer, reviewers = :reviewers,
    approved_by = :approved_by, modified_at = :moment
"""


@dataclass(frozen=True, slots=True)
class Times:
    """When work was begun and last changed, in microseconds since 1970, UTC."""

    created_at: int
    modified_at: int


def load(db: sqlite3.Connection, task: Record) -> Board:
    """Return where the labelling of a task stands."""
    return Board(read_rules(task.spec), tuple(_find_inputs(db, task)), tuple(_load(db, task.id)))


def holds(db: sqlite3.Connection, task_id: str, worker: str, inputs: Collection[str]) -> bool:
    """Tell whether a worker holds work on all of *inputs*."""
    [found] = db.execute(
        "SELECT count(*) FROM work WHERE task_id = ? AND worker = ?"
        " AND input_id IN (SELECT value FROM json_each(?))",
        (task_id, worker, json.dumps([*inputs])),
    ).fetchone()
    return int(found) == len(inputs)


def load_times(db: sqlite3.Connection, task_id: str) -> dict[tuple[str, str], Times]:
    """Return the times of the held work of a task, by input and worker."""
    rows = db.execute(
        "SELECT input_id, worker, created_at, modified_at FROM work WHERE task_id = ?", (task_id,)
    )
    return {(input_id, worker): Times(made, changed) for input_id, worker, made, changed in rows}


def save(
    db: sqlite3.Connection,
    tasks: TaskRows,
    task: Record,
    board: Board,
    changes: Collection[Work],
) -> Board:
    """Store changed work with what follows: its annotations' status, and the end of the task.

    Returns where the labelling stands then.
    """
    moment = take_moment(db)
    for work in changes:
        values = {
            "task": task.id,
            "input": work.input_id,
            "worker": work.worker,
            "state": work.state.value,
            "answer": work.answer,
            "reviewers": json.dumps(sorted(work.reviewers)),
            "approved_by": json.dumps(sorted(work.approved_by)),
            "moment": moment,
        }
        db.execute(_SAVE, values)
        set_status(db, task.id, work, moment)
    after = board.replace(changes)
    if member(task.spec, "status").get("code") == _IN_PROGRESS and is_done(after):
        tasks.change(db, task.app, task.id, _DONE, keep=True)
    return after


def rearrange(db: sqlite3.Connection, tasks: TaskRows, app: App, task_id: str) -> None:
    """Judge the work of a task anew, after its rules changed.

    Work that is done stays; what people who are no longer workers had begun falls to others.
    """
    task = find(db, app, task_id)
    board = load(db, task)
    if not board.held:
        return
    for work in find_abandoned(board):
        db.execute(
            "DELETE FROM work WHERE task_id = ? AND input_id = ? AND worker = ?",
            (task_id, work.input_id, work.worker),
        )
    left = load(db, task)
    save(db, tasks, task, left, settle(left))


def forget(db: sqlite3.Connection, task_id: str) -> None:
    """Delete all work and annotations of a task."""
    db.execute("DELETE FROM work WHERE task_id = ?", (task_id,))
    db.execute("DELETE FROM annotations WHERE task_id = ?", (task_id,))


def _load(db: sqlite3.Connection, task_id: str) -> Iterable[Work]:
    rows = db.execute(
        "SELECT input_id, worker, state, answer, reviewers, approved_by FROM work"
        " WHERE task_id = ?",
        (task_id,),
    )
    for input_id, worker, state, answer, reviewers, approved_by in rows:
        yield Work(
            input_id,
            worker,
            State(state),
            answer,
            _read_names(reviewers),
            _read_names(approved_by),
        )


@lru_cache(maxsize=1024)
def _read_names(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _find_inputs(db: sqlite3.Connection, task: Record) -> list[str]:
    """Return the ids of the inputs that a task is about; those of saved searches are unknown."""
    source = member(task.spec, "input_source")
    source_id = str(source.get("id", ""))
    match SOURCE_TYPE.names.get(int(str(source.get("type", 0)))):
        case "ALL_INPUTS":
            return things.select_ids(db, task.app, Kind.INPUT)
        case "DATASET":
            return things.select_dataset_ids(db, task.app, source_id)
        case "INPUT" if things.has(db, task.app, Kind.INPUT, source_id):
            return [source_id]
        case _:
            return []
