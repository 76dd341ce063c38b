"""What does a body mean, whatever its spelling? Its canonical form.

A canonical message is a mapping from today's names of its members to canonical values:
text, numbers, booleans and names of enum values; for a set a mapping from id to element;
for weights each one's share. What is absent, or as good as absent, is not there: only a
declared member that is otherwise left as it is live keeps its empty value.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias
from unicodedata import normalize

from reconciler.fields import TASK
from reconciler.kinds import (
    Enumeration,
    Float32,
    Form,
    Keyed,
    Kind,
    Leaf,
    Message,
    Number,
    OpenMap,
    Ratio,
    Structure,
    Text,
    Tree,
    Trigger,
)
from reconciler.model import Json, Spec, list_of, mapping_of, text_of

Canonical: TypeAlias = Mapping[str, Json]
STAMP_KEY = "reconciler"
"""The member of a task's metadata that holds the stamp."""

_SHARE_DIGITS = 9


def canonical_task(spec: Spec) -> Canonical:
    """Return the canonical form of a task's body.

    For a desired body the result's members are what the file declares; for a live one they
    are what it has. `project` makes the two comparable.
    """
    return canonical_message(TASK, spec)


def canonical_declared(live: Spec, desired: Canonical) -> Canonical:
    """Return the canonical form of those fields of a live body that *desired* declares."""
    tree = TASK.tree
    wire = {
        name: value
        for name, value in live.items()
        if isinstance(leaf := tree.get(name), Leaf) and leaf.member.name in desired
    }
    return canonical_message(TASK, wire)


def project_live(live: Canonical, desired: Canonical) -> Canonical:
    """Return the part of *live* that *desired* declares: equal to *desired* if nothing differs."""
    return _project_message(TASK, live, desired)


def find_members(message: Message, wire: Spec) -> dict[str, tuple[Leaf, Json]]:
    """Return each member that *wire* holds, by name, in its newest spelling that says anything.

    A null is no value. Where one thing is written twice the API reads the newer spelling.
    """
    found: dict[str, tuple[Leaf, Json]] = {}
    _find(message.tree, wire, found)
    return found


def elements_of(form: Form, wire: Json) -> Iterator[tuple[str, Spec]]:
    """Yield the id and the body of each thing in a set that is written in *form*."""
    for item in list_of(wire):
        if isinstance(item, str):
            if form is Form.IDS:
                yield item, {}
            continue
        prefix, inner, beside = _parts_of(form, mapping_of(item))
        identity = inner.get("id")
        if isinstance(identity, str) and identity:
            rest = {name: part for name, part in inner.items() if name != "id"}
            yield prefix + identity, {**rest, **beside}


def _parts_of(form: Form, item: Spec) -> tuple[str, Spec, Spec]:
    """Return for one thing of a set the prefix of its id, what holds the id, what stands beside."""
    if form is Form.WORKERS:
        for name in ("model", "workflow"):
            if item.get(name):
                return f"{name}/", mapping_of(item[name]), {}
        user = mapping_of(item.get("user"))
        return "", {"id": user.get("id")}, {}
    if form is Form.CONCEPTS:
        beside = {name: part for name, part in item.items() if name != "concept"}
        return "", mapping_of(item.get("concept")), beside
    return "", {"id": item.get("id")}, {}


def _find(tree: Tree, wire: Spec, found: dict[str, tuple[Leaf, Json]]) -> None:
    for name, value in wire.items():
        node = tree.get(name)
        if node is None or value is None:
            continue
        if isinstance(node, Leaf):
            member = node.member.name
            if member not in found or _outranks(node, value, found[member]):
                found[member] = (node, value)
        else:
            _find(node, mapping_of(value), found)


def _outranks(leaf: Leaf, value: Json, known: tuple[Leaf, Json]) -> bool:
    if bool(value) != bool(known[1]):
        return bool(value)
    return leaf.rank < known[0].rank


def canonical_message(message: Message, wire: Spec) -> dict[str, Json]:
    """Return the canonical form of one message."""
    result: dict[str, Json] = {}
    for name, (leaf, value) in find_members(message, wire).items():
        canonical = _canonical_value(leaf.member.kind, leaf.form, value)
        if canonical or not (leaf.member.defaulted or isinstance(leaf.member.kind, Trigger)):
            result[name] = canonical
    for name in message.conditional:
        if name in result and not counts(message, name, result):
            del result[name]
    for name, ordered in message.aligned.items():
        if name in result:
            result[name] = _pair(list_of(result[name]), message, ordered, wire)
    return result


