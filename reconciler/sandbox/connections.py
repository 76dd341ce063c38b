"""How requests of many threads share the file.

SQLite in WAL mode with synchronous=NORMAL: a commit survives the end of the process, however it
ends, but perhaps not the loss of power. Each request is one transaction.
"""

import json
import sqlite3
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from weakref import finalize

from .database import connect, prepare


class Database:
    """The file at *path*, which is made if it does not exist. Safe to use from many threads.

    Raises `SandboxError` if *path* is something else or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        prepare(path)
        self._path = path
        # Threads queue here: SQLite would let them poll.
        self._one_writer = Lock()
        self._idle: deque[sqlite3.Connection] = deque()
        finalize(self, _close_all, self._idle)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection on which every statement reads what was committed before the first."""
        with self._connection() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection in a transaction, which is undone if the block raises."""
        with self._one_writer, self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise

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


def take_moment(db: sqlite3.Connection) -> int:
    """Return a moment that is after all those taken before, in microseconds since 1970, UTC."""
    [last] = db.execute("SELECT at FROM clock").fetchone()
    moment = max(time.time_ns() // 1000, int(last) + 1)
    db.execute("UPDATE clock SET at = ?", (moment,))
    return moment


def print_values(values: Iterable[str | int] | None) -> str | None:
    """Return the text that SQL takes *values* from with json_each, `None` if they are any."""
    if values is None:
        return None
    # json_each ends a text at its first NUL: "a\0b" would name what "a" is the name of.
    return json.dumps([each for each in values if "\0" not in str(each)])


def _close_all(idle: deque[sqlite3.Connection]) -> None:
    while idle:
        idle.pop().close()
