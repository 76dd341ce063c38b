"""How does a record of a run come into a file, so that it is there before the request is sent?"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.runs import SUFFIX, lock, remove_old, runs_folder
from reconciler.errors import RecordError
from reconciler.journal import (
    Closed,
    Ended,
    Started,
    ended_of,
    entries_of,
    name_run,
    next_tick,
    write_time,
)
from reconciler.journaltext import encode
from reconciler.model import ABSENT, Absent, mapping_of
from reconciler.render.document import plan_summary
from reconciler.render.parts import target_part
from reconciler.report import Sending, summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from reconciler.actions import Plan
    from reconciler.cli.connection import Setup
    from reconciler.journal import Entry
    from reconciler.report import Event, Report

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
_OWN_FILE: Final = 0o600
_OWN_FOLDER: Final = 0o700


class Journal:
    """The record of one run, while it goes on."""

    def __init__(self, path: Path, descriptor: int, plan: Plan) -> None:
        self._path = path
        self._descriptor = descriptor
        self._numbers = {id(action): number for number, action in enumerate(plan.actions)}
        self._ended: dict[int, str] = {}
        self._torn = False

    def follow(self, events: Iterable[Event], *, stop: Callable[[], None]) -> Iterator[Event]:
        """Yield *events*, each kept: what is about to be sent before it is passed on.

        If that can't be kept it isn't passed on, and *stop* is called, so that it isn't sent; what
        is under way comes to its end, and then `RecordError` is raised. An outcome that can't be
        kept is passed on nevertheless.
        """
        broken: RecordError | Absent = ABSENT
        for event in events:
            entries = tuple(entries_of(event, self._numbers))
            if isinstance(event, Sending):
                try:
                    self.write(*entries, sync=True)
                except RecordError as error:
                    broken = error
                    stop()
                else:
                    yield event
            else:
                yield event
                with suppress(RecordError):
                    self.write(*entries)
        if broken is not ABSENT:
            raise broken

    def write(self, *entries: Entry, sync: bool = False) -> None:
        """Write entries, with *sync* down to the disk; raise `RecordError` if that fails."""
        data = b"".join(map(encode, entries))
        # What was cut short, by an error or an interrupt, must not spoil what comes after it.
        data, self._torn = b"\n" + data if self._torn else data, True
        try:
            _write_all(self._descriptor, data)
            if sync:
                os.fsync(self._descriptor)
        except OSError as error:
            raise _cannot_write(self._path, error) from None
        self._torn = False
        self._ended |= {e.number: e.outcome for e in entries if isinstance(e, Ended)}

    def close(self, report: Report, *, exit_code: int) -> None:
        """Keep what the report says beyond that, and how the run ended; remove old records."""
        ends = [ended_of(end, self._numbers[id(end.action)]) for end in report.results]
        missing = [end for end in ends if self._ended.get(end.number) != end.outcome]
        finished = write_time(time.time_ns())
        end = Closed(finished, str(report.outcome), exit_code, asdict(summarize(report)))
        try:
            self.write(*missing, end)
        except RecordError:
            click.echo(f"warning: {self._path} lacks how this run ended", err=True)
        else:
            with suppress(OSError, RecordError):
                remove_old(self._path.parent, current=self._path)
        finally:
            os.close(self._descriptor)


def open_journal(plan: Plan, setup: Setup, *, command: str) -> Journal:
    """Begin the record of a run; raise `RecordError` if it can't be written."""
    folder = runs_folder()
    try:
        _make_folders(folder)
        path, descriptor, when = _open_new(folder)
        _sync_folder(folder)
    except OSError as error:
        raise _cannot_write(folder, error) from None
    lock(descriptor)
    target = mapping_of(target_part(setup.target))
    start = Started(path.stem, when, command, setup.owner, target, plan_summary(plan))
    journal = Journal(path, descriptor, plan)
    try:
        # The first intent takes it down to the disk.
        journal.write(start)
    except RecordError:
        os.close(descriptor)
        path.unlink(missing_ok=True)
        raise
    return journal


def _make_folders(folder: Path) -> None:
    """Make the folder of the records, closed to others and to version control."""
    for each in (folder.parent, folder):
        each.mkdir(_OWN_FOLDER, parents=True, exist_ok=True)
    with suppress(PermissionError):
        folder.chmod(_OWN_FOLDER)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def _open_new(folder: Path) -> tuple[Path, int, str]:
    """Create a file of the next free id; return it, open, and the time."""
    instant = time.time_ns()
    while True:
        path = folder / f"{name_run(instant)}{SUFFIX}"
        try:
            return path, os.open(path, _NEW, _OWN_FILE), write_time(instant)
        except FileExistsError:
            instant = next_tick(instant)


def _sync_folder(folder: Path) -> None:
    """Let the name of a new file outlast a crash of the computer, where a folder can be synced."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _cannot_write(path: Path, error: OSError) -> RecordError:
    reason = (error.strerror or str(error)).lower()
    return RecordError(
        f"the run record {path} can't be written: {reason}; nothing is sent without one: mend that,"
        " or let RECONCILER_STATE_DIR name another folder, and run again"
    )