def _pair(entries: Sequence[Json], message: Message, ordered: str, wire: Spec) -> Json:
    """Return a list with, for each entry, the thing that it is for: the order of a set is none."""
    found = find_members(message, wire).get(ordered)
    names = [name for name, _ in elements_of(found[0].form, found[1])] if found else []
    if len(names) != len(entries):
        return list(entries)
    return dict(sorted(zip(names, entries, strict=True)))


def counts(message: Message, name: str, canonical: Canonical) -> bool:
    """Tell whether the member *name* means anything beside its siblings in *canonical*."""
    condition = message.members[name].condition
    if condition is None:
        return True
    sibling = canonical.get(condition.sibling)
    return not sibling or sibling in condition.values


def _canonical_value(kind: Kind, form: Form, value: Json) -> Json:
    # Ordered by how often a task has the kind: this is the inner loop of a plan.
    if isinstance(kind, Enumeration):
        return name_of_enum(kind, value)
    if isinstance(kind, Message):
        return canonical_message(kind, mapping_of(value))
    if isinstance(kind, Keyed):
        return _canonical_set(kind.element, form, value)
    match kind:
        case Text():
            return _text(value)
        case Number():
            return _number(kind, value)
        case Ratio():
            return _shares(value)
        case OpenMap():
            return _open_map(value)
        case Float32():
            return _float32(value)
        case Structure():
            return _structure(value) or {}
        case Trigger():
            return False


def _canonical_set(element: Message, form: Form, value: Json) -> Json:
    if form is Form.IDS:
        return {item: {} for item in list_of(value) if isinstance(item, str)}
    return {
        identity: canonical_message(element, body) if body else {}
        for identity, body in elements_of(form, value)
    }


def name_of_enum(kind: Enumeration, value: Json) -> str:
    """Return the name of an enum value given by name, number or number as text; "" is unset.

    A value that the table doesn't know is its own name, as text.
    """
    if isinstance(value, str | int | float):
        return kind.meanings.get(value, str(value))
    return "" if value is None else str(value)


def _text(value: Json) -> str:
    """Return a text as any server may keep it: composed, and without spaces at its ends."""
    text = text_of(value).strip()
    return text if text.isascii() else normalize("NFC", text)


def _number(kind: Number, value: Json) -> Json:
    if value == kind.default:
        return 0
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shares(value: Json) -> Json:
    weights = value if isinstance(value, Mapping) else {}
    numbers = {name: w for name, w in weights.items() if isinstance(w, int | float)}
    total = sum(numbers.values())
    if not total:
        return dict(weights)
    # A server may keep the shares instead of the weights: both round to the same.
    return {name: round(w / total, _SHARE_DIGITS) for name, w in numbers.items()}


def _float32(value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float(value)
    return rounded


def _structure(value: Json) -> Json:
    if isinstance(value, Mapping):
        parts = {name: _structure(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_structure(part) for part in value]
    return value if isinstance(value, bool) else _float32(value)


def _open_map(value: Json) -> dict[str, Json]:
    if not isinstance(value, Mapping):
        return {}
    return {name: _open_value(part) for name, part in value.items() if name != STAMP_KEY}


def _open_value(value: Json) -> Json:
    """Return the user's own JSON as the API keeps it: every number is a double.

    A boolean is wrapped, because Python takes true for 1.
    """
    match value:
        case bool():
            return {"bool": str(value)}
        case int() | float():
            return float(value)
        case Mapping():
            return {name: _open_value(part) for name, part in value.items()}
        case str() | None:
            return value
        case _:
            return [_open_value(part) for part in value]


def _project_message(message: Message, live: Canonical, desired: Canonical) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for name, member in message.members.items():
        if name in desired:
            have = live.get(name, empty_of(member.kind))
            result[name] = _project(member.kind, have, desired[name])
        elif member.defaulted and name in live and counts(message, name, desired):
            result[name] = live[name]
    return result


def _project(kind: Kind, live: Json, desired: Json) -> Json:
    if live == desired or not isinstance(live, Mapping) or not isinstance(desired, Mapping):
        return live
    match kind:
        case Message():
            return _project_message(kind, live, desired)
        case Keyed():
            return {
                identity: _project(kind.element, element, desired.get(identity))
                for identity, element in live.items()
            }
        case OpenMap():
            return {name: live.get(name) for name in desired}
        case _:
            return live


def empty_of(kind: Kind) -> Json:
    """Return the canonical form of an absent value."""
    match kind:
        case Text() | Enumeration():
            return ""
        case Number():
            return 0
        case Float32():
            return 0.0
        case Trigger():
            return False
        case Keyed() | Message() | Ratio() | OpenMap() | Structure():
            return {}
