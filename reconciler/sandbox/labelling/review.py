"""What reviewers do: start, approve, reject and request changes.

Documented: a start gives at most 10 works, those that were handed out before again; all works on
an input go to one reviewer, or with the threshold -1 to all; one rejection is final; a request
for changes sends work back and starts its review anew. Unknown: whether a reviewer may judge what
was handed to another; here anyone may, and that a person is among the reviewers of the task is
for the caller to see to. A start gives nobody what another has.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from .board import Board
from .judge import conclude
from .model import ALL_REVIEWERS, State, Work

_BATCH = 10


def start_review(board: Board, reviewer: str, *, workers: Collection[str] = ()) -> tuple[Work, ...]:
    """Return the work that *reviewer* is to review next, all of which is handed to them now.

    What was handed to them before comes first, then what is new, both in the order of inputs
    and workers' ids; at most 10. With *workers* only theirs.
    """
    waiting = [
        work for work in _find_reviewable(board, reviewer) if work.worker in workers or not workers
    ]
    waiting.sort(key=lambda work: reviewer not in work.reviewers)
    return tuple(_hand_to(work, reviewer) for work in waiting[:_BATCH])


def approve(board: Board, reviewer: str, *, works: Iterable[Work]) -> tuple[Work, ...]:
    """Return what changes when *reviewer* approves those of *works* that await review.

    With the threshold 1 they succeed; with -1 when all reviewers of the task have approved.
    """
    return conclude(
        board,
        [
            replace(_hand_to(work, reviewer), approved_by=work.approved_by | {reviewer})
            for work in _find_awaiting(board, works)
        ],
    )


def reject(board: Board, reviewer: str, *, works: Iterable[Work]) -> tuple[Work, ...]:
    """Return what changes when *reviewer* rejects those of *works* that await review."""
    return conclude(
        board,
        [
            replace(work, state=State.REJECTED, reviewers=work.approved_by | {reviewer})
            for work in _find_awaiting(board, works)
        ],
    )


def request_changes(board: Board, *, works: Iterable[Work]) -> tuple[Work, ...]:
    """Return what changes when those of *works* that await review go back to their workers.

    Their answers stay, their reviews are dismissed.
    """
    nobody: frozenset[str] = frozenset()
    return conclude(
        board,
        [
            replace(work, state=State.PENDING, reviewers=nobody, approved_by=nobody)
            for work in _find_awaiting(board, works)
        ],
    )


def find_owners(board: Board, input_id: str) -> set[str]:
    """Return the reviewers of the task who have reviewed or are to review work on an input."""
    works = board.works[input_id].values()
    return {owner for work in works for owner in work.reviewers} & {*board.rules.reviewers}


def _find_reviewable(board: Board, reviewer: str) -> Iterator[Work]:
    """Yield the work that awaits review by *reviewer*, handed out or not."""
    for name, works in board.works.items():
        owners = find_owners(board, name)
        for work in works.values():
            waits = work.state is State.AWAITING_REVIEW and reviewer not in work.approved_by
            if waits and reviewer in _find_candidates(board, work, owners):
                yield work


def _find_candidates(board: Board, work: Work, owners: set[str]) -> Collection[str]:
    """Return the reviewers who may be handed *work*, on an input of *owners*."""
    if board.rules.threshold_reviewers == ALL_REVIEWERS:
        return board.rules.reviewers
    return owners & work.reviewers or owners or board.rules.reviewers


def _find_awaiting(board: Board, works: Iterable[Work]) -> Iterator[Work]:
    """Yield what is held of *works*, as it is held, if it awaits review."""
    for named in works:
        held = board.works.get(named.input_id, {})
        if named.worker in held and held[named.worker].state is State.AWAITING_REVIEW:
            yield held[named.worker]


def _hand_to(work: Work, reviewer: str) -> Work:
    return replace(work, reviewers=work.reviewers | {reviewer})
