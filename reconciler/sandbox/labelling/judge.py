"""What becomes of submitted work.

Documented: without review it succeeds at once; with consensus, work succeeds when enough workers
agree and goes to reviewers when they do not; all reviewers, or the first, must approve.
Unknown, and chosen here: those who disagree with a consensus are rejected; the answer that
succeeded stays the approved one; of several answers with enough voices the one with most is the
consensus, and none where two have most; rejected work has no voice; work goes to the reviewers
as soon as no consensus can be reached any more, and stays there unless it comes to one after all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .board import Board
from .model import ALL_REVIEWERS, AWAITING, DECIDED, ReviewStrategy, Rules, State, Work

_HAS_VOICE = AWAITING | {State.SUCCESS}


def settle(board: Board) -> tuple[Work, ...]:
    """Return the work that changes when all inputs are judged anew.

    To be called after the rules or the inputs of a task were changed. What was approved or
    rejected stays so.
    """
    return tuple(work for name in board.inputs for work in _judge(board, name, {}))


def conclude(board: Board, changes: Iterable[Work]) -> tuple[Work, ...]:
    """Return *changes* with all that follows from them on their inputs."""
    changed: dict[str, dict[str, Work]] = {}
    for work in changes:
        changed.setdefault(work.input_id, {})[work.worker] = work
    return tuple(work for name, new in changed.items() for work in _judge(board, name, new))


def find_consensus(rules: Rules, works: Iterable[Work]) -> frozenset[str]:
    """Return the answer to which the workers of an input agree, nothing if they do not."""
    if not rules.seeks_consensus:
        return frozenset()
    works = [work for work in works if work.state in _HAS_VOICE]
    approved = {work.answer for work in works if work.state is State.SUCCESS}
    ranks = {
        answer: (answer in approved, voices)
        for answer, voices in Counter(work.answer for work in works).items()
        if voices >= rules.threshold_labelers
    }
    best = [answer for answer, rank in ranks.items() if rank == max(ranks.values())]
    return frozenset(best) if len(best) == 1 else frozenset()


def _judge(board: Board, input_id: str, new: Mapping[str, Work]) -> list[Work]:
    """Return the work on an input that is not as held, after *new* work came in."""
    rules, held = board.rules, board.works[input_id]
    works = {**held, **new}
    unheard = [
        worker
        for worker in board.assigned[input_id]
        if worker not in works or works[worker].state is State.PENDING
    ]
    agreed = find_consensus(rules, works.values())
    is_open = _is_consensus_open(rules, works.values(), unheard=len(unheard))
    judged = [_judge_work(rules, work, agreed=agreed, is_open=is_open) for work in works.values()]
    return [work for work in judged if work != held.get(work.worker)]


def _is_consensus_open(rules: Rules, works: Iterable[Work], *, unheard: int) -> bool:
    """Return whether those who have not spoken yet can still bring about a consensus."""
    voices = Counter(work.answer for work in works if work.state in _HAS_VOICE)
    most = max(voices.values(), default=0)
    return rules.seeks_consensus and unheard > 0 and most + unheard >= rules.threshold_labelers


def _judge_work(rules: Rules, work: Work, *, agreed: frozenset[str], is_open: bool) -> Work:
    if work.state not in AWAITING:
        return work
    if rules.review is ReviewStrategy.NONE or _is_approved(rules, work):
        state = State.SUCCESS
    elif agreed:
        state = State.SUCCESS if work.answer in agreed else State.REJECTED
    else:
        state = work.state if is_open else State.AWAITING_REVIEW
    reviewers = work.approved_by if state in DECIDED else work.reviewers
    return replace(work, state=state, reviewers=reviewers)


def _is_approved(rules: Rules, work: Work) -> bool:
    needed = rules.reviewers if rules.threshold_reviewers == ALL_REVIEWERS else ()
    return bool(work.approved_by) and work.approved_by.issuperset(needed)
