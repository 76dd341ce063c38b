"""Which fields differ, and how, in the words of the file? The only home of deepdiff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.actions import Change
from reconciler.canon import Canonical, find_member, project_live
from reconciler.fields import TASK
from reconciler.kinds import (
    Enumeration,
    Form,
    Keyed,
    Member,
    Message,
    OpenMap,
    Spelling,
)
from reconciler.leaves import name_of_enum
from reconciler.model import ABSENT, Absent, Json, Spec, mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def diff_fields(desired: Canonical, live: Canonical) -> tuple[str, ...]:
    """Return the names of the top-level fields of *desired* that differ in *live*, sorted.

    *live* is already projected onto *desired*.
    """
    if desired == live:
        return ()
    return tuple(sorted(name for name in desired if desired[name] != live.get(name)))


def describe_changes(
    desired: Spec, live: Spec, *, want: Canonical, have: Canonical
) -> tuple[Change, ...]:
    """Return the differences between two bodies as changes, in order of their paths.

    *want* and *have* are the canonical forms, *have* as live has it, not projected. Paths and
    values are in the file's own spelling; a set is one change, with both sides sorted.
    """
    projected = project_live(have, want)
    leaves = {_cut(path) for path in _differing_paths(projected, want)}
    changes = (
        _describe(TASK, leaf, desired=desired, live=live, want=want, have=projected)
        for leaf in leaves
    )
    return tuple(sorted(changes, key=lambda change: change.path))


def _differing_paths(have: Canonical, want: Canonical) -> Iterable[tuple[str, ...]]:
    # Importing deepdiff takes longer than planning a small change set: only when something differs.
    from deepdiff import DeepDiff  # noqa: PLC0415

    # By default DeepDiff reports two mappings with few common members as one replaced value.
    tree = DeepDiff(
        have, want, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False
    )
    for levels in tree.values():
        for level in levels:
            yield tuple(str(part) for part in level.path(output_format="list"))


def _cut(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return *path* up to the member that is shown whole: a set, weights, a key of metadata."""
    message = TASK
    for depth, name in enumerate(path, start=1):
        match message.members[name].kind:
            case Message() as inner:
                message = inner
            case OpenMap():
                return path[: depth + 1]
            case _:
                return path[:depth]
    return path


def _describe(
    message: Message,
    path: tuple[str, ...],
    *,
    desired: Spec,
    live: Spec,
    want: Canonical,
    have: Canonical,
) -> Change:
    name, *rest = path
    member = message.members[name]
    spelling = written_spelling(message, member, desired)
    if rest and isinstance(member.kind, Message):
        inner = _describe(
            member.kind,
            tuple(rest),
            desired=mapping_of(_at(desired, spelling.path)),
            live=mapping_of(_at(live, spelling.path)),
            want=mapping_of(want.get(name)),
            have=mapping_of(have.get(name)),
        )
        return Change(spelling.path + inner.path, inner.before, inner.after)
    if spelling.form is Form.IDS and want.get(name) != have.get(name):
        # Ids alone would hide what changes inside of the things.
        sides = (mapping_of(want.get(name)), mapping_of(have.get(name)))
        if sides[0].keys() == sides[1].keys():
            spelling = member.spellings[0]
    before = _show(member, spelling.form, canonical=have.get(name), wire=_raw(message, name, live))
    after = _show(
        member, spelling.form, canonical=want.get(name), wire=_raw(message, name, desired)
    )
    if isinstance(member.kind, OpenMap):
        return Change((*spelling.path, *rest), _pick(before, rest), _pick(after, rest, null=ABSENT))
    return Change(spelling.path, before, after)


def written_spelling(message: Message, member: Member, body: Spec) -> Spelling:
    """Return the spelling under which *body* holds *member*: the newest if it doesn't."""
    found = find_member(message, member.name, body)
    return found[0] if found else member.spellings[0]


def _raw(message: Message, name: str, body: Spec) -> Json | Absent:
    found = find_member(message, name, body)
    return found[1] if found else ABSENT


def _show(member: Member, form: Form, *, canonical: Json, wire: Json | Absent) -> Json | Absent:
    match member.kind:
        case Keyed():
            return write_set(form, mapping_of(canonical)) if canonical else ABSENT
        case Enumeration() as kind:
            return (wire is not ABSENT and name_of_enum(kind, wire)) or ABSENT
        case _:
            return wire


def write_set(form: Form, elements: Mapping[str, Json]) -> Json:
    """Return a canonical set as *form* writes it, sorted by id."""
    return [
        _write_element(form, identity, mapping_of(elements[identity]))
        for identity in sorted(elements)
    ]


def _write_element(form: Form, identity: str, element: Spec) -> Json:
    match form:
        case Form.OBJECTS:
            return {"id": identity}
        case Form.WORKERS if "/" in identity:
            kind, _, bare = identity.partition("/")
            return {kind: {"id": bare, **element}}
        case Form.WORKERS:
            return {"user": {"id": identity}}
        case Form.CONCEPTS:
            config = {k: v for k, v in element.items() if k == "auto_annotation_config"}
            concept = {k: v for k, v in element.items() if k not in config}
            return {"concept": {"id": identity, **concept}, **config}
        case Form.IDS | Form.PLAIN:
            return identity


def _pick(value: Json | Absent, path: list[str], *, null: Json | Absent = None) -> Json | Absent:
    """Return the member of the user's own map at *path*; a declared null means absence."""
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return ABSENT
        value = value[name]
    return null if value is None else value


def _at(body: Spec, path: tuple[str, ...]) -> Json:
    value: Json = body
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
