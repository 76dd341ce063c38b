"""How far does a file want a task managed? `id`, `moved_from`, `lifecycle`; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reconciler.fields import TASK
from reconciler.kinds import Leaf
from reconciler.manifest.places import Violation
from reconciler.manifest.schema import find_violations
from reconciler.model import Json, Lifecycle, Spec, mapping_of, text_of
from reconciler.stamp import read_lifecycle
from reconciler.suggest import suggest

if TYPE_CHECKING:
    from reconciler.manifest.scope import Scope

NAMES: Final = frozenset({"id", "moved_from", "lifecycle"})
"""The members of a task in a file that are not sent."""


def split_body(body: Spec) -> tuple[Spec, Spec]:
    """Return what a body says of the task itself, and its settings."""
    if NAMES.isdisjoint(body):
        return body, {}
    spec = {name: value for name, value in body.items() if name not in NAMES}
    return spec, {name: value for name, value in body.items() if name in NAMES}


def merge_settings(defaults: Spec, own: Spec) -> dict[str, Json]:
    """Return *own* over *defaults*, `lifecycle` member by member; null removes a default.

    Of the defaults only `lifecycle` counts: a live task and a key belong to one task.
    """
    base, over = defaults.get("lifecycle"), own.get("lifecycle")
    merged: dict[str, Json] = {"lifecycle": base, **own}
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        merged["lifecycle"] = {**base, **over}
    lifecycle = merged.get("lifecycle")
    if isinstance(lifecycle, Mapping):
        merged["lifecycle"] = {n: value for n, value in lifecycle.items() if value is not None}
    return {name: value for name, value in merged.items() if value is not None}


def check_settings(settings: Spec, scope: Scope) -> Iterator[Violation]:
    """Yield what is wrong with the settings of a task, after expansion."""
    yield from find_violations("settings", settings)
    # What is wrong with one target is wrong with all: it is told once.
    first = scope.target in scope.targets[:1]
    for target in mapping_of(settings.get("id")) if first else ():
        if target not in scope.targets:
            hint = suggest(target, scope.targets) or "name it in reconciler.yaml, or remove it"
            sentence = f"there is no target `{target}`"
            yield Violation(("id", target), "unknown-target", sentence, hint, of_key=True)


def id_of(settings: Spec, target: str) -> str:
    """Return the id of the live task to adopt at *target*, "" if there is none."""
    adopted = settings.get("id")
    return text_of(adopted.get(target)) if isinstance(adopted, Mapping) else text_of(adopted)


def lifecycle_of(settings: Spec) -> Lifecycle:
    """Return the lifecycle, fields under today's names; what is wrong in it is not there."""
    lifecycle = read_lifecycle(mapping_of(settings.get("lifecycle")))
    if not lifecycle.ignore_changes:
        return lifecycle
    fields = frozenset(_field_names(lifecycle.ignore_changes))
    return replace(lifecycle, ignore_changes=fields)


def _field_names(names: Iterable[str]) -> Iterator[str]:
    """Yield today's name of each field, whatever spelling it is named by."""
    for name in names:
        leaf = TASK.tree.get(name)
        if isinstance(leaf, Leaf):
            yield leaf.member.name
