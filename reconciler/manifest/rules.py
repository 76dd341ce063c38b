"""What is wrong with a task that its schema can't say? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from reconciler.canon import elements_of, find_members
from reconciler.fields import TASK
from reconciler.kinds import Form, Leaf, Message, Tree
from reconciler.manifest.schema import Violation

if TYPE_CHECKING:
    from reconciler.manifest.yamltext import Path
    from reconciler.model import Json, Spec


def check_rules(spec: Spec) -> Iterator[Violation]:
    """Yield every rule that a task breaks; its shape already satisfies the schema."""
    yield from _check_spellings(TASK, spec, ())
    worker = spec.get("worker")
    if isinstance(worker, Mapping):
        yield from _check_weights(worker)


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
        if isinstance(leaf.member.kind, Message) and isinstance(value, Mapping):
            yield from _check_spellings(leaf.member.kind, value, where)


def _leaves(tree: Tree, wire: Spec, path: Path) -> Iterator[tuple[Leaf, Path, Json]]:
    for name, value in wire.items():
        node = tree.get(name)
        if isinstance(node, Leaf):
            yield node, (*path, name), value
        elif node is not None and isinstance(value, Mapping):
            yield from _leaves(node, value, (*path, name))


def _check_weights(worker: Spec) -> Iterator[Violation]:
    info = worker.get("partitioned_strategy_info")
    weights = info.get("weights") if isinstance(info, Mapping) else None
    if not isinstance(weights, Mapping):
        return
    path: Path = ("worker", "partitioned_strategy_info", "weights")
    found = find_members(TASK, {"worker": worker})["worker"][0].member.kind
    workers = _user_ids(found, worker)
    for user, weight in weights.items():
        if not isinstance(weight, int | float) or weight <= 0:
            sentence = f"the weight of `{user}` must be more than 0"
            yield Violation((*path, user), "weight-positive", sentence)
        if user not in workers:
            sentence = f"`{user}` has a weight and is not a worker of this task"
            hint = "remove the weight, or add the worker"
            yield Violation((*path, user), "weight-stranger", sentence, hint, of_key=True)
    for user in workers:
        if user not in weights:
            sentence = f"the worker `{user}` has no weight"
            yield Violation(path, "weight-missing", sentence, "add one", of_key=True)


def _user_ids(kind: object, worker: Spec) -> list[str]:
    members = find_members(kind, worker) if isinstance(kind, Message) else {}
    if "workers" not in members:
        return []
    leaf, value = members["workers"]
    users = [item for item in elements_of(leaf.form, value) if leaf.form is not Form.PLAIN]
    return [identity for identity, _ in users if "/" not in identity]
