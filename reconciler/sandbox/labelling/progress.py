"""How far the labelling of a task is.

Documented: the counts and what they mean; that 100 per cent is exact. Inferred: an input is worked
on when all its workers have submitted. Unknown, and chosen here: what nobody was handed for review
yet is counted as shared evenly among the reviewers; 0 per cent of nothing; a task is done when each
of its inputs is, and a task without inputs is not.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .board import Board
from .judge import find_consensus
from .model import ALL_REVIEWERS, DECIDED, ReviewStrategy, State
from .review import find_owners


@dataclass(frozen=True, slots=True)
class WorkerCount:
    """How many inputs of one worker are in each state, in the API's words."""

    worker: str
    pending: int
    awaiting_review: int
    success: int
    review_denied: int
    awaiting_consensus_review: int


@dataclass(frozen=True, slots=True)
class ReviewerMetrics:
    """How many inputs a reviewer is to review in all, and how many of them are reviewed."""

    reviewer: str
    reviewed: int
    reviewable: int

    @property
    def percent(self) -> int:
        """The part that is reviewed."""
        return find_percent(self.reviewed, self.reviewable)


@dataclass(frozen=True, slots=True)
class Metrics:
    """How many inputs a task has, how many are labelled, and how many of them fully reviewed.

    `reviewers` are in the order of the task's.
    """

    inputs: int
    worked: int
    reviewed: int
    reviewers: tuple[ReviewerMetrics, ...]

    @property
    def worked_percent(self) -> int:
        """The part of the inputs that is labelled."""
        return find_percent(self.worked, self.inputs)

    @property
    def reviewed_percent(self) -> int:
        """The part of the inputs that is fully reviewed."""
        return find_percent(self.reviewed, self.inputs)


def is_done(board: Board) -> bool:
    """Return whether nothing is left to label or to review, of at least one input."""
    # Who labels what takes long to work out, and most tasks have inputs that nobody has touched.
    touched = bool(board.inputs) and all(board.works.values())
    return touched and all(_is_input_done(board, name) for name in board.inputs)


def count_work(board: Board) -> tuple[WorkerCount, ...]:
    """Return the counts of the task's workers, in order, then of others who hold work, by id."""
    counts: dict[str, Counter[State]] = {worker: Counter() for worker in board.rules.weights}
    others = {work.worker for work in board.each_work()} - counts.keys()
    counts |= {worker: Counter() for worker in sorted(others)}
    for name in board.inputs:
        for worker, state in board.find_states(name).items():
            counts[worker][state] += 1
    return tuple(_print_counts(worker, states) for worker, states in counts.items())


def measure(board: Board) -> Metrics:
    """Return the metrics of a task."""
    return Metrics(
        inputs=len(board.inputs),
        worked=sum(_is_worked(board, name) for name in board.inputs),
        reviewed=sum(_is_input_done(board, name) for name in board.inputs),
        reviewers=_measure_reviewers(board),
    )


def find_percent(part: int, whole: int) -> int:
    """Return how many whole per cent of *whole* are *part*, 100 only for all; 0 of nothing."""
    return 100 * part // whole if whole else 0


def _print_counts(worker: str, states: Counter[State]) -> WorkerCount:
    return WorkerCount(
        worker=worker,
        pending=states[State.PENDING],
        awaiting_review=states[State.AWAITING_REVIEW],
        success=states[State.SUCCESS],
        review_denied=states[State.REJECTED],
        awaiting_consensus_review=states[State.AWAITING_CONSENSUS_REVIEW],
    )


def _is_agreed(board: Board, name: str) -> bool:
    return bool(find_consensus(board.rules, board.works[name].values()))


def _is_worked(board: Board, name: str) -> bool:
    states = set(board.find_states(name).values())
    return bool(states) and (State.PENDING not in states or _is_agreed(board, name))


def _is_input_done(board: Board, name: str) -> bool:
    states = set(board.find_states(name).values())
    return bool(states) and (states <= DECIDED or _is_agreed(board, name))


def _measure_reviewers(board: Board) -> tuple[ReviewerMetrics, ...]:
    reviewers = board.rules.reviewers
    if board.rules.review is ReviewStrategy.NONE:
        return tuple(ReviewerMetrics(reviewer, 0, 0) for reviewer in reviewers)
    reviewed = Counter(by for name in board.inputs for by in _find_reviewed_by(board, name))
    reviewable = Counter(by for name in board.inputs for by in _find_reviewers(board, name))
    shares = _share_evenly(_count_unowned(board), reviewers)
    return tuple(
        ReviewerMetrics(reviewer, reviewed[reviewer], reviewable[reviewer] + share)
        for reviewer, share in zip(reviewers, shares, strict=True)
    )


def _find_reviewed_by(board: Board, name: str) -> set[str]:
    """Return the reviewers to whom an input has nothing left: they approved or rejected it."""
    works = board.works[name]
    by = {reviewer for work in works.values() for reviewer in work.reviewed_by}
    if _is_input_done(board, name):
        return by
    for worker in board.assigned[name]:
        if worker not in works:
            return set()
        if works[worker].state not in DECIDED:
            by &= works[worker].reviewed_by
    return by


def _find_reviewers(board: Board, name: str) -> set[str]:
    """Return the reviewers to whom an input falls, as far as that is settled."""
    if _is_input_done(board, name):
        return _find_reviewed_by(board, name)
    if board.rules.threshold_reviewers == ALL_REVIEWERS:
        return set(board.rules.reviewers)
    return find_owners(board, name)


def _count_unowned(board: Board) -> int:
    """Return how many inputs will fall to some reviewer, unknown to which."""
    return sum(
        not _is_input_done(board, name) and not _find_reviewers(board, name)
        for name in board.inputs
    )


def _share_evenly(count: int, among: Sequence[str]) -> list[int]:
    each, rest = divmod(count, max(1, len(among)))
    return [each + (index < rest) for index in range(len(among))]
