"""What does a file hold? Its defaults and its tasks, each where it is written; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.fields import TASK
from reconciler.manifest.yamltext import Document, Path, find_spot, json_type
from reconciler.model import Json, Place, Spec, mapping_of
from reconciler.problem import Problem
from reconciler.suggest import suggest

_MEMBERS: Final = ("defaults", "tasks", "action")
_TEXT_LINES: Final = 100
"""How far a text is searched that goes over several lines."""

_NO_TASKS: Final = "write `tasks: {}` if there shall be none"
_ELSEWHERE: Final = {
    "ids": "a file says which tasks there are: to delete one, remove it from the file",
    "user_app_id": "the target in reconciler.yaml says which app it is",
    **dict.fromkeys(
        ("owner", "targets", "default_target", "ownership", "guards"),
        "this belongs into the reconciler.yaml of the whole folder",
    ),
}
"""What people paste into a file of tasks, and where it goes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A task as it is written: where, under which key, and its body, before any expansion."""

    document: Document
    path: Path
    key: str
    body: Spec


def read_frame(document: Document) -> Iterator[Entry | Problem]:
    """Yield the tasks of a file in its order, and what is wrong with its frame."""
    data = document.data
    if not isinstance(data, Mapping):
        what = "is empty" if data is None else f"holds {json_type(data)}"
        yield Problem(document.place(), "file-shape", f"the file {what}", "start it with `tasks:`")
        return
    fields = [name for name in data if name in TASK.tree]
    if "tasks" not in data and len(fields) > 1:
        hint = "write it below `tasks:` and its key"
        yield Problem(document.place(), "file-shape", "this is a task without a key", hint)
        return
    outside = [name for name in data if name not in _MEMBERS]
    for name in outside:
        hint = _ELSEWHERE.get(name) or suggest(name, _MEMBERS)
        hint = hint or "a file holds `defaults` and `tasks`"
        if data.get("tasks", ()) is None and isinstance(data[name], Mapping):
            hint = "indent it, so that it stands below `tasks:`"
        yield _problem(document, (name,), "unknown-field", f"unknown field `{name}`", hint)
    if data.get("action", "overwrite") != "overwrite":
        sentence = "`action` can only be `overwrite`: a file says how a task is as a whole"
        place = find_place(document, ("action",))
        yield Problem(place, "wrong-value", sentence, "remove it")
    defaults = data.get("defaults")
    if defaults is not None and not isinstance(defaults, Mapping):
        sentence = f"`defaults` must be a mapping, not {json_type(defaults)}"
        yield _problem(document, ("defaults",), "file-shape", sentence)
        return
    explained = any(name in _ELSEWHERE or suggest(name, ("tasks",)) for name in data)
    if "tasks" not in data and not explained:
        yield Problem(document.place(), "file-shape", "the file has no `tasks`", _NO_TASKS)
    if not (outside and data.get("tasks", ()) is None):
        yield from _read_entries(document, data.get("tasks", {}))


def find_token(document: Document, token: str, place: Place) -> Place:
    """Return where *token* stands in the text that begins at *place*, else *place* itself."""
    lines = document.text.splitlines()[place.line - 1 : place.line - 1 + _TEXT_LINES]
    for offset, line in enumerate(lines if token else ()):
        column = line.find(token, 0 if offset else place.column - 1)
        if column >= 0:
            return Place(place.file, place.line + offset, column + 1)
    return place


def defaults_of(document: Document) -> Spec:
    """Return the defaults of a file, as they are written."""
    return mapping_of(mapping_of(document.data).get("defaults"))


def find_place(document: Document, path: Path) -> Place:
    """Return where the value at *path* of a document stands."""
    spot = find_spot(document, path)
    return spot.value if spot else document.place(path)


def _read_entries(document: Document, tasks: Json) -> Iterator[Entry | Problem]:
    """Yield each task, in either form of `tasks`."""
    entries: list[tuple[Path, Json, Json]]
    if isinstance(tasks, Mapping):
        entries = [(("tasks", key), key, body) for key, body in tasks.items()]
    elif isinstance(tasks, Sequence) and not isinstance(tasks, str):
        entries = [
            (("tasks", i), mapping_of(body).get("name"), body) for i, body in enumerate(tasks)
        ]
    else:
        sentence = f"`tasks` must be a mapping or a list, not {json_type(tasks)}"
        hint = _NO_TASKS if tasks is None else ""
        yield _problem(document, ("tasks",), "file-shape", sentence, hint)
        return
    flat = any(body is None for _, _, body in entries)
    for path, key, body in entries:
        if flat and key in TASK.tree:
            # The fields of a task that are not indented look like tasks beside it.
            continue
        if not isinstance(body, Mapping):
            sentence = f"a task must be a mapping, not {json_type(body)}"
            hint = "indent its fields, so that they stand below it" if body is None else ""
            yield _problem(document, path, "file-shape", sentence, hint)
        elif not isinstance(key, str):
            yield _without_key(document, path, key, named="name" in body)
        else:
            yield Entry(document, path, key, body)


def _without_key(document: Document, path: Path, name: Json, *, named: bool) -> Problem:
    """Return the problem of a task in a list whose name can't be its key."""
    sentence = f"the name of a task must be text, not {json_type(name)}"
    place = find_place(document, (*path, "name")) if named else document.place(path)
    if not named:
        sentence = "`name` is missing"
    return Problem(place, "key", sentence, "in a list the name of a task is its key")


def _problem(document: Document, path: Path, code: str, sentence: str, hint: str = "") -> Problem:
    return Problem(document.place(path), code, sentence, hint)
