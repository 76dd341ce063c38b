"""Which tasks does an entry of a file stand for? Defaults, `for_each` and variables; pure."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, TypeAlias

from reconciler.fields import TASK
from reconciler.manifest.defaults import merge_defaults, without_nulls
from reconciler.manifest.frame import Entry, defaults_of, find_place, find_token
from reconciler.manifest.scope import Scope
from reconciler.manifest.settings import id_of, lifecycle_of, merge_settings, split_body
from reconciler.manifest.trace import Origin, locate, trace
from reconciler.manifest.variables import (
    UNDEFINED,
    SubstitutionError,
    fill_in,
    fill_key,
    is_name,
)
from reconciler.manifest.yamltext import Document, Path, json_type
from reconciler.model import Desired, Json, Spec, list_of, mapping_of, text_of
from reconciler.problem import Problem, Severity

MOST_TASKS: Final = 100_000
"""How many tasks a `for_each`, and all files, may make: lists multiply."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A desired task, its settings as they are declared, and where all that was written.

    *for_each* names the values that made it, *unfilled* the fields whose placeholders could not
    be filled in; *keyed* says whether its key could.
    """

    desired: Desired
    origin: Origin
    settings: Spec = field(default_factory=dict)
    for_each: str = ""
    unfilled: frozenset[str] = frozenset()
    keyed: bool = True


Result: TypeAlias = Expanded | Problem


def expand_entry(entry: Entry, scope: Scope) -> Iterator[Result]:
    """Yield the tasks that an entry stands for, and what keeps it from standing for any."""
    if "for_each" not in entry.body:
        yield from _fill_task(
            entry, entry.body, Origin(entry.document, entry.path, scope, scope.values)
        )
        return
    axes, problems = _read_axes(entry, scope)
    yield from problems
    if any(problem.severity is Severity.ERROR for problem in problems):
        return
    own = {name: value for name, value in entry.body.items() if name != "for_each"}
    for choice in product(*(enumerate(values) for values in axes.values())):
        values = {name: value for name, (_, value) in zip(axes, choice, strict=True)}
        origin = Origin(
            document=entry.document,
            path=entry.path,
            scope=scope,
            values={**scope.values, **values},
            chosen={name: index for name, (index, _) in zip(axes, choice, strict=True)},
        )
        note = ", ".join(f"{name}={value}" for name, value in values.items())
        yield from _fill_task(entry, own, origin, note)


def _fill_task(entry: Entry, own: Spec, origin: Origin, note: str = "") -> Iterator[Result]:
    """Yield the task that *own* stands for, and what keeps a part of it from being known."""
    key, wrong = fill_key(entry.key, origin.values)
    # In a list the name is the key: what is wrong with it is told there.
    inside = ("name",) if isinstance(entry.path[-1], int) else ()
    faults = [_Fault(entry.path, error.at(inside, in_key=not inside)) for error in wrong]
    spec, settings, more = _fill_body(entry, own, origin)
    faults += more
    for fault in faults:
        if origin.scope.complete or fault.error.code != UNDEFINED:
            yield _unfilled(entry.document, fault, note)
    unfit = None if wrong else check_key(key)
    if unfit:
        yield Problem(locate(origin, ()).spot.key, "key", *unfit, note)
    desired = Desired(
        key,
        spec,
        entry.document.place(entry.path),
        id=id_of(settings, origin.scope.target),
        moved_from=text_of(settings.get("moved_from")),
        lifecycle=lifecycle_of(settings),
    )
    unfilled = frozenset(str(fault.error.path[0]) for fault in faults if fault.error.path)
    yield Expanded(desired, origin, settings, note, unfilled, keyed=not (wrong or unfit))


def _fill_body(entry: Entry, own: Spec, origin: Origin) -> tuple[Spec, Spec, list[_Fault]]:
    """Return the task, its settings, and what can't be filled in: of the defaults what it uses."""
    defaults = defaults_of(entry.document)
    if entry.document.plain:
        return (*_merge(own, defaults), [])
    body, errors = fill_in(own, origin.values)
    faults = [_Fault(entry.path, error) for error in errors]
    base, errors = fill_in(defaults, origin.values)
    spec, settings = _merge(mapping_of(body), mapping_of(base))
    used = [error for error in errors if _is_used(base, {**spec, **settings}, error.path)]
    faults += [_Fault(("defaults",), error) for error in used]
    return without_nulls(TASK.tree, spec), settings, faults


