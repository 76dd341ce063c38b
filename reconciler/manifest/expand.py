"""Which tasks does a file stand for? Defaults, `for_each` and variables; pure."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler.fields import TASK
from reconciler.manifest.defaults import merge_defaults, without_nulls
from reconciler.manifest.variables import (
    SubstitutionError,
    fill_in,
    is_name,
    substitute_key,
    suggest,
)
from reconciler.manifest.yamltext import Document, Path, Spot, find_spot, json_type
from reconciler.model import Desired, Json, Problem, Spec, list_of, mapping_of

if TYPE_CHECKING:
    from reconciler.model import Place

_FILE_MEMBERS: Final = ("defaults", "tasks")
_MOST_TASKS: Final = 100_000
"""How many tasks one `for_each` may make: its lists multiply."""


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
    if "tasks" not in data and not any(suggest(name, ("tasks",)) for name in data):
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
    entries: list[tuple[Path, Json, Json]]
    if isinstance(tasks, Mapping):
        entries = [(("tasks", key), key, body) for key, body in tasks.items()]
    elif isinstance(tasks, Sequence) and not isinstance(tasks, str):
        entries = [
            (("tasks", i), mapping_of(body).get("name"), body) for i, body in enumerate(tasks)
        ]
    else:
        sentence = f"`tasks` must be a mapping or a list, not {json_type(tasks)}"
        hint = "write `tasks: {}` if there shall be none" if tasks is None else ""
        yield ("tasks",), "", _problem(document, ("tasks",), "file-shape", sentence, hint)
        return
    for path, key, body in entries:
        if not isinstance(body, Mapping):
            sentence = f"a task must be a mapping, not {json_type(body)}"
            yield path, "", _problem(document, path, "file-shape", sentence)
        elif not isinstance(key, str):
            sentence = f"the name of a task must be text, not {json_type(key)}"
            if "name" not in body:
                sentence = "`name` is missing"
            hint = "in a list the name of a task is its key"
            place = (
                find_place(document, (*path, "name")) if key is not None else document.place(path)
            )
            yield path, "", Problem(place, "key", sentence, hint)
        else:
            yield path, key, body


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
    lists = mapping_of(axes)
    for values in product(*(list_of(values) for values in lists.values())):
        chosen = dict(zip(lists, values, strict=True))
        note = ", ".join(f"{name}={value}" for name, value in chosen.items())
        yield from _fill_task(task, own, defaults, scope={**variables, **chosen}, note=note)


def _fill_task(
    task: _Task, own: Spec, defaults: Spec, *, scope: Mapping[str, Json], note: str
) -> Iterator[Result]:
    document, path = task.document, task.path
    key, faults = _fill_key(task, scope)
    if document.plain:
        spec = merge_defaults(TASK, defaults, own) if defaults else own
    else:
        spec, more = _fill_spec(task, own, defaults, scope)
        faults = [*faults, *more]
    for spot, error in faults:
        place = spot.key if error.in_key else spot.value
        yield Problem(place, "variable", str(error), error.hint, note)
    if faults:
        return
    wrong = check_key(key)
    if wrong:
        sentence, hint = wrong
        yield Problem(locate(document, path).key, "key", sentence, hint, note)
        return
    yield Expanded(Desired(key, spec, document.place(path)), document, path, note)


_Fault: TypeAlias = tuple[Spot, SubstitutionError]


def _fill_key(task: _Task, scope: Mapping[str, Json]) -> tuple[str, list[_Fault]]:
    try:
        return substitute_key(task.key, scope), []
    except SubstitutionError as error:
        return "", [(locate(task.document, task.path), error)]


def _fill_spec(
    task: _Task, own: Spec, defaults: Spec, scope: Mapping[str, Json]
) -> tuple[Spec, list[_Fault]]:
    """Return the body of a task, and what can't be filled in, of the defaults only what it uses.

    A placeholder may stand for a strategy: what fits to it is known only when it is filled in.
    """
    filled, errors = fill_in(own, scope)
    faults = [(locate(task.document, task.path, error.path), error) for error in errors]
    base, errors = fill_in(defaults, scope)
    spec = merge_defaults(TASK, mapping_of(base), mapping_of(filled))
    used = [error for error in errors if _is_used(base, spec, error.path)]
    faults += [(locate(task.document, ("defaults",), error.path), error) for error in used]
    return without_nulls(TASK.tree, spec), faults


def _is_used(base: Json, spec: Json, path: Path) -> bool:
    """Tell whether what *base* has at *path* has come into *spec*; if in doubt it has."""
    for part in path:
        if not (isinstance(base, Mapping) and isinstance(spec, Mapping) and part in base):
            break
        if part not in spec:
            return False
        base, spec = base[str(part)], spec[str(part)]
    return base is spec or isinstance(base, Mapping)


def check_key(key: str) -> tuple[str, str] | None:
    """Return what is wrong with a key and what to do about it."""
    if not key:
        return "the key is empty", "write one; in a list the name of a task is its key"
    if not key.isprintable():
        return f"the key {key!r} holds characters that can't be seen", "type it anew"
    if not unicodedata.is_normalized("NFC", key):
        sentence = f"the key `{key}` is not in Unicode's composed form (NFC)"
        return sentence, "type its accented letters anew"
    return None


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
        if not is_name(name):
            sentence = f"`{name}` is not a name of letters, digits and underscores"
            yield Problem(locate(document, (*where, name)).key, "for-each", sentence, "rename it")
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

    count = math.prod(len(list_of(values)) for values in axes.values())
    if count > _MOST_TASKS:
        sentence = f"this makes {count} tasks, and {_MOST_TASKS} are the limit"
        yield Problem(find_place(document, where), "for-each", sentence, "write shorter lists")


def find_place(document: Document, path: Path) -> Place:
    """Return where the value at *path* of a document stands."""
    spot = find_spot(document, path)
    return spot.value if spot else document.place(path)


def _problem(document: Document, path: Path, code: str, sentence: str, hint: str = "") -> Problem:
    return Problem(document.place(path), code, sentence, hint)
