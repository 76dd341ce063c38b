"""Which files make up a folder of tasks, and what are their texts?"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from reconciler.errors import ProblemsFoundError
from reconciler.model import Place
from reconciler.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG_NAME: Final = "reconciler.yaml"
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_LARGEST: Final = 32 * 2**20
_ESCAPE: Final = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def find_files(directory: Path) -> tuple[Path, ...]:
    """Return the task files below *directory*, sorted by path.

    Hidden files and folders are skipped, links to folders are not followed. Raise
    `ProblemsFoundError` if *directory* can't be the whole set of an owner, or not be read whole.
    """
    check_directory(directory)
    found: list[Path] = []
    for folder, subfolders, names in os.walk(directory, onerror=_refuse_folder):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        found.extend(
            Path(folder, name)
            for name in sorted(names)
            if not name.startswith(".") and PurePath(name).suffix.lower() in _SUFFIXES
        )
    config = directory / CONFIG_NAME
    return tuple(path for path in found if path != config)


def _refuse_folder(error: OSError) -> None:
    # A folder that is passed over would mean that its tasks are to be deleted.
    place = Place(name_file(Path(error.filename)))
    sentence = f"the folder can't be read: {_reason(error)}"
    raise ProblemsFoundError((Problem(place, "file-unreadable", sentence),)) from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def read_file(path: Path) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of a file, and what is wrong with it as a text."""
    place = Place(name_file(path))
    try:
        # Opening a pipe would wait for somebody to write.
        if not stat.S_ISREG(path.stat().st_mode):
            problem = Problem(place, "file-kind", "this is not a file", "remove it or rename it")
            return "", (problem,)
        if path.stat().st_size > _LARGEST:
            hint = "split it into several files"
            problem = Problem(place, "yaml-size", "the file is larger than 32 MiB", hint)
            return "", (problem,)
        data = path.read_bytes()
    except OSError as error:
        sentence = f"the file can't be read: {_reason(error)}"
        return "", (Problem(place, "file-unreadable", sentence),)
    text, problems = _decode(data, place)
    return (_join_surrogates(text) if path.suffix == ".json" else text), problems


def name_file(path: Path) -> str:
    """Return *path* relative to the current directory, or as it is where it lies elsewhere."""
    if path.is_absolute():
        with suppress(OSError, ValueError, RuntimeError):
            path = path.parent.resolve().relative_to(Path.cwd()) / path.name
    # A name on disk may be no text.
    return os.fsencode(path.as_posix()).decode(errors="backslashreplace")


def _decode(data: bytes, place: Place) -> tuple[str, tuple[Problem, ...]]:
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        # The error counts without the byte order mark.
        before = error.object[: error.start].decode(errors="replace")
        column = len(before) - before.rfind("\n")
        where = Place(place.file, before.count("\n") + 1, column)
        problem = Problem(where, "file-encoding", "the file is not UTF-8", "save it as UTF-8")
        return "", (problem,)


def _join_surrogates(text: str) -> str:
    """Return JSON with each character that it writes as two escapes, which YAML can't read."""

    def join(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0]
        return bytes.fromhex(match[1] + match[2]).decode("utf-16-be")

    return _ESCAPE.sub(join, text)


def check_directory(directory: Path) -> None:
    """Raise `ProblemsFoundError` if *directory* can't be the whole set of an owner."""
    place = Place(name_file(directory))
    kind = _kind_of(directory)
    if not stat.S_ISDIR(kind):
        sentence = "this is not a folder" if kind else "there is no such folder"
        hint = "name the folder with the task files, or run this where `tasks/` is"
        raise ProblemsFoundError((Problem(place, "no-directory", sentence, hint),))
    outer = next(_configs_above(directory), None)
    if outer is not None:
        sentence = f"this folder is a part of the tasks of {name_file(outer)}"
        hint = f"use {name_file(outer.parent)} with --only to narrow a run"
        raise ProblemsFoundError((Problem(place, "part-of-owner", sentence, hint),))


def _kind_of(path: Path) -> int:
    """Return the mode of a file or folder, 0 if there is none."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _configs_above(directory: Path) -> Iterator[Path]:
    for parent in directory.resolve().parents:
        config = parent / CONFIG_NAME
        if config.is_file():
            yield config
