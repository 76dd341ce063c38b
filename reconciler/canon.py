"""What does a body mean, whatever its spelling? Its canonical form.

A canonical message is a mapping from today's names of its members to canonical values:
text, numbers, booleans and names of enum values; for a set a mapping from id to element;
for weights each one's share. What is absent, or as good as absent, is not there: only a
declared member that is otherwise left as it is live keeps its empty value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from reconciler.fields import TASK
from reconciler.kinds import (
    Enumeration,
    Float32,
    Form,
    Keyed,
    Kind,
    Leaf,
    Member,
    Message,
    Number,
    OpenMap,
    Ratio,
    Spelling,
    Structure,
    Text,
    Tree,
    Trigger,
)
from reconciler.leaves import (
    float32_of,
    name_of_enum,
    number_of,
    open_map_of,
    plain_text,
    shares_of,
    structure_of,
)
from reconciler.model import Json, Spec, list_of, mapping_of

Canonical: TypeAlias = Mapping[str, Json]

_NOTHING: Final[Spec] = {}


def canonical_task(spec: Spec) -> Canonical:
    """Return the canonical form of a task's body.

    For a desired body the result's members are what the file declares; for a live one they
    are what it has. `project` makes the two comparable.
    """
    return canonical_message(TASK, spec)


def canonical_declared(live: Spec, desired: Canonical, *, written: Spec = _NOTHING) -> Canonical:
    """Return the canonical form of those fields of a live body that *desired* declares.

    *written* is the body whose canonical form *desired* is: what live repeats of it is not worked
    out again.
    """
    tree = TASK.tree
    repeated: dict[str, Json] = {}
    wire: dict[str, Json] = {}
    for name, value in live.items():
        leaf = tree.get(name)
        if isinstance(leaf, Leaf) and leaf.member.name in desired:
            if name in written and value == written[name] and _is_told_by_itself(leaf.member):
                repeated[leaf.member.name] = desired[leaf.member.name]
            else:
                wire[name] = value
    return {**repeated, **canonical_message(TASK, wire)}


def _is_told_by_itself(member: Member) -> bool:
    """Tell whether bodies that hold equal values of a member have it in one canonical form."""
    # Python takes true for 1, and what the user's own metadata holds may be either.
    return len(member.spellings) == 1 and not isinstance(member.kind, OpenMap)


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


def find_member(message: Message, name: str, wire: Spec) -> tuple[Spelling, Json] | None:
    """Return what `find_members` finds of one member, and the spelling in which it stands there."""
    empty: tuple[Spelling, Json] | None = None
    for spelling in message.members[name].spellings:
        value: Json = wire
        for step in spelling.path:
            value = mapping_of(value).get(step)
        if value:
            return spelling, value
        if value is not None and empty is None:
            empty = spelling, value
    return empty


def ids_of(form: Form, wire: Json) -> list[str]:
    """Return the ids of the things in a set that is written in *form*."""
    if form is Form.IDS:
        return [item for item in list_of(wire) if isinstance(item, str)]
    return [identity for identity, _ in elements_of(form, wire)]


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
    found: dict[str, tuple[Leaf, Json]] = {}
    _find(message.tree, wire, found)
    result: dict[str, Json] = {}
    for name, (leaf, value) in found.items():
        member = leaf.member
        canonical = _canonical_value(member.kind, leaf.form, value)
        if canonical or not (member.defaulted or isinstance(member.kind, Trigger)):
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
    found = find_member(message, ordered, wire)
    names = ids_of(found[0].form, found[1]) if found else []
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
    # Ordered by how often a task has the kind, and by class: this is the inner loop of a plan.
    if kind.__class__ is Text:
        return plain_text(value)
    if kind.__class__ is Enumeration:
        return name_of_enum(kind, value)
    if kind.__class__ is Message:
        return canonical_message(kind, mapping_of(value))
    if kind.__class__ is Keyed:
        return _canonical_set(kind.element, form, value)
    if kind.__class__ is Number:
        return number_of(kind, value)
    match kind:
        case Ratio():
            return shares_of(value)
        case OpenMap():
            return open_map_of(value)
        case Float32():
            return float32_of(value)
        case Structure():
            return structure_of(kind, value) or {}
        case _:
            # A trigger is never compared.
            return False


def _canonical_set(element: Message, form: Form, value: Json) -> Json:
    if form is Form.IDS:
        return {identity: {} for identity in ids_of(form, value)}
    return {
        identity: canonical_message(element, body) if body else {}
        for identity, body in elements_of(form, value)
    }


def _project_message(message: Message, live: Canonical, desired: Canonical) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for name, member in message.members.items():
        if name in desired:
            have = live[name] if name in live else empty_of(member.kind)
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
