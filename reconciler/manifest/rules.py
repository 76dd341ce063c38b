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
    from reconciler.model import Spec

_SOURCES_WITH_ID = frozenset({"SAVED_SEARCH", "DATASET", "INPUT"})


def check_rules(spec: Spec) -> Iterator[Violation]:
    """Yield every rule that a task breaks; what it holds satisfies the schema."""
    return chain(
        _check_spellings(spec),
        _check_source(spec),
        check_people(spec),
        check_automation(spec),
        check_effects(spec),
        check_texts(spec),
    )


def _check_spellings(spec: Spec) -> list[Violation]:
    """Return what is written twice: the API would ignore one of the two without a word."""
    violations: list[Violation] = []
    _find_doubles(TASK.tree, spec, (), {}, violations)
    return violations


def _find_doubles(
    tree: Tree, wire: Spec, path: Path, seen: dict[str, Path], violations: list[Violation]
) -> None:
    """Add what *wire* writes twice, or once more beside what was *seen* of its message."""
    for name, value in wire.items():
        node, where = tree.get(name), (*path, name)
        if isinstance(node, Leaf):
            first = seen.setdefault(node.member.name, where)
            if first is not where:
                violations.append(_double(first, where))
            if isinstance(value, dict) and isinstance(node.member.kind, Message):
                _find_doubles(node.member.kind.tree, value, where, {}, violations)
        elif node is not None and isinstance(value, dict):
            _find_doubles(node, value, where, seen, violations)


def _double(first: Path, second: Path) -> Violation:
    one, other = (".".join(map(str, path)) for path in (first, second))
    sentence = f"`{one}` and `{other}` say the same thing twice"
    return Violation(second, "both-spellings", sentence, "keep one of them", of_key=True)


def _check_source(spec: Spec) -> Iterator[Violation]:
    source = mapping_of(spec.get("input_source"))
    kind = source.get("type")
    if kind in _SOURCES_WITH_ID and not source.get("id"):
        sentence = f"the input source {kind} needs the `id` of what it reads"
        yield Violation(("input_source", "type"), "source-id", sentence, "add `id` beside it")
