"""Whether a task makes sense beyond the kinds of its fields.

What each rule asks is documented; that the API refuses a task which breaks it, and with which
code, is not (unknown): 11102 with the field named is the least surprising.
"""

from collections.abc import Iterator

from .enums import PARTITION_TYPE, SOURCE_TYPE, WORKER_TYPE
from .normalise import member, objects
from .values import Json, JsonObject

_NEEDS_ID = {SOURCE_TYPE.numbers[name] for name in ("SAVED_SEARCH", "DATASET", "INPUT")}
_WEIGHTED = PARTITION_TYPE.numbers["WEIGHTED"]
_HUMAN = WORKER_TYPE.numbers["WORKER_HUMAN"]
_AUTO = WORKER_TYPE.numbers["WORKER_AUTO"]
# Only ratios of weights matter, so a share is judged with room for rounding.
_ROUNDING = 1e-9


def check_task(spec: JsonObject) -> Iterator[str]:
    """Yield what is wrong with *spec*, as "path: sentence", the path beginning in the task."""
    worker = member(spec, "worker")
    yield from _check_workers(worker)
    yield from _check_partition(worker)
    yield from _check_concepts(objects(spec.get("concepts")))
    yield from _check_review(member(spec, "review"))
    source = member(spec, "input_source")
    if source.get("type") in _NEEDS_ID and "id" not in source:
        name = SOURCE_TYPE.names[as_number(source["type"])]
        yield f"input_source.id: required for {name}"


def user_workers(worker: JsonObject) -> list[str]:
    """Return the ids of the people among the workers, in order."""
    return [
        user
        for item in objects(worker.get("workers"))
        if isinstance(user := member(item, "user").get("id"), str)
    ]


def reviewers(review: JsonObject) -> list[str]:
    """Return the ids of the reviewers, in order."""
    users = objects(review.get("users"))
    return [found for user in users if isinstance(found := user.get("id"), str)]


def as_number(value: Json) -> int:
    """Return *value* if it is an integer, 0 otherwise: an absent number is 0."""
    return value if isinstance(value, int) else 0


def _check_workers(worker: JsonObject) -> Iterator[str]:
    workers = objects(worker.get("workers"))
    automatic = [item for item in workers if "user" not in item]
    for index, item in enumerate(workers):
        if not any(member(item, arm).get("id") for arm in ("user", "model", "workflow")):
            yield f"worker.workers[{index}]: needs the id of a user, a model or a workflow"
    if automatic and len(workers) > 1:
        yield "worker.workers: a model or workflow must be the only worker"
    if worker.get("type") == _HUMAN and automatic:
        yield "worker.type: WORKER_HUMAN does not match a model or workflow worker"
    if worker.get("type") == _AUTO and len(automatic) < len(workers):
        yield "worker.type: WORKER_AUTO does not match a user worker"


def _check_partition(worker: JsonObject) -> Iterator[str]:
    at = "worker.partitioned_strategy_info"
    info, users = member(worker, "partitioned_strategy_info"), user_workers(worker)
    per_input = as_number(info.get("workers_per_input"))
    if per_input < 0:
        yield f"{at}.workers_per_input: must not be negative"
    if (count := len(objects(worker.get("workers")))) and per_input > count:
        yield f"{at}.workers_per_input: {per_input} is more than the number of workers, {count}"
    elif info.get("type") == _WEIGHTED:
        for problem in _check_weights(member(info, "weights"), users, per_input):
            yield f"{at}.weights: {problem}"


def _check_weights(weights: JsonObject, users: list[str], per_input: int) -> Iterator[str]:
    for user in sorted(set(users) - set(weights)):
        yield f"worker {user[:60]} has no weight"
    for user in sorted(set(weights) - set(users)):
        yield f"{user[:60]} is not a worker"
    numbers = [
        weight
        for weight in weights.values()
        if isinstance(weight, int | float) and not isinstance(weight, bool) and weight > 0
    ]
    if len(numbers) < len(weights):
        yield "each must be a number above 0"
    elif numbers and max(numbers) * per_input > sum(numbers) * (1 + _ROUNDING):
        yield f"a share is above 1/{per_input}, with {per_input} workers on each input"


def _check_concepts(concepts: list[JsonObject]) -> Iterator[str]:
    for index, item in enumerate(concepts):
        concept = member(item, "concept")
        if not (concept.get("id") or concept.get("name")):
            yield f"concepts[{index}].concept: needs an id"


def _check_review(review: JsonObject) -> Iterator[str]:
    for index, user in enumerate(objects(review.get("users"))):
        if not user.get("id"):
            yield f"review.users[{index}]: needs an id"
    manual = member(review, "manual_strategy_info")
    consensus = member(review, "consensus_strategy_info")
    share = manual.get("sample_percentage", 0)
    if isinstance(share, int | float) and not 0 <= share <= 1:
        yield "review.manual_strategy_info.sample_percentage: must be from 0 to 1"
    if manual.get("approval_threshold", 0) not in (-1, 0, 1):
        yield "review.manual_strategy_info.approval_threshold: must be -1, 0 or 1"
    if consensus.get("approval_threshold_reviewers", 0) not in (-1, 0, 1):
        yield "review.consensus_strategy_info.approval_threshold_reviewers: must be -1, 0 or 1"
