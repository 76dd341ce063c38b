"""What a spec asks of workers and reviewers.

Documented: an approval_threshold_reviewers that is not set is 1; the manual approval_threshold is
its older name. Inferred: workers_per_input that is not set is 1; weights count only with the type
WEIGHTED. Models and workflows are no workers here: a sandbox runs neither.
"""

from reconciler.sandbox.enums import PARTITION_TYPE, REVIEW_STRATEGY
from reconciler.sandbox.normalise import member
from reconciler.sandbox.rules import as_number, reviewers, user_workers
from reconciler.sandbox.values import JsonObject

from .model import ReviewStrategy, Rules, WorkerStrategy

_WEIGHTED = PARTITION_TYPE.numbers["WEIGHTED"]
_NOT_SET = REVIEW_STRATEGY.numbers["TASK_REVIEW_STRATEGY_NOT_SET"]


def read_rules(spec: JsonObject) -> Rules:
    """Return the rules in *spec*, which is normalised and makes sense."""
    worker, review = member(spec, "worker"), member(spec, "review")
    info = member(worker, "partitioned_strategy_info")
    consensus = member(review, "consensus_strategy_info")
    return Rules(
        strategy=WorkerStrategy(as_number(worker.get("strategy"))),
        weights=_read_weights(info, user_workers(worker)),
        workers_per_input=as_number(info.get("workers_per_input")) or 1,
        review=_read_strategy(review),
        threshold_labelers=as_number(consensus.get("approval_threshold_labelers")),
        threshold_reviewers=_read_threshold(review),
        reviewers=tuple(dict.fromkeys(reviewers(review))),
    )


def _read_weights(info: JsonObject, workers: list[str]) -> dict[str, float]:
    """Return the weight of each of *workers*: as sent if all have one, else equal ones."""
    sent = member(info, "weights") if info.get("type") == _WEIGHTED else {}
    weights = {
        worker: weight
        for worker in workers
        if isinstance(weight := sent.get(worker), int | float) and weight > 0
    }
    return weights if weights.keys() == set(workers) else dict.fromkeys(workers, 1)


def _read_strategy(review: JsonObject) -> ReviewStrategy:
    number = as_number(review.get("strategy"))
    return ReviewStrategy.NONE if number == _NOT_SET else ReviewStrategy(number)


def _read_threshold(review: JsonObject) -> int:
    today = member(review, "consensus_strategy_info").get("approval_threshold_reviewers")
    older = member(review, "manual_strategy_info").get("approval_threshold")
    return as_number(today) or as_number(older) or 1
