"""Which files make up a folder of tasks, and what are their texts?"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from reconciler.errors import ProblemsFoundError
from reconciler.model import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG_NAME: Final = "reconciler.yaml"
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})


def find_files(directory: Path) -> tuple[Path, ...]:
    """Return the task files below *directory*, sorted by path.

    Hidden files and folders are skipped, links to folders are not followed. Raise
    `ProblemsFoundError` if *directory* can't be the whole set of an owner.
    """
    check_directory(directory)
    found: list[Path] = []
    for folder, subfolders, names in os.walk(directory):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        found.extend(
            Path(folder, name)
            for name in sorted(names)
            if not name.startswith(".") and PurePath(name).suffix in _SUFFIXES
        )
    config = directory / CONFIG_NAME
    return tuple(path for path in found if path != config)


def read_file(path: Path) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of a file, and what is wrong with it as a text."""
    place = Place(name_file(path))
    try:
        # Opening a pipe would wait for somebody to write.
        if not stat.S_ISREG(path.stat().st_mode):
            problem = Problem(place, "file-kind", "this is not a file", "remove it or rename it")
            return "", (problem,)
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return "", (Problem(place, "file-unreadable", f"the file can't be read: {reason}"),)
    return _decode(data, place)


def name_file(path: Path) -> str:
    """Return *path* relative to the current directory, or as it is where it lies elsewhere."""
    try:
        return path.resolve().parent.relative_to(Path.cwd()).joinpath(path.name).as_posix()
    except ValueError:
        return path.as_posix()


def _decode(data: bytes, place: Place) -> tuple[str, tuple[Problem, ...]]:
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        where = Place(place.file, line, column)
        problem = Problem(where, "file-encoding", "the file is not UTF-8", "save it as UTF-8")
        return "", (problem,)


def check_directory(directory: Path) -> None:
    """Raise `ProblemsFoundError` if *directory* can't be the whole set of an owner."""
    place = Place(name_file(directory))
    if not directory.is_dir():
        sentence = "there is no such folder" if not directory.exists() else "this is not a folder"
        hint = "name the folder with the task files, or run this where `tasks/` is"
        raise ProblemsFoundError((Problem(place, "no-directory", sentence, hint),))
    outer = next(_configs_above(directory), None)
    if outer is not None:
        sentence = f"this folder is a part of the tasks of {name_file(outer)}"
        hint = f"use {name_file(outer.parent)} with --only to narrow a run"
        raise ProblemsFoundError((Problem(place, "part-of-owner", sentence, hint),))


def _configs_above(directory: Path) -> Iterator[Path]:
    for parent in directory.resolve().parents:
        config = parent / CONFIG_NAME
        if config.is_file():
            yield config
