"""What does a task inherit from the defaults of its file? Merged by meaning; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from reconciler.canon import find_members
from reconciler.kinds import Enumeration, Leaf, Message, OpenMap, Ratio, Tree
from reconciler.leaves import name_of_enum

if TYPE_CHECKING:
    from reconciler.kinds import Kind
    from reconciler.model import Json, Spec


def merge_defaults(message: Message, defaults: Spec, own: Spec) -> dict[str, Json]:
    """Return *own* over *defaults*: mappings merged deeply, lists replaced, by meaning.

    What a task declares in one spelling, or takes away by null, replaces a default in another,
    and a strategy of its own drops the default information of another strategy.
    """
    named = set(_name_members(message.tree, own))
    declared = {name: value for name, (_, value) in find_members(message, own).items()}
    unfit = {arm for arm in message.arms if not _fits(message, arm, declared)}

    def merge(tree: Tree, base: Spec, over: Spec) -> dict[str, Json]:
        result = {**base, **over}
        for name, default in base.items():
            node, mine = tree.get(name), over.get(name)
            if name in over:
                if isinstance(default, Mapping) and isinstance(mine, Mapping):
                    result[name] = _merge_node(node, default, mine)
            elif name in unfit or (isinstance(node, Leaf) and node.member.name in named):
                del result[name]
            elif isinstance(node, Mapping) and isinstance(default, Mapping):
                result[name] = merge(node, default, {})
        return result

    def _merge_node(node: Leaf | Tree | None, default: Spec, mine: Spec) -> Json:
        if isinstance(node, Leaf):
            return _merge_kind(node.member.kind, default, mine)
        return merge(node or {}, default, mine)

    return merge(message.tree, defaults, own)


def _name_members(tree: Tree, wire: Spec) -> Iterator[str]:
    """Yield the name of each member that *wire* holds, even if it is null."""
    for name, value in wire.items():
        node = tree.get(name)
        if isinstance(node, Leaf):
            yield node.member.name
        elif node is not None and isinstance(value, Mapping):
            yield from _name_members(node, value)


def without_nulls(tree: Tree, value: Spec) -> dict[str, Json]:
    """Return *value* without its nulls: each removed a default. In metadata null is data."""
    result: dict[str, Json] = {}
    for name, part in value.items():
        if part is None:
            continue
        inner = _tree_below(tree.get(name))
        if inner is not None and isinstance(part, Mapping):
            result[name] = without_nulls(inner, part)
        else:
            result[name] = part
    return result


def _tree_below(node: Leaf | Tree | None) -> Tree | None:
    """Return the tree of what stands below, none where null is data."""
    if not isinstance(node, Leaf):
        return node or {}
    match node.member.kind:
        case Message(tree=tree):
            return tree
        case OpenMap():
            return None
        case _:
            return {}


def _merge_kind(kind: Kind, default: Spec, own: Spec) -> Json:
    match kind:
        case Message():
            return merge_defaults(kind, default, own)
        case Ratio():
            # Weights are one value: those of other workers have no meaning beside them.
            return own
        case _:
            return _merge_deeply(default, own)


def _merge_deeply(default: Spec, own: Spec) -> dict[str, Json]:
    result = {**default, **own}
    for name, part in default.items():
        mine = own.get(name)
        if isinstance(part, Mapping) and isinstance(mine, Mapping):
            result[name] = _merge_deeply(part, mine)
    return result


def _fits(message: Message, arm: str, declared: Spec) -> bool:
    """Tell whether what stands under *arm* goes with the strategy that the task declares."""
    condition = message.arms[arm]
    kind = message.members[condition.sibling].kind
    if condition.sibling not in declared or not isinstance(kind, Enumeration):
        return True
    name = name_of_enum(kind, declared[condition.sibling])
    return name in condition.values
