"""Where do records of runs lie, which are there, and which go when there are too many?"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.errors import NotFoundError, RecordError
from reconciler.history import PastRun, read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_RUNS: Final = 50
MOST_BYTES: Final = 100_000_000
"""How many records are kept, and how much of them: the newest."""

SUFFIX: Final = ".jsonl"
LATEST: Final = "latest"
_NAME: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}" + re.escape(SUFFIX))
_STATE_DIR: Final = "RECONCILER_STATE_DIR"


def runs_folder() -> Path:
    """Return the folder of the records, whether or not it exists."""
    return Path(os.environ.get(_STATE_DIR) or ".reconciler", "runs")


def list_records(folder: Path) -> list[Path]:
    """Return the files that are named like a record, newest first."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordError(f"{folder} can't be read: {_reason(error)}; check its access") from None
    return [folder / name for name in sorted(names, reverse=True) if _NAME.fullmatch(name)]


def find_record(folder: Path, name: str) -> Path:
    """Return the record of the run with an id, or with the only id that begins so."""
    records = list_records(folder)
    found = records[:1] if name == LATEST else [r for r in records if r.name.startswith(name)]
    if not found:
        sentence = f"there is no run `{name}` in {folder}; `reconciler history` lists them"
        raise NotFoundError(sentence)
    if len(found) > 1:
        first, second = found[1].stem, found[0].stem
        sentence = f"`{name}` may be {first} or {second}; write more of the id"
        raise NotFoundError(sentence)
    return found[0]


def read_record(path: Path) -> PastRun:
    """Return the run of a record; raise `RecordError` if it can't be read."""
    try:
        # Asked before it is read: a run that ends between the two has its last line.
        running = is_locked(path)
        return read_run(path.read_bytes(), running=running)
    except OSError as error:
        raise RecordError(f"{path} can't be read: {_reason(error)}; check its access") from None
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from None


def read_records(paths: Sequence[Path]) -> Iterator[PastRun | RecordError]:
    """Yield the run of each record, or why it can't be read."""
    for path in paths:
        try:
            yield read_record(path)
        except RecordError as error:
            yield error


def lock(descriptor: int) -> None:
    """Mark an open record as being written, as long as it is open."""
    # Windows keeps an open file from being removed by itself.
    if sys.platform != "win32":
        import fcntl

        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(path: Path) -> bool:
    """Tell whether a process is still writing a record."""
    if sys.platform != "win32":
        import fcntl

        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:
                return False
    return False


def remove_old(folder: Path, *, current: Path) -> None:
    """Remove the oldest records that are too many or too much; what isn't a record stays.

    Never *current*, nor one that is being written. Several processes may do this at once.
    """
    total = 0
    for count, path in enumerate(list_records(folder), start=1):
        with suppress(OSError, RecordError):
            total += path.stat().st_size
            if path == current or (count <= MOST_RUNS and total <= MOST_BYTES):
                continue
            if not read_record(path).running:
                path.unlink(missing_ok=True)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
