"""Which tasks does a file stand for? Defaults, `for_each` and variables; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from reconciler.fields import TASK
from reconciler.manifest.defaults import merge_defaults, without_nulls
from reconciler.manifest.variables import SubstitutionError, substitute, substitute_key, suggest
from reconciler.manifest.yamltext import Document, Path, Spot, find_spot, json_type
from reconciler.model import Desired, Json, Problem, Spec, list_of, mapping_of, text_of

if TYPE_CHECKING:
    from reconciler.model import Place

_FILE_MEMBERS = ("defaults", "tasks")


@dataclass(frozen=True, slots=True)
class Expanded:
    """A desired task and where it was written; *for_each* names the values that made it."""

    desired: Desired
    document: Document
    path: Path
    for_each: str = ""


Result: TypeAlias = Expanded | Problem


def expand_document(document: Document, variables: Mapping[str, Json]) -> Iterator[Result]:
    """Yield the tasks of a file in its order, and what is wrong with its frame."""
    data = document.data
    if not isinstance(data, Mapping):
        what = "is empty" if data is None else f"holds {json_type(data)}"
        yield Problem(document.place(), "file-shape", f"the file {what}", "start it with `tasks:`")
        return
    for name in data:
        if name not in _FILE_MEMBERS:
            hint = suggest(name, _FILE_MEMBERS) or "a file holds `defaults` and `tasks`"
            yield _problem(document, (name,), "unknown-field", f"unknown field `{name}`", hint)
    defaults = data.get("defaults")
    if defaults is not None and not isinstance(defaults, Mapping):
        sentence = f"`defaults` must be a mapping, not {json_type(defaults)}"
        yield _problem(document, ("defaults",), "file-shape", sentence)
        return
    if "tasks" not in data:
        hint = "write `tasks: {}` if there shall be none"
        yield Problem(document.place(), "file-shape", "the file has no `tasks`", hint)
    for path, key, body in _entries(document, data.get("tasks", {})):
        if isinstance(body, Problem):
            yield body
        else:
            task = _Task(document, path, key)
            yield from _expand_task(task, body, defaults=defaults or {}, variables=variables)


def _entries(
    document: Document, tasks: Json
) -> Iterator[tuple[Path, str, Mapping[str, Json] | Problem]]:
    """Yield the path, the unexpanded key and the body of each task, in either form of `tasks`."""
    entries: list[tuple[Path, str, Json]]
    if isinstance(tasks, Mapping):
        entries = [(("tasks", key), key, body) for key, body in tasks.items()]
    elif isinstance(tasks, Sequence) and not isinstance(tasks, str):
        entries = [
            (("tasks", i), text_of(body.get("name")) if isinstance(body, Mapping) else "", body)
            for i, body in enumerate(tasks)
        ]
    else:
        sentence = f"`tasks` must be a mapping or a list, not {json_type(tasks)}"
        hint = "write `tasks: {}` if there shall be none" if tasks is None else ""
        yield ("tasks",), "", _problem(document, ("tasks",), "file-shape", sentence, hint)
        return
    for path, key, body in entries:
        if isinstance(body, Mapping):
            yield path, key, body
        else:
            sentence = f"a task must be a mapping, not {json_type(body)}"
            yield path, key, _problem(document, path, "file-shape", sentence)


@dataclass(frozen=True, slots=True)
class _Task:
    """Where a task is written, and its key as it is written."""

    document: Document
    path: Path
    key: str


def _expand_task(
    task: _Task, body: Spec, *, defaults: Spec, variables: Mapping[str, Json]
) -> Iterator[Result]:
    axes = body.get("for_each", {})
    wrong = list(_check_axes(task, axes))
    if wrong:
        yield from wrong
        return
    own = {name: value for name, value in body.items() if name != "for_each"}
    template = merge_defaults(TASK, defaults, own) if defaults else own
    lists = mapping_of(axes)
    for values in product(*(list_of(values) for values in lists.values())):
        chosen = dict(zip(lists, values, strict=True))
        note = ", ".join(f"{name}={value}" for name, value in chosen.items())
        yield _fill_in(task, template, scope={**variables, **chosen}, note=note)


def _fill_in(task: _Task, template: Spec, *, scope: Mapping[str, Json], note: str) -> Result:
    document, path = task.document, task.path
    try:
        key = substitute_key(task.key, scope)
    except SubstitutionError as error:
        return Problem(locate(document, path).key, "variable", str(error), error.hint, note)
    fault = check_key(key)
    if fault:
        return Problem(locate(document, path).key, "key", fault, "", note)
    spec = template
    if not document.plain:
        try:
            spec = without_nulls(TASK.tree, mapping_of(substitute(template, scope)))
        except SubstitutionError as error:
            spot = locate(document, path, error.path)
            place = spot.key if error.in_key else spot.value
            return Problem(place, "variable", str(error), error.hint, note)
    return Expanded(Desired(key, spec, document.place(path)), document, path, note)


def check_key(key: str) -> str:
    """Return what is wrong with a key, "" if nothing is."""
    if not key:
        return "the key is empty; a task in a list takes its name for its key"
    if not key.isprintable():
        return f"the key {key!r} holds characters that can't be seen"
    if not unicodedata.is_normalized("NFC", key):
        return f"the key `{key}` is not in Unicode's composed form (NFC)"
    return ""


def locate(document: Document, path: Path, inside: Path = ()) -> Spot:
    """Return where to edit what stands at *inside* in the task at *path*.

    That is the task itself, else the defaults, else the nearest thing around it.
    """
    for length in range(len(inside), -1, -1):
        for start in (path, ("defaults",)):
            spot = find_spot(document, (*start, *inside[:length]))
            if spot is not None:
                return spot
    return Spot(document.place(path), document.place(path))


def _check_axes(task: _Task, axes: Json) -> Iterator[Problem]:
    document, where = task.document, (*task.path, "for_each")
    if not isinstance(axes, Mapping):
        sentence = f"`for_each` must be a mapping from names to lists, not {json_type(axes)}"
        yield Problem(find_place(document, where), "for-each", sentence)
        return
    for name, values in axes.items():
        if not isinstance(values, Sequence) or isinstance(values, str):
            sentence = f"the values of `{name}` must be a list, not {json_type(values)}"
            yield Problem(find_place(document, (*where, name)), "for-each", sentence)
            continue
        for index, value in enumerate(values):
            if isinstance(value, bool) or not isinstance(value, str | int):
                sentence = (
                    f"a value of `for_each` must be text or an integer, not {json_type(value)}"
                )
                yield Problem(find_place(document, (*where, name, index)), "for-each", sentence)


def find_place(document: Document, path: Path) -> Place:
    """Return where the value at *path* of a document stands."""
    spot = find_spot(document, path)
    return spot.value if spot else document.place(path)


def _problem(document: Document, path: Path, code: str, sentence: str, hint: str = "") -> Problem:
    return Problem(document.place(path), code, sentence, hint)
