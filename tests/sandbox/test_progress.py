"""Counts and metrics say how far a task is, and 100 per cent only when all is done."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.labelling import (
    ALL_REVIEWERS,
    Board,
    ReviewerMetrics,
    ReviewStrategy,
    Rules,
    State,
    Work,
    WorkerCount,
    WorkerStrategy,
    approve,
    count_work,
    is_done,
    measure,
    reject,
    settle,
    start_review,
    submit,
)
from reconciler.sandbox.labelling.progress import find_percent

RULES = Rules(strategy=WorkerStrategy.FULL, weights={"b": 1, "a": 1}, reviewers=("s", "r"))
MANUAL = replace(RULES, review=ReviewStrategy.MANUAL)
ALL = replace(MANUAL, threshold_reviewers=ALL_REVIEWERS)
CONSENSUS = replace(RULES, review=ReviewStrategy.CONSENSUS, threshold_labelers=2)


def _store(board: Board, changes: tuple[Work, ...]) -> Board:
    works = {(work.input_id, work.worker): work for work in (*board.held, *changes)}
    return replace(board, held=tuple(works.values()))


def _label(rules: Rules, answers: Mapping[str, Mapping[str, str]]) -> Board:
    board = Board(rules, ("i0", "i1", "i2"), ())
    for worker, said in answers.items():
        board = _store(board, submit(board, worker, answers=said))
    return board


def _reviewed(board: Board) -> list[tuple[int, int, int]]:
    return [(each.reviewed, each.reviewable, each.percent) for each in measure(board).reviewers]


def test_counts_per_worker_and_state() -> None:
    states = (State.SUCCESS, State.REJECTED, State.AWAITING_REVIEW)
    held = [Work(f"i{number}", "a", state) for number, state in enumerate(states)]
    held += [
        Work("i1", "b", State.AWAITING_CONSENSUS_REVIEW),
        Work("i0", "gone", State.SUCCESS),
        Work("no input any more", "a"),
    ]
    assert count_work(Board(RULES, ("i0", "i1", "i2", "i3"), tuple(held))) == (
        WorkerCount("b", 3, 0, 0, 0, 1),
        WorkerCount("a", 1, 1, 1, 1, 0),
        WorkerCount("gone", 0, 0, 1, 0, 0),
    )


def test_an_input_is_worked_on_when_all_its_workers_submitted() -> None:
    said = {"i0": "cat", "i1": "cat"}
    metrics = measure(_label(RULES, {"a": said, "b": {"i0": "dog"}}))
    assert (metrics.inputs, metrics.worked, metrics.reviewed) == (3, 1, 1)
    assert (metrics.worked_percent, metrics.reviewed_percent) == (33, 33)


def test_consensus_spares_the_others_their_work() -> None:
    rules = replace(CONSENSUS, weights=dict.fromkeys("abc", 1))
    board = _label(rules, {"a": {"i0": "cat", "i1": "cat"}, "b": {"i0": "cat", "i1": "dog"}})
    metrics = measure(board)
    assert (metrics.worked, metrics.reviewed) == (1, 1)


def test_without_review_nobody_has_anything_to_review() -> None:
    assert _reviewed(_label(RULES, {"a": {"i0": "cat"}})) == [(0, 0, 0), (0, 0, 0)]


def test_what_nobody_was_handed_is_shared_by_the_reviewers() -> None:
    said = {"i0": "cat", "i1": "cat", "i2": "cat"}
    board = _label(MANUAL, {"a": said, "b": said})
    assert _reviewed(board) == [(0, 2, 0), (0, 1, 0)]
    board = _store(board, start_review(board, "r"))
    assert _reviewed(board) == [(0, 0, 0), (0, 3, 0)]
    board = _store(board, approve(board, "r", works=board.held[:1]))
    assert _reviewed(board) == [(0, 0, 0), (0, 3, 0)]
    board = _store(board, reject(board, "r", works=board.works["i0"].values()))
    assert _reviewed(board) == [(0, 0, 0), (1, 3, 33)]
    assert measure(board).reviewed == 1


def test_all_reviewers_review_all_but_what_one_rejected() -> None:
    said = {"i0": "cat", "i1": "cat", "i2": "cat"}
    board = _label(ALL, {"a": said, "b": said})
    board = _store(board, approve(board, "r", works=board.works["i0"].values()))
    assert _reviewed(board) == [(0, 3, 0), (1, 3, 33)]
    assert measure(board).reviewed == 0
    board = _store(board, reject(board, "s", works=board.works["i1"].values()))
    assert _reviewed(board) == [(1, 3, 33), (1, 2, 50)]
    assert measure(board).reviewed == 1


def test_an_input_is_not_reviewed_while_somebody_has_to_label_it() -> None:
    board = _label(ALL, {"a": {"i0": "cat"}})
    board = _store(board, approve(board, "r", works=board.held))
    assert _reviewed(board) == [(0, 3, 0), (0, 3, 0)]


def test_consensus_leaves_less_to_review() -> None:
    said = {"i0": "cat", "i1": "cat", "i2": "cat"}
    board = _label(CONSENSUS, {"a": said, "b": said | {"i2": "dog"}})
    assert _reviewed(board) == [(0, 1, 0), (0, 0, 0)]


def test_reviewers_are_in_the_order_of_the_task() -> None:
    assert [each.reviewer for each in measure(_label(MANUAL, {})).reviewers] == ["s", "r"]


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 0), (0, 9, 0), (999, 1000, 99), (7, 7, 100), (1, 3, 33)]
)
def test_100_per_cent_are_all(part: int, whole: int, percent: int) -> None:
    assert find_percent(part, whole) == percent
    assert ReviewerMetrics("r", part, whole).percent == percent


@st.composite
def _boards(draw: st.DrawFn) -> Board:
    rules = replace(
        draw(st.sampled_from([RULES, MANUAL, ALL, CONSENSUS])),
        strategy=draw(st.sampled_from(WorkerStrategy)),
    )
    inputs = tuple(f"i{number}" for number in range(draw(st.integers(0, 3))))
    places = [(name, worker) for name in inputs for worker in draw(st.sets(st.sampled_from("abg")))]
    held = [
        Work(*place, draw(st.sampled_from(State)), draw(st.sampled_from(["cat", "dog"])))
        for place in places
    ]
    reviews = st.frozensets(st.sampled_from("rs"))
    held = [
        replace(work, reviewers=by, approved_by=by & draw(reviews))
        if work.state in {State.SUCCESS, State.REJECTED, State.AWAITING_REVIEW}
        else work
        for work in held
        for by in [draw(reviews)]
    ]
    board = Board(rules, inputs, tuple(held))
    return _store(board, settle(board))


@given(_boards())
def test_measures_agree_with_each_other(board: Board) -> None:
    metrics, counts = measure(board), count_work(board)
    assert 0 <= metrics.reviewed <= metrics.worked <= metrics.inputs == len(board.inputs)
    assert (metrics.reviewed_percent == 100) == is_done(board)
    assert (metrics.worked_percent == 100) == (0 < metrics.worked == metrics.inputs)
    for each in metrics.reviewers:
        assert 0 <= each.reviewed <= each.reviewable <= metrics.inputs
    places = sum(
        each.pending
        + each.awaiting_review
        + each.success
        + each.review_denied
        + each.awaiting_consensus_review
        for each in counts
    )
    assert places == sum(map(len, board.assigned.values()))


@given(_boards())
def test_all_that_may_be_reviewed_falls_to_somebody(board: Board) -> None:
    """What is left to review is shared: each input that is not done is some reviewer's."""
    metrics = measure(board)
    if board.rules.review is not ReviewStrategy.NONE:
        reviewable = sum(each.reviewable for each in metrics.reviewers)
        assert reviewable >= metrics.inputs - metrics.reviewed
