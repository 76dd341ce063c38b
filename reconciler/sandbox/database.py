"""How a file becomes, and stays, a sandbox's database."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from .errors import SandboxError

# Written into the file's header, so that no other database is taken for a sandbox's.
_APPLICATION_ID = 0x7A5B0C01
_VERSION = 2
_PATIENCE_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    label_order_id TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    source_type INTEGER NOT NULL,
    source_id TEXT NOT NULL,
    spec TEXT NOT NULL,
    form TEXT NOT NULL,
    reply TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_of_app ON tasks (user_id, app_id, seq);
CREATE TABLE IF NOT EXISTS people (
    role TEXT NOT NULL,
    person TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (role, person, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS people_of_task ON people (seq);
CREATE TABLE IF NOT EXISTS things (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    spec TEXT NOT NULL,
    UNIQUE (user_id, app_id, kind, id)
);
CREATE TABLE IF NOT EXISTS dataset_inputs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset INTEGER NOT NULL,
    input INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (dataset, input)
);
CREATE TABLE IF NOT EXISTS annotations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    input_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    worker TEXT NOT NULL,
    status INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    spec TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS annotations_of_app ON annotations (user_id, app_id, seq);
CREATE INDEX IF NOT EXISTS annotations_of_task ON annotations (task_id, input_id, worker);
CREATE TABLE IF NOT EXISTS work (
    task_id TEXT NOT NULL,
    input_id TEXT NOT NULL,
    worker TEXT NOT NULL,
    state INTEGER NOT NULL,
    answer TEXT NOT NULL,
    reviewers TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (task_id, input_id, worker)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clock (at INTEGER NOT NULL);
INSERT INTO clock SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM clock);
"""
# What version 1 did not have; its new tables come with the schema.
_TO_VERSION_2 = "ALTER TABLE tasks ADD COLUMN label_order_id TEXT NOT NULL DEFAULT ''"
_EMPTIED = ("people", "things", "dataset_inputs", "annotations", "work")


def connect(path: Path) -> sqlite3.Connection:
    """Open the database at *path*: in autocommit mode, usable by one thread at a time."""
    db = sqlite3.connect(
        path, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        db.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        db.close()
        raise
    return db


def prepare(path: Path) -> None:
    """Make *path* a sandbox's database if it is empty or absent; check that it is one.

    New folders get the mode 0700, a new file 0600. Raises `SandboxError` if the file cannot be
    written or is something else.
    """
    try:
        _make_folders(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with closing(connect(path)) as db:
            _make_tables(db, path)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise SandboxError(_unwritable(path, reason)) from error
    except sqlite3.OperationalError as error:
        raise SandboxError(_unwritable(path, str(error))) from error
    except sqlite3.DatabaseError as error:
        raise SandboxError(_foreign(path)) from error


def reset(db: Path) -> int:
    """Delete everything of every app in the file *db* and return how many tasks there were.

    A file that does not exist has none. Raises `SandboxError` as `prepare` does.
    """
    if not db.exists():
        return 0
    prepare(db)
    try:
        with closing(connect(db)) as open_db:
            open_db.execute("BEGIN IMMEDIATE")
            count = empty(open_db)
            open_db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise SandboxError(_unwritable(db, str(error))) from error
    return count


def empty(db: sqlite3.Connection) -> int:
    """Delete everything of every app, and return how many tasks there were."""
    count = db.execute("DELETE FROM tasks").rowcount
    for table in _EMPTIED:
        db.execute(f"DELETE FROM {table}")  # noqa: S608 the names are our own
    return count


def _make_folders(folder: Path) -> None:
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)


def _make_tables(db: sqlite3.Connection, path: Path) -> None:
    db.execute("BEGIN IMMEDIATE")
    [application_id] = db.execute("PRAGMA application_id").fetchone()
    [version] = db.execute("PRAGMA user_version").fetchone()
    [tables] = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id == _APPLICATION_ID and version > _VERSION:
        raise SandboxError(f"{path} was made by a newer version; upgrade, or choose another file.")
    if application_id != _APPLICATION_ID and (application_id or version or tables):
        raise SandboxError(_foreign(path))
    if version < _VERSION:
        if version:
            db.execute(_TO_VERSION_2)
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")
    _use_wal(db)


def _use_wal(db: sqlite3.Connection) -> None:
    # Changing the mode fails at once, without patience, while another process holds the file.
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _unwritable(path: Path, reason: str) -> str:
    return f"The sandbox cannot write {path} ({reason}); make it writable or choose another file."


def _foreign(path: Path) -> str:
    return f"{path} is not a sandbox database; choose another file, or delete this one."
