"""What is wrong with tasks beside each other, whichever files they stand in? Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from reconciler.manifest.places import Violation
from reconciler.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.manifest.expand import Expanded

    Clashes = Iterator[tuple[Expanded, Violation]]


def find_clashes(tasks: Iterable[Expanded], *, unique_names: bool) -> Clashes:
    """Yield each task that another one before it leaves no room for, and why.

    *unique_names* says that a display name identifies a task.
    """
    tasks = tuple(tasks)
    severity = Severity.ERROR if unique_names else Severity.WARNING
    return chain(
        _double_keys(tasks),
        _double_ids(tasks),
        _wrong_moves(tasks),
        _double_names(tasks, severity),
    )


def _double_keys(tasks: Iterable[Expanded]) -> Clashes:
    first: dict[str, Expanded] = {}
    for task in tasks:
        key = task.desired.key
        other = first.setdefault(key, task)
        if other is task:
            continue
        if task.for_each and other.desired.place == task.desired.place:
            where = "name, which is its key" if isinstance(task.origin.path[-1], int) else "key"
            sentence = "`for_each` makes several tasks with one key"
            hint = f"put each of its variables into the {where}, with something between them"
            yield task, Violation((), "key-not-told-apart", sentence, hint, of_key=True)
        else:
            sentence = f"the key `{key}` is also declared at {other.desired.place}"
            yield task, Violation((), "key-twice", sentence, "rename one of them", of_key=True)


def _double_ids(tasks: Iterable[Expanded]) -> Clashes:
    first: dict[str, Expanded] = {}
    for task in tasks:
        adopted = task.desired.id
        if adopted and (other := first.setdefault(adopted, task)) is not task:
            sentence = f"{other.desired.place} adopts the live task `{adopted}` too"
            hint = "leave its id with one of the two"
            inside = ("id",) if isinstance(task.settings.get("id"), str) else ("id", _target(task))
            yield task, Violation(inside, "id-twice", sentence, hint)


def _target(task: Expanded) -> str:
    return task.origin.scope.target


def _wrong_moves(tasks: Iterable[Expanded]) -> Clashes:
    tasks = tuple(tasks)
    declared = {task.desired.key: task for task in tasks}
    first: dict[str, Expanded] = {}
    for task in tasks:
        before = task.desired.moved_from
        if not before:
            continue
        if before == task.desired.key:
            sentence, hint = "this is the key that the task has", "remove it"
        elif before in declared:
            sentence = f"`{before}` is still declared, at {declared[before].desired.place}"
            hint = "remove one of the two: a live task has one key"
        elif (other := first.setdefault(before, task)) is not task:
            sentence = f"{other.desired.place} is moved from `{before}` too"
            hint = "leave it with one of the two"
        else:
            continue
        yield task, Violation(("moved_from",), "moved-from", sentence, hint)


def _double_names(tasks: Iterable[Expanded], severity: Severity) -> Clashes:
    first: dict[str, Expanded] = {}
    for task in tasks:
        name = task.desired.name
        other = first.setdefault(name, task)
        if not name or other is task or other.desired.key == task.desired.key:
            continue
        sentence = f"the name `{name}` is also that of `{other.desired.key}`"
        hint = "rename one of them: people tell tasks apart by name"
        yield task, Violation(("name",), "name-twice", sentence, hint, severity=severity)
