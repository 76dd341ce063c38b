"""How tasks are kept, each with its text in a form."""

import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .connections import print_values, take_moment
from .errors import MissingTaskError
from .normalise import member
from .options import Writes
from .record import App, Page, Record
from .rules import reviewers, user_workers
from .values import JsonObject
from .write_back import print_task

_LIST = """
SELECT id, user_id, app_id, created_at, modified_at,
    CASE WHEN form = :form THEN NULL ELSE spec END, label_order_id,
    CASE WHEN form = :form THEN reply END
FROM tasks
WHERE user_id = :user_id AND app_id = :app_id
  AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
  AND (:workers IS NULL OR seq IN (SELECT seq FROM people
       WHERE role = 'worker' AND person IN (SELECT value FROM json_each(:workers))))
  AND (:reviewers IS NULL OR seq IN (SELECT seq FROM people
       WHERE role = 'reviewer' AND person IN (SELECT value FROM json_each(:reviewers))))
  AND (:source_type IS NULL OR source_type = :source_type)
  AND (:source_ids IS NULL OR source_id IN (SELECT value FROM json_each(:source_ids)))
  AND (:label_orders IS NULL OR label_order_id IN (SELECT value FROM json_each(:label_orders)))
  AND (:created_by IS NULL OR created_at <= :created_by)
  AND (:of_label_orders OR label_order_id = '')
ORDER BY seq LIMIT :limit OFFSET :offset
"""
_INSERT = """
INSERT INTO tasks (id, user_id, app_id, label_order_id, created_at, modified_at, source_type,
    source_id, spec, form, reply)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
UPDATE tasks SET modified_at = ?, source_type = ?, source_id = ?, spec = ?, form = ?, reply = ?
WHERE id = ?
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tasks a list asks for; `None` is any. Members of one filter are alternatives.

    Without `of_label_orders` the tasks that a label order owns are left out. `created_by` is the
    last moment, in microseconds since 1970, at which they were created.
    """

    ids: Sequence[str] | None = None
    workers: Sequence[str] | None = None
    reviewers: Sequence[str] | None = None
    source_type: int | None = None
    source_ids: Sequence[str] | None = None
    label_orders: Sequence[str] | None = None
    of_label_orders: bool = True
    created_by: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRows:
    """The tasks of all apps, written back in the form `writes`.

    A task's text is made when it is written; one that was written in another form is printed
    when it is read. The functions run in the transaction of the connection that they are given.
    """

    writes: Writes

    def create(
        self, db: sqlite3.Connection, app: App, spec: JsonObject, *, label_order_id: str
    ) -> str:
        """Store a new task; return its text."""
        moment = take_moment(db)
        record = Record(os.urandom(16).hex(), app, moment, moment, spec, label_order_id)
        text = self._print(record)
        head = (record.id, app.user_id, app.app_id, label_order_id, moment, moment)
        db.execute(_INSERT, (*head, *_source(spec), json.dumps(spec), self.writes, text))
        _add_people(db, record)
        return text

    def get(self, db: sqlite3.Connection, app: App, task_id: str) -> str:
        """Return the text of a task; `ApiError` if the app has none with that id."""
        texts = self.select(db, app, Filters(ids=[task_id]), Page(limit=1, offset=0))
        if not texts:
            raise MissingTaskError(task_id)
        return texts[0]

    def select(self, db: sqlite3.Connection, app: App, filters: Filters, page: Page) -> list[str]:
        """Return the texts of the tasks that all *filters* let through, oldest first."""
        values = {
            "form": self.writes,
            "user_id": app.user_id,
            "app_id": app.app_id,
            "ids": print_values(filters.ids),
            "workers": print_values(filters.workers),
            "reviewers": print_values(filters.reviewers),
            "source_type": filters.source_type,
            "source_ids": print_values(filters.source_ids),
            "label_orders": print_values(filters.label_orders),
            "of_label_orders": filters.of_label_orders,
            "created_by": filters.created_by,
            "limit": page.limit,
            "offset": page.offset,
        }
        rows = db.execute(_LIST, values).fetchall()
        return [row[7] if row[5] is None else self._print(_as_record(row)) for row in rows]

    def change(
        self, db: sqlite3.Connection, app: App, task_id: str, new: JsonObject, *, keep: bool
    ) -> str:
        """Give a task a new spec; return its text.

        With *keep* the members that the new spec lacks stay as they were. `ApiError` if
        the app has no such task.
        """
        old = find(db, app, task_id)
        spec = old.spec | new if keep else new
        return self._update(db, replace(old, modified_at=take_moment(db), spec=spec))

    def _update(self, db: sqlite3.Connection, record: Record) -> str:
        text = self._print(record)
        spec = record.spec
        texts = (json.dumps(spec), self.writes, text)
        db.execute(_UPDATE, (record.modified_at, *_source(spec), *texts, record.id))
        _drop_people(db, record.id)
        _add_people(db, record)
        return text

    def _print(self, record: Record) -> str:
        return print_task(record, self.writes)


def find(db: sqlite3.Connection, app: App, task_id: str) -> Record:
    """Return a task; `ApiError` if the app has none with that id."""
    row = db.execute(
        "SELECT id, user_id, app_id, created_at, modified_at, spec, label_order_id FROM tasks"
        " WHERE id = ? AND user_id = ? AND app_id = ?",
        (task_id, app.user_id, app.app_id),
    ).fetchone()
    if row is None:
        raise MissingTaskError(task_id)
    return _as_record(row)


def delete(db: sqlite3.Connection, app: App, task_id: str) -> None:
    """Delete a task; `ApiError` if the app has none with that id."""
    find(db, app, task_id)
    _drop_people(db, task_id)
    db.execute("DELETE FROM tasks WHERE id = ?", (task_id,))


def _as_record(row: Sequence[str | int]) -> Record:
    task_id, user_id, app_id, created_at, modified_at, spec, label_order_id = row[:7]
    return Record(
        str(task_id),
        App(str(user_id), str(app_id)),
        int(created_at),
        int(modified_at),
        json.loads(str(spec)),
        str(label_order_id),
    )


def _source(spec: JsonObject) -> tuple[int, str]:
    source = member(spec, "input_source")
    kind, source_id = source.get("type"), source.get("id")
    return (
        kind if isinstance(kind, int) else 0,
        source_id if isinstance(source_id, str) else "",
    )


def _add_people(db: sqlite3.Connection, record: Record) -> None:
    people = {("worker", user) for user in user_workers(member(record.spec, "worker"))}
    people |= {("reviewer", user) for user in reviewers(member(record.spec, "review"))}
    db.executemany(
        "INSERT INTO people (seq, role, person) SELECT seq, ?, ? FROM tasks WHERE id = ?",
        [(role, user, record.id) for role, user in people],
    )


def _drop_people(db: sqlite3.Connection, task_id: str) -> None:
    db.execute("DELETE FROM people WHERE seq = (SELECT seq FROM tasks WHERE id = ?)", (task_id,))
