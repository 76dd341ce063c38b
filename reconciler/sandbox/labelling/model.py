"""What labelling is about: what a task asks for, and what people have done.

Documented: the states and their codes, the strategies, what the thresholds mean. Inferred: that a
review strategy which is not set means no review. Unknown: whether a worker strategy which is not
set assigns anything; here it does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciler.sandbox.enums import REVIEW_STRATEGY, WORKER_STRATEGY

ALL_REVIEWERS = -1


class State(Enum):
    """How far one worker's work on one input is. The values are status codes of the API."""

    SUCCESS = 54200
    PENDING = 54201
    AWAITING_REVIEW = 54202
    AWAITING_CONSENSUS_REVIEW = 54203
    REJECTED = 54204


AWAITING = frozenset({State.AWAITING_REVIEW, State.AWAITING_CONSENSUS_REVIEW})
DECIDED = frozenset({State.SUCCESS, State.REJECTED})


class WorkerStrategy(Enum):
    """How a task's inputs come to its workers."""

    NONE = WORKER_STRATEGY.numbers["WORKER_STRATEGY_NOT_SET"]
    PARTITIONED = WORKER_STRATEGY.numbers["PARTITIONED"]
    FULL = WORKER_STRATEGY.numbers["FULL"]
    DYNAMIC = WORKER_STRATEGY.numbers["DYNAMIC"]


class ReviewStrategy(Enum):
    """Who approves what was labelled."""

    NONE = REVIEW_STRATEGY.numbers["NONE"]
    MANUAL = REVIEW_STRATEGY.numbers["MANUAL"]
    CONSENSUS = REVIEW_STRATEGY.numbers["CONSENSUS"]


@dataclass(frozen=True, slots=True)
class Work:
    """What one worker has begun, labelled or finished on one input.

    `answer`: what the worker said, in a form in which equal texts mean the same; "" before.
    `reviewers`: while the work awaits review those to whom it was handed, once it is decided
    those who approved or rejected it. `approved_by`: those who approved it.
    """

    input_id: str
    worker: str
    state: State = State.PENDING
    answer: str = ""
    reviewers: frozenset[str] = frozenset()
    approved_by: frozenset[str] = frozenset()

    @property
    def reviewed_by(self) -> frozenset[str]:
        """Those who approved or rejected the work since it was last submitted."""
        return self.reviewers if self.state in DECIDED else self.approved_by


@dataclass(frozen=True, slots=True)
class Rules:
    """What a task asks of its workers and reviewers.

    `weights`: each worker with a weight above 0, of which only ratios matter.
    `workers_per_input`: how many label an input of a partitioned task.
    `threshold_labelers`: how many equal answers are a consensus; 0 is never.
    `threshold_reviewers`: 1, or `ALL_REVIEWERS`.
    """

    strategy: WorkerStrategy = WorkerStrategy.NONE
    weights: Mapping[str, float] = field(default_factory=dict)
    workers_per_input: int = 1
    review: ReviewStrategy = ReviewStrategy.NONE
    threshold_labelers: int = 0
    threshold_reviewers: int = 1
    reviewers: tuple[str, ...] = ()

    @property
    def seeks_consensus(self) -> bool:
        """Whether workers who agree need no reviewer."""
        return self.review is ReviewStrategy.CONSENSUS and self.threshold_labelers > 0
