"""How annotations are kept."""

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .connections import print_values, take_moment
from .labelling import State, Work
from .record import App, Page
from .values import JsonObject

_COLUMNS = "id, input_id, task_id, worker, status, created_at, modified_at, spec"
_LIST = f"""
SELECT {_COLUMNS} FROM annotations
WHERE user_id = :user_id AND app_id = :app_id
  AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
  AND (:inputs IS NULL OR input_id IN (SELECT value FROM json_each(:inputs)))
  AND (:workers IS NULL OR worker IN (SELECT value FROM json_each(:workers)))
  AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
  AND (:task_id = '' OR task_id = :task_id)
ORDER BY seq LIMIT :limit OFFSET :offset
"""  # noqa: S608 the columns are our own
_ALL = Page(limit=-1, offset=0)
# Documented: what becomes of the annotations beside an assignment.
STATUSES = {
    State.PENDING: 24151,
    State.SUCCESS: 24150,
    State.AWAITING_REVIEW: 24157,
    State.AWAITING_CONSENSUS_REVIEW: 24159,
    State.REJECTED: 24158,
}


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a person said about an input. Times are microseconds since 1970, UTC.

    `task_id` is "" outside of tasks; `spec` holds what the person sent.
    """

    id: str
    input_id: str
    task_id: str
    worker: str
    status: int
    created_at: int
    modified_at: int
    spec: JsonObject


@dataclass(frozen=True, slots=True)
class Filters:
    """Which annotations are asked for; `None` and "" are any."""

    ids: Sequence[str] | None = None
    inputs: Sequence[str] | None = None
    workers: Sequence[str] | None = None
    statuses: Sequence[int] | None = None
    task_id: str = ""


def add(
    db: sqlite3.Connection,
    app: App,
    spec: JsonObject,
    *,
    input_id: str,
    task_id: str,
    worker: str,
    status: int,
) -> Annotation:
    """Store a new annotation."""
    moment = take_moment(db)
    made = Annotation(os.urandom(16).hex(), input_id, task_id, worker, status, moment, moment, spec)
    db.execute(
        "INSERT INTO annotations (id, user_id, app_id, input_id, task_id, worker, status,"
        " created_at, modified_at, spec) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(made.id, app.user_id, app.app_id, input_id, task_id, worker, status),
            *(moment, moment, json.dumps(spec)),
        ),
    )
    return made


def select(
    db: sqlite3.Connection, app: App, filters: Filters, page: Page = _ALL
) -> list[Annotation]:
    """Return the annotations that all *filters* let through, oldest first."""
    values = {
        "user_id": app.user_id,
        "app_id": app.app_id,
        "ids": print_values(filters.ids),
        "inputs": print_values(filters.inputs),
        "workers": print_values(filters.workers),
        "statuses": print_values(filters.statuses),
        "task_id": filters.task_id,
        "limit": page.limit,
        "offset": page.offset,
    }
    return [_as_annotation(row) for row in db.execute(_LIST, values)]


def change_status(db: sqlite3.Connection, ids: Iterable[str], status: int) -> None:
    """Give the annotations with these ids a status."""
    moment = take_moment(db)
    db.executemany(
        "UPDATE annotations SET status = ?, modified_at = ? WHERE id = ?",
        [(status, moment, annotation_id) for annotation_id in ids],
    )


def set_status(db: sqlite3.Connection, task_id: str, work: Work, moment: int) -> None:
    """Give the annotations that *work* consists of the status that follows from its state."""
    db.execute(
        "UPDATE annotations SET status = ?, modified_at = ?"
        " WHERE task_id = ? AND input_id = ? AND worker = ? AND status <> ?",
        (
            STATUSES[work.state],
            moment,
            task_id,
            work.input_id,
            work.worker,
            STATUSES[work.state],
        ),
    )


def _as_annotation(row: Sequence[Any]) -> Annotation:
    *members, spec = row
    return Annotation(*(*members, json.loads(spec)))