def _merge(body: Spec, base: Spec) -> tuple[Spec, Spec]:
    """Return the task and its settings: what it says itself over the defaults."""
    spec, settings = split_body(body)
    if not base:
        return spec, merge_settings({}, settings) if settings else settings
    default_spec, default_settings = split_body(base)
    if settings or default_settings:
        settings = merge_settings(default_settings, settings)
    # A placeholder may stand for a strategy: what fits to it is known only when it is filled in.
    return merge_defaults(TASK, default_spec, spec), settings


@dataclass(frozen=True, slots=True)
class _Fault:
    """A placeholder that can't be filled in, below the path *start* of its document."""

    start: Path
    error: SubstitutionError


def _unfilled(document: Document, fault: _Fault, note: str = "") -> Problem:
    error = fault.error
    spot = locate(Origin(document, fault.start, Scope(), {}), error.path).spot
    place = spot.key if error.in_key else spot.value
    place = find_token(document, error.token, place)
    return Problem(place, error.code, str(error), error.hint, note)


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
    if key != key.strip():
        return f"the key `{key}` begins or ends with a space", "remove the space"
    if not key.isprintable():
        return f"the key {key!r} holds characters that can't be seen", "type it anew"
    if not unicodedata.is_normalized("NFC", key):
        sentence = f"the key `{key}` is not in Unicode's composed form (NFC)"
        return sentence, "type its accented letters anew"
    return None


def _read_axes(entry: Entry, scope: Scope) -> tuple[Mapping[str, Sequence[Json]], list[Problem]]:
    """Return the variables of `for_each` with their values, and what is wrong with them."""
    document, where = entry.document, (*entry.path, "for_each")
    axes, errors = fill_in(entry.body["for_each"], scope.values)
    if errors:
        known = [e for e in errors if scope.complete or e.code != UNDEFINED]
        return {}, [_unfilled(document, _Fault(where, error)) for error in known]
    if not isinstance(axes, Mapping):
        sentence = f"`for_each` must be a mapping from names to lists, not {json_type(axes)}"
        return {}, [Problem(find_place(document, where), "for-each", sentence)]
    problems = [problem for axis in axes.items() for problem in _check_axis(entry, *axis, scope)]
    lists = {name: list_of(values) for name, values in axes.items()}
    count = math.prod(map(len, lists.values()))
    if count > MOST_TASKS:
        sentence = f"this makes {count} tasks, and {MOST_TASKS} are the limit"
        hint = "write shorter lists"
        problems.append(Problem(find_place(document, where), "for-each", sentence, hint))
    return lists, problems


def _check_axis(entry: Entry, name: str, values: Json, scope: Scope) -> Iterator[Problem]:
    origin = Origin(entry.document, entry.path, scope, scope.values)
    place = trace(origin, ("for_each", name)).spot.value
    if not is_name(name):
        sentence = f"`{name}` is not a name of letters, digits and underscores"
        key = locate(origin, ("for_each", name)).spot.key
        yield Problem(key, "for-each", sentence, "rename it")
    if not isinstance(values, Sequence) or isinstance(values, str):
        sentence = f"the values of `{name}` must be a list, not {json_type(values)}"
        yield Problem(place, "for-each", sentence)
        return
    if not values:
        sentence = f"`{name}` has no values, so there is no such task"
        hint = "add one, or remove the task"
        yield Problem(place, "for-each-empty", sentence, hint, severity=Severity.WARNING)
    for index, value in enumerate(values):
        sentence, hint = "", ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            sentence = f"a value of `for_each` must be text or an integer, not {json_type(value)}"
            hint = "put it in quotes" if isinstance(value, bool | float) else ""
        elif value in values[:index]:
            sentence, hint = f"`{value}` is listed twice", "remove one of them"
        if sentence:
            spot = trace(origin, ("for_each", name, index))
            where, used_at = spot.spot.value, spot.used_at
            yield Problem(where, "for-each", sentence, hint, used_at=used_at)
