"""What is wrong with a task that its schema can't say? Pure.

The rules follow from the API's documentation, the part of its protobuf comments on strategies,
weights and thresholds above all. A rule only looks at what a task declares: with less in a
task fewer rules are broken.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from reconciler.fields import TASK
from reconciler.kinds import Leaf, Message, Tree
from reconciler.manifest.automation import check_automation
from reconciler.manifest.effects import check_effects
from reconciler.manifest.people import check_people
from reconciler.manifest.places import Violation
from reconciler.manifest.texts import check_texts
from reconciler.model import mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.manifest.places import Path
    from reconciler.model import Json, Spec

_SOURCES_WITH_ID = frozenset({"SAVED_SEARCH", "DATASET", "INPUT"})


def check_rules(spec: Spec) -> Iterator[Violation]:
    """Yield every rule that a task breaks; what it holds satisfies the schema."""
    return chain(
        _check_spellings(TASK, spec, ()),
        _check_source(spec),
        check_people(spec),
        check_automation(spec),
        check_effects(spec),
        check_texts(spec),
    )


def _check_spellings(message: Message, wire: Spec, path: Path) -> Iterator[Violation]:
    """Yield what is written twice: the API would ignore one of the two without a word."""
    seen: dict[str, Path] = {}
    for leaf, where, value in _leaves(message.tree, wire, path):
        name = leaf.member.name
        if name in seen:
            one, other = (".".join(map(str, p)) for p in (seen[name], where))
            sentence = f"`{one}` and `{other}` say the same thing twice"
            yield Violation(where, "both-spellings", sentence, "keep one of them", of_key=True)
        seen.setdefault(name, where)
        if isinstance(value, dict) and isinstance(leaf.member.kind, Message):
            yield from _check_spellings(leaf.member.kind, value, where)


def _leaves(tree: Tree, wire: Spec, path: Path) -> Iterator[tuple[Leaf, Path, Json]]:
    for name, value in wire.items():
        node = tree.get(name)
        if isinstance(node, Leaf):
            yield node, (*path, name), value
        elif node is not None and isinstance(value, dict):
            yield from _leaves(node, value, (*path, name))


def _check_source(spec: Spec) -> Iterator[Violation]:
    source = mapping_of(spec.get("input_source"))
    kind = source.get("type")
    if kind in _SOURCES_WITH_ID and not source.get("id"):
        sentence = f"the input source {kind} needs the `id` of what it reads"
        yield Violation(("input_source", "type"), "source-id", sentence, "add `id` beside it")
