"""Do the people of a task fit its strategies? Weights, thresholds, reviewers; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from reconciler.canon import find_member, ids_of
from reconciler.fields import TASK
from reconciler.kinds import Form, Message
from reconciler.manifest.places import Violation
from reconciler.model import mapping_of
from reconciler.problem import Severity

if TYPE_CHECKING:
    from reconciler.manifest.places import Path
    from reconciler.model import Json, Spec

_INSIDE: Final[Mapping[Form, Path]] = {
    Form.IDS: (),
    Form.OBJECTS: ("id",),
    Form.WORKERS: ("user", "id"),
    Form.CONCEPTS: ("concept", "id"),
}
"""Where in one thing of a set its id stands."""

_INFO: Final = ("worker", "partitioned_strategy_info")
_SHARE_SLACK: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Listed:
    """The ids of the things of a set, in its order.

    Each stands at the path *inside* of its thing, and the set itself at *path* in the task.
    """

    ids: Sequence[str] = ()
    path: Path = ()
    inside: Path = ()

    def path_of(self, index: int) -> Path:
        """Return where the id of that *index* stands in the task."""
        return (*self.path, index, *self.inside)


@dataclass(frozen=True, slots=True)
class People:
    """Who works on a task and who reviews it: users only."""

    worker_ids: frozenset[str]
    reviewers: Listed


def list_members(spec: Spec, name: str, inner: str = "") -> Listed:
    """Return what the set *name* of a task holds, or the set *inner* of its message *name*."""
    message: object = TASK
    path: Path = ()
    if inner:
        message, path = TASK.members[name].kind, (name,)
        spec = mapping_of(spec.get(name))
    if not spec or not isinstance(message, Message):
        return Listed()
    found = find_member(message, inner or name, spec)
    if found is None:
        return Listed()
    spelling, value = found
    return Listed(ids_of(spelling.form, value), path + spelling.path, _INSIDE[spelling.form])


def check_people(spec: Spec) -> Iterator[Violation]:
    """Yield what doesn't fit among workers, reviewers, weights and thresholds."""
    workers = list_members(spec, "worker", "workers")
    reviewers = list_members(spec, "review", "users")
    concepts = list_members(spec, "concepts")
    users = frozenset(each for each in workers.ids if "/" not in each)
    people = People(users, reviewers)
    return chain(
        _check_repeats(workers, "worker"),
        _check_repeats(reviewers, "reviewer"),
        _check_repeats(concepts, "concept"),
        _check_partition(spec, people),
        _check_review(spec, people),
    )


def _check_repeats(listed: Listed, what: str) -> Iterator[Violation]:
    if len(set(listed.ids)) == len(listed.ids):
        return
    seen: set[str] = set()
    told: set[str] = set()
    for index, identity in enumerate(listed.ids):
        if identity in seen and identity not in told:
            told.add(identity)
            sentence = f"the {what} `{identity}` is listed twice"
            yield _warning(listed.path_of(index), "repeated", sentence, "remove one of them")
        seen.add(identity)


def _check_partition(spec: Spec, people: People) -> Iterator[Violation]:
    worker = mapping_of(spec.get("worker"))
    info = mapping_of(worker.get("partitioned_strategy_info"))
    if not info:
        return
    weights = info.get("weights")
    if isinstance(weights, Mapping):
        yield from _check_weights(weights, people)
    elif info.get("type") == "WEIGHTED" and people.worker_ids:
        sentence = "WEIGHTED partitioning needs `weights`, one for each worker"
        yield Violation((*_INFO, "type"), "weight-missing", sentence, "add them, or use EVENLY")
    if worker.get("strategy", "PARTITIONED") == "PARTITIONED":
        yield from _check_workers_per_input(info, people)


def _check_weights(weights: Mapping[str, Json], people: People) -> Iterator[Violation]:
    path: Path = (*_INFO, "weights")
    workers = people.worker_ids
    for user, weight in weights.items():
        if not isinstance(weight, int | float) or weight <= 0:
            sentence = f"the weight of `{user}` must be more than 0"
            hint = "raise it; who shall do nothing is no worker of this task"
            yield Violation((*path, user), "weight-positive", sentence, hint)
        if user not in workers:
            sentence = f"`{user}` has a weight and is not a worker of this task"
            hint = "remove the weight, or add the worker"
            yield Violation((*path, user), "weight-stranger", sentence, hint, of_key=True)
    for user in sorted(workers.difference(weights)):
        sentence = f"the worker `{user}` has no weight"
        yield Violation(path, "weight-missing", sentence, "add one")


