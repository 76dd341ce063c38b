"""How tasks are kept, so that what was answered survives a kill.

SQLite in WAL mode with synchronous=NORMAL: a commit survives the end of the process, however it
ends, but perhaps not the loss of power. Each request is one transaction.
"""

import json
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from weakref import finalize

from .database import connect, prepare
from .normalise import member
from .record import App, Record
from .rules import reviewers, user_workers
from .values import Json, JsonObject

_LIST = """
SELECT id, user_id, app_id, created_at, modified_at,
    CASE WHEN form = :form THEN NULL ELSE spec END, CASE WHEN form = :form THEN reply END
FROM tasks
WHERE user_id = :user_id AND app_id = :app_id
  AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
  AND (:workers IS NULL OR seq IN (SELECT seq FROM people
       WHERE role = 'worker' AND person IN (SELECT value FROM json_each(:workers))))
  AND (:reviewers IS NULL OR seq IN (SELECT seq FROM people
       WHERE role = 'reviewer' AND person IN (SELECT value FROM json_each(:reviewers))))
  AND (:source_type IS NULL OR source_type = :source_type)
  AND (:source_ids IS NULL OR source_id IN (SELECT value FROM json_each(:source_ids)))
  AND (:label_orders IS NULL)
  AND (:created_by IS NULL OR created_at <= :created_by)
ORDER BY seq LIMIT :limit OFFSET :offset
"""
_INSERT = """
INSERT INTO tasks (id, user_id, app_id, created_at, modified_at, source_type, source_id,
    spec, form, reply)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
UPDATE tasks SET modified_at = ?, source_type = ?, source_id = ?, spec = ?, form = ?, reply = ?
WHERE id = ?
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tasks a list asks for; `None` is any. Members of one filter are alternatives."""

    ids: Sequence[str] | None = None
    workers: Sequence[str] | None = None
    reviewers: Sequence[str] | None = None
    source_type: int | None = None
    source_ids: Sequence[str] | None = None
    label_orders: Sequence[str] | None = None
    created_by: int | None = None


class MissingError(LookupError):
    """A task does not exist in the app; the text is its id."""


class Store:
    """The tasks in a file, each with its text in a form.

    `form` names the form and `print_record` makes the text. It is made when a task is written;
    tasks that were written in another form are printed when they are read.
    Safe to use from many threads.
    """

    def __init__(self, path: Path, *, form: str, print_record: Callable[[Record], str]) -> None:
        prepare(path)
        self._path = path
        self._form = form
        self._print = print_record
        # Threads queue here: SQLite would let them poll.
        self._one_writer = Lock()
        self._idle: deque[sqlite3.Connection] = deque()
        finalize(self, _close_all, self._idle)

    def create(self, app: App, specs: Iterable[JsonObject]) -> list[str]:
        """Store a task for each of *specs*; return their texts, in order."""
        with self._writing() as db:
            moment = _read_clock(db)
            texts = []
            for spec in specs:
                moment += 1
                record = Record(os.urandom(16).hex(), app, moment, moment, spec)
                texts.append(self._insert(db, record))
            db.execute("UPDATE clock SET at = ?", (moment,))
        return texts

    def get(self, app: App, task_id: str) -> str:
        """Return the text of a task; `MissingError` if the app has none with that id."""
        texts = self.select(app, Filters(ids=[task_id]), limit=1, offset=0)
        if not texts:
            raise MissingError(task_id)
        return texts[0]

    def select(self, app: App, filters: Filters, *, limit: int, offset: int) -> list[str]:
        """Return the texts of the tasks that all *filters* let through, oldest first."""
        values = {
            "form": self._form,
            "user_id": app.user_id,
            "app_id": app.app_id,
            "ids": _as_json(filters.ids),
            "workers": _as_json(filters.workers),
            "reviewers": _as_json(filters.reviewers),
            "source_type": filters.source_type,
            "source_ids": _as_json(filters.source_ids),
            "label_orders": _as_json(filters.label_orders),
            "created_by": filters.created_by,
            "limit": limit,
            "offset": offset,
        }
        with self._connection() as db:
            rows = db.execute(_LIST, values).fetchall()
        return [row[6] if row[5] is None else self._print(_as_record(row)) for row in rows]

    def change(self, app: App, specs: Mapping[str, JsonObject], *, keep: bool) -> list[str]:
        """Give the tasks with these ids new specs; return their texts, in order.

        With *keep* the members that a new spec lacks stay as they were. All or none:
        `MissingError` if the app lacks one of the ids.
        """
        with self._writing() as db:
            moment = _read_clock(db)
            texts = []
            for task_id, new in specs.items():
                moment += 1
                old = _find(db, app, task_id)
                spec = old.spec | new if keep else new
                texts.append(self._update(db, replace(old, modified_at=moment, spec=spec)))
            db.execute("UPDATE clock SET at = ?", (moment,))
        return texts

    def delete(self, app: App, ids: Iterable[str]) -> None:
        """Delete the tasks, all or none: `MissingError` if the app lacks one of *ids*."""
        with self._writing() as db:
            for task_id in dict.fromkeys(ids):
                _find(db, app, task_id)
                _drop_people(db, task_id)
                db.execute("DELETE FROM tasks WHERE id = ?", (task_id,))

    def _insert(self, db: sqlite3.Connection, record: Record) -> str:
        text = self._print(record)
        app = record.app
        head = (record.id, app.user_id, app.app_id, record.created_at, record.modified_at)
        db.execute(_INSERT, (*head, *_source(record.spec), *self._texts(record.spec, text)))
        _add_people(db, record)
        return text

    def _update(self, db: sqlite3.Connection, record: Record) -> str:
        text = self._print(record)
        spec = record.spec
        values = (record.modified_at, *_source(spec), *self._texts(spec, text), record.id)
        db.execute(_UPDATE, values)
        _drop_people(db, record.id)
        _add_people(db, record)
        return text

    def _texts(self, spec: JsonObject, reply: str) -> tuple[str, str, str]:
        return json.dumps(spec), self._form, reply

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.pop()
        except IndexError:
            db = connect(self._path)
        try:
            yield db
        finally:
            self._idle.append(db)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._one_writer, self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise


def _close_all(idle: deque[sqlite3.Connection]) -> None:
    while idle:
        idle.pop().close()


def _read_clock(db: sqlite3.Connection) -> int:
    """Return a moment that is after all those stored."""
    [last] = db.execute("SELECT at FROM clock").fetchone()
    return max(time.time_ns() // 1000, int(last))


def _find(db: sqlite3.Connection, app: App, task_id: str) -> Record:
    row = db.execute(
        "SELECT id, user_id, app_id, created_at, modified_at, spec FROM tasks"
        " WHERE id = ? AND user_id = ? AND app_id = ?",
        (task_id, app.user_id, app.app_id),
    ).fetchone()
    if row is None:
        raise MissingError(task_id)
    return _as_record(row)


def _as_record(row: Sequence[str | int]) -> Record:
    task_id, user_id, app_id, created_at, modified_at, spec = row[:6]
    app = App(str(user_id), str(app_id))
    return Record(str(task_id), app, int(created_at), int(modified_at), json.loads(str(spec)))


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


def _as_json(values: Sequence[Json] | None) -> str | None:
    return None if values is None else json.dumps(values)