def _check_workers_per_input(info: Spec, people: People) -> Iterator[Violation]:
    count = len(people.worker_ids)
    per_input = info.get("workers_per_input")
    if not isinstance(per_input, int) or isinstance(per_input, bool) or not count:
        return
    path: Path = (*_INFO, "workers_per_input")
    if per_input > count:
        have = "there is only 1 worker" if count == 1 else f"there are only {count} workers"
        sentence = f"{per_input} workers can't work on each input: {have}"
        yield Violation(path, "workers-per-input", sentence, "lower it, or add workers")
        return
    weights = mapping_of(info.get("weights"))
    numbers = {n: w for n, w in weights.items() if isinstance(w, int | float) and w > 0}
    total = sum(numbers.values())
    for user, weight in numbers.items():
        # https://docs.clarifai.com: nobody can work on the same input twice.
        if weight / total > 1 / per_input + _SHARE_SLACK:
            sentence = (
                f"`{user}` would get {_per_cent(weight / total)} of the work, and with {per_input}"
                f" workers on each input nobody can get more than {_per_cent(1 / per_input)}"
            )
            hint = "make the weights more equal, or lower `workers_per_input`"
            yield Violation((*_INFO, "weights", user), "weight-share", sentence, hint)


def _per_cent(share: float) -> str:
    return f"{share * 100:.6g}%"


def _check_review(spec: Spec, people: People) -> Iterator[Violation]:
    review = mapping_of(spec.get("review"))
    strategy = review.get("strategy")
    if "manual_strategy_info" in review and "consensus_strategy_info" in review:
        sentence = "a task has details of one review strategy, and here are two"
        hint = "remove the one that isn't that of `strategy`"
        path: Path = ("review", "consensus_strategy_info")
        yield Violation(path, "both-strategies", sentence, hint, of_key=True)
    if strategy not in ("MANUAL", "CONSENSUS"):
        return
    if not people.reviewers.ids:
        sentence = f"{strategy} review has no reviewers: what needs a review waits for nobody"
        yield _warning(("review", "strategy"), "no-reviewers", sentence, "name them")
    for index, reviewer in enumerate(people.reviewers.ids):
        if reviewer in people.worker_ids:
            sentence = f"`{reviewer}` reviews work of their own"
            yield _warning(
                people.reviewers.path_of(index), "own-review", sentence, "let somebody else review"
            )
    if strategy == "CONSENSUS":
        yield from _check_consensus(spec, people)


def _check_consensus(spec: Spec, people: People) -> Iterator[Violation]:
    info = mapping_of(mapping_of(spec.get("review")).get("consensus_strategy_info"))
    names = ("approval_threshold_labelers", "approval_threshold")
    name = next((name for name in names if name in info), "")
    if not name:
        sentence = "CONSENSUS without a threshold: however many workers agree, reviewers decide"
        hint = "add `consensus_strategy_info: {approval_threshold_labelers: 2}`"
        yield _warning(("review", "strategy"), "no-threshold", sentence, hint)
        return
    threshold, seen_by = info[name], _count_on_input(spec, people)
    if isinstance(threshold, int) and seen_by and threshold > seen_by:
        workers = "1 worker works" if seen_by == 1 else f"{seen_by} workers work"
        sentence = f"{threshold} workers can never agree: {workers} on each input"
        hint = "lower the threshold, or let more workers see each input"
        path: Path = ("review", "consensus_strategy_info", name)
        yield _warning(path, "unreachable-consensus", sentence, hint)


def _count_on_input(spec: Spec, people: People) -> int:
    """Return how many workers label each input, 0 if the task doesn't say."""
    worker = mapping_of(spec.get("worker"))
    count = len(people.worker_ids)
    match worker.get("strategy"):
        case "FULL":
            return count
        case "DYNAMIC":
            # Clarifai's pages promise that each input goes to one worker.
            return min(count, 1)
        case "PARTITIONED":
            info = mapping_of(worker.get("partitioned_strategy_info"))
            per_input = info.get("workers_per_input", 1)
            return min(count, per_input) if isinstance(per_input, int) else 0
        case _:
            return 0


def _warning(path: Path, code: str, sentence: str, hint: str) -> Violation:
    return Violation(path, code, sentence, hint, severity=Severity.WARNING)
