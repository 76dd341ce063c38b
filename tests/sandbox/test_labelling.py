"""Work goes its way from a start to a verdict as the strategies and thresholds of a task say."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.sandbox.labelling import (
    ALL_REVIEWERS,
    Board,
    ReviewStrategy,
    Rules,
    State,
    Work,
    WorkerStrategy,
    approve,
    find_abandoned,
    is_done,
    read_rules,
    reject,
    request_changes,
    settle,
    start,
    start_review,
    submit,
)

if TYPE_CHECKING:
    from reconciler.sandbox.values import JsonObject

DECIDED = {State.SUCCESS, State.REJECTED}
FULL = Rules(strategy=WorkerStrategy.FULL, weights={"a": 1, "b": 1, "c": 1}, reviewers=("r",))
CONSENSUS = replace(FULL, review=ReviewStrategy.CONSENSUS, threshold_labelers=2)
MANUAL = replace(FULL, review=ReviewStrategy.MANUAL)
BOTH = replace(MANUAL, threshold_reviewers=ALL_REVIEWERS, reviewers=("r", "s"))
DYNAMIC = replace(FULL, strategy=WorkerStrategy.DYNAMIC)


def store(board: Board, changes: Iterable[Work]) -> Board:
    """Return *board* with *changes* in place of what was held."""
    works = {(work.input_id, work.worker): work for work in (*board.held, *changes)}
    return replace(board, held=tuple(works.values()))


def say(board: Board, answers: Mapping[str, str], name: str = "i0") -> Board:
    """Return *board* after each worker in *answers*, in order, said something of an input."""
    for worker, answer in answers.items():
        board = store(board, submit(board, worker, answers={name: answer}))
    return board


def make_board(rules: Rules, count: int = 1) -> Board:
    return Board(rules, tuple(f"i{number}" for number in range(count)), ())


def states_on(board: Board, name: str = "i0") -> str:
    """Return the first letter of each worker's state, S for success; c awaits consensus."""
    letters = {State.AWAITING_CONSENSUS_REVIEW: "c", State.AWAITING_REVIEW: "r"}
    states = board.find_states(name).values()
    return "".join(letters.get(state, state.name[0]) for state in states)


@pytest.mark.parametrize(
    ("rules", "answers", "expected"),
    [
        (FULL, {"a": "cat"}, "SPP"),
        (MANUAL, {"a": "cat", "b": "cat"}, "rrP"),
        (CONSENSUS, {"a": "cat"}, "cPP"),
        (CONSENSUS, {"a": "cat", "c": "cat"}, "SPS"),
        (CONSENSUS, {"a": "cat", "b": "cat", "c": "cat"}, "SSS"),
        (CONSENSUS, {"a": "cat", "b": "dog"}, "ccP"),
        (CONSENSUS, {"a": "cat", "b": "dog", "c": "dog"}, "RSS"),
        (CONSENSUS, {"a": "cat", "c": "cat", "b": "dog"}, "SRS"),
        (CONSENSUS, {"a": "cat", "b": "dog", "c": "eel"}, "rrr"),
        (replace(CONSENSUS, threshold_labelers=3), {"a": "cat", "b": "dog"}, "rrP"),
        (replace(CONSENSUS, threshold_labelers=4), {"a": "cat"}, "rPP"),
        (replace(CONSENSUS, threshold_labelers=0), {"a": "cat", "b": "cat"}, "rrP"),
        (replace(CONSENSUS, threshold_labelers=1), {"b": "cat"}, "PSP"),
        (replace(CONSENSUS, threshold_labelers=1), {"b": "cat", "a": "dog"}, "RSP"),
        (replace(CONSENSUS, threshold_labelers=1), {"b": "", "a": "dog"}, "RSP"),
        (replace(MANUAL, threshold_labelers=2), {"a": "cat", "b": "cat"}, "rrP"),
    ],
)
def test_submitted_work_is_judged(rules: Rules, answers: Mapping[str, str], expected: str) -> None:
    assert states_on(say(make_board(rules), answers)) == expected


def test_the_documented_consensus_is_never_reached_with_one_worker_on_each_input() -> None:
    """The documentation's own sample asks for 2 equal answers of the 1 worker of an input."""
    alone = replace(CONSENSUS, strategy=WorkerStrategy.PARTITIONED)
    [worker] = make_board(alone).assigned["i0"]
    assert states_on(say(make_board(alone), {worker: "cat"})) == "r"


def test_submitting_again_or_what_is_not_theirs_changes_nothing() -> None:
    board = say(make_board(CONSENSUS, 2), {"a": "cat"})
    assert submit(board, "a", answers={"i0": "dog"}) == ()
    assert submit(board, "stranger", answers={"i0": "dog"}) == ()
    assert submit(board, "a", answers={"elsewhere": "dog"}) == ()


def test_a_start_gives_ten_begun_ones_first() -> None:
    board = make_board(FULL, 25)
    first = start(board, "a")
    assert [work.input_id for work in first] == [f"i{number}" for number in range(10)]
    board = store(board, first)
    assert start(board, "a") == first
    for name in ("i0", "i9"):
        board = say(board, {"a": "cat"}, name)
    names = [work.input_id for work in start(board, "a")]
    assert names == [f"i{number}" for number in (*range(1, 9), 10, 11)]
    assert [work.input_id for work in start(board, "b")] == [work.input_id for work in first]


def test_a_start_gives_work_that_was_sent_back_before_new_work() -> None:
    board = say(make_board(MANUAL, 12), {"a": "cat"}, "i11")
    board = store(board, request_changes(board, works=board.held))
    [back, *_] = start(board, "a")
    assert (back.input_id, back.state, back.answer) == ("i11", State.PENDING, "cat")


def test_a_dynamic_task_hands_out_ten_that_nobody_has() -> None:
    board = make_board(DYNAMIC, 33)
    assert set(board.assigned.values()) == {()}
    batches = {}
    for worker in ("a", "b", "c", "stranger"):
        batches[worker] = start(board, worker)
        board = store(board, batches[worker])
    assert [len(batch) for batch in batches.values()] == [10, 10, 10, 0]
    assert max(map(len, board.assigned.values())) == 1
    for work in batches["c"]:
        board = say(board, {"c": "cat"}, work.input_id)
    assert [work.input_id for work in start(board, "c")] == ["i30", "i31", "i32"]


def test_a_dynamic_task_hands_out_nothing_while_some_is_open() -> None:
    board = make_board(DYNAMIC, 30)
    board = store(board, start(board, "a"))
    board = say(board, {"a": "cat"}, "i3")
    assert len(start(board, "a")) == 9


def test_one_reviewer_of_each_input() -> None:
    board = make_board(replace(MANUAL, reviewers=("r", "s")), 9)
    for name in board.inputs:
        board = say(board, {"a": "cat", "b": "cat"}, name)
    first = start_review(board, "r")
    assert [work.input_id for work in first[::2]] == ["i0", "i1", "i2", "i3", "i4"]
    board = store(board, first)
    assert start_review(board, "r") == first
    second = start_review(board, "s")
    assert [work.input_id for work in second[::2]] == ["i5", "i6", "i7", "i8"]
    assert start_review(board, "stranger") == ()
    late = say(board, {"c": "cat"}, "i0")
    assert "c" not in {work.worker for work in start_review(late, "s", workers=["c"])}
    assert [work.worker for work in start_review(late, "r", workers=["c"])] == ["c"]


def test_work_stays_with_its_reviewer_where_another_helped_out() -> None:
    board = say(make_board(replace(MANUAL, reviewers=("r", "s"))), {"a": "cat", "b": "cat"})
    board = store(board, start_review(board, "r"))
    board = store(board, approve(board, "s", works=[board.works["i0"]["a"]]))
    assert start_review(board, "s") == ()
    assert [work.worker for work in start_review(board, "r")] == ["b"]


def test_a_review_goes_on_with_what_was_handed_out_before() -> None:
    board = say(make_board(MANUAL, 12), {"a": "cat"}, "i11")
    board = store(board, start_review(board, "r"))
    for name in board.inputs:
        board = say(board, {"a": "cat"}, name)
    names = [work.input_id for work in start_review(board, "r")]
    assert names == ["i11", *(f"i{number}" for number in range(9))]


def test_what_was_handed_to_a_reviewer_who_went_is_handed_to_others() -> None:
    board = say(make_board(MANUAL), {"a": "cat"})
    board = store(board, start_review(board, "r"))
    board = replace(board, rules=replace(MANUAL, reviewers=("s",)))
    assert start_review(board, "r") == ()
    assert [work.worker for work in start_review(board, "s")] == ["a"]


def test_all_reviewers_must_approve() -> None:
    board = say(make_board(BOTH), {"a": "cat"})
    for reviewer in ("r", "s"):
        board = store(board, start_review(board, reviewer))
    board = store(board, approve(board, "r", works=board.held))
    assert states_on(board) == "rPP"
    assert start_review(board, "r") == ()
    assert approve(board, "r", works=board.held) == ()
    board = store(board, approve(board, "s", works=board.held))
    assert states_on(board) == "SPP"


@pytest.mark.parametrize("rules", [MANUAL, BOTH])
def test_one_rejection_is_final(rules: Rules) -> None:
    board = say(make_board(rules), {"a": "cat"})
    for reviewer in ("r", "s"):
        board = store(board, start_review(board, reviewer))
    board = store(board, reject(board, "r", works=board.held))
    assert states_on(board) == "RPP"
    assert board.held[0].reviewed_by == {"r"}
    assert approve(board, "s", works=board.held) == ()
    assert request_changes(board, works=board.held) == ()
    assert submit(board, "a", answers={"i0": "dog"}) == ()


def test_the_first_approval_suffices_whoever_it_was_handed_to() -> None:
    board = say(make_board(replace(MANUAL, reviewers=("r", "s"))), {"a": "cat"})
    board = store(board, start_review(board, "r"))
    [done] = approve(board, "s", works=board.held)
    assert done.state is State.SUCCESS
    assert done.reviewed_by == {"s"}


def test_a_request_for_changes_dismisses_the_reviews() -> None:
    board = say(make_board(BOTH), {"a": "cat"})
    board = store(board, approve(board, "r", works=board.held))
    board = store(board, request_changes(board, works=board.held))
    assert board.held == (Work("i0", "a", State.PENDING, "cat"),)
    board = say(board, {"a": "dog"})
    board = store(board, approve(board, "s", works=board.held))
    assert states_on(board) == "rPP"


def test_workers_may_agree_after_a_request_for_changes() -> None:
    board = say(make_board(CONSENSUS), {"a": "cat", "b": "dog", "c": "eel"})
    of_c = [work for work in board.held if work.worker == "c"]
    board = store(board, request_changes(board, works=of_c))
    assert states_on(board) == "rrP"
    assert states_on(say(board, {"c": "cat"})) == "SRS"


def test_a_rejection_may_end_the_hope_for_a_consensus() -> None:
    """Of 4 workers 3 must agree: 2 who do and 1 who is open can, until 1 of the 2 is rejected."""
    rules = replace(CONSENSUS, threshold_labelers=3, weights=dict.fromkeys("abcd", 1))
    board = say(make_board(replace(rules, review=ReviewStrategy.MANUAL)), {"a": "cat"})
    board = say(replace(board, rules=rules), {"b": "cat", "c": "dog"})
    assert states_on(board) == "rccP"
    of_a = [work for work in board.held if work.worker == "a"]
    assert states_on(store(board, reject(board, "r", works=of_a))) == "RrrP"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # Two answers with one voice each are no consensus, even where one voice would do.
        ({"threshold_labelers": 1}, "ccP"),
        ({"threshold_labelers": 0}, "rrP"),
        ({"threshold_labelers": 3}, "rrP"),
        ({"weights": {"a": 1, "b": 1}}, "rr"),
        ({"review": ReviewStrategy.NONE}, "SSP"),
        ({"review": ReviewStrategy.MANUAL}, "rrP"),
        ({"reviewers": ()}, "ccP"),
    ],
)
def test_a_change_of_rules_settles_what_was_open(
    change: Mapping[str, object], expected: str
) -> None:
    board = say(make_board(CONSENSUS), {"a": "cat", "b": "dog"})
    assert states_on(board) == "ccP"
    rules = replace(CONSENSUS, **change)  # type: ignore[arg-type]
    board = replace(board, rules=rules)
    assert states_on(store(board, settle(board))) == expected


def test_a_lower_threshold_makes_a_consensus() -> None:
    rules = replace(CONSENSUS, threshold_labelers=3)
    board = say(make_board(rules), {"a": "cat", "b": "cat"})
    assert states_on(board) == "ccP"
    board = replace(board, rules=CONSENSUS)
    assert states_on(store(board, settle(board))) == "SSP"


def test_where_all_have_spoken_and_two_answers_have_as_many_voices_reviewers_decide() -> None:
    rules = replace(CONSENSUS, threshold_labelers=1, weights={"a": 1, "b": 1})
    state = State.AWAITING_CONSENSUS_REVIEW
    held = (Work("i0", "a", state, "cat"), Work("i0", "b", state, "dog"))
    board = Board(rules, ("i0",), held)
    assert states_on(store(board, settle(board))) == "rr"


def test_a_reviewer_who_goes_is_no_longer_waited_for() -> None:
    board = say(make_board(BOTH), {"a": "cat"})
    board = store(board, approve(board, "r", works=board.held))
    board = replace(board, rules=replace(BOTH, reviewers=("r",)))
    assert states_on(store(board, settle(board))) == "SPP"


def test_abandoned_is_the_open_work_of_those_who_went() -> None:
    board = make_board(DYNAMIC, 3)
    board = say(store(board, start(board, "a")), {"a": "cat"}, "i1")
    assert find_abandoned(board) == ()
    board = replace(board, rules=replace(DYNAMIC, weights={"b": 1}))
    assert [work.input_id for work in find_abandoned(board)] == ["i0", "i2"]


@pytest.mark.parametrize(
    ("rules", "answers", "expected"),
    [
        (FULL, {"a": "cat", "b": "cat"}, False),
        (FULL, {"a": "cat", "b": "dog", "c": "eel"}, True),
        (CONSENSUS, {"a": "cat", "b": "cat"}, True),
        (CONSENSUS, {"a": "cat", "b": "dog", "c": "eel"}, False),
        (MANUAL, {"a": "cat", "b": "cat", "c": "cat"}, False),
        (DYNAMIC, {}, False),
        (Rules(), {}, False),
    ],
)
def test_when_a_task_is_done(rules: Rules, answers: Mapping[str, str], *, expected: bool) -> None:
    assert is_done(say(make_board(rules), answers)) is expected


def test_a_task_without_inputs_is_not_done() -> None:
    assert not is_done(make_board(FULL, 0))


def test_reviewed_work_is_done_whatever_the_verdict() -> None:
    board = say(make_board(replace(MANUAL, weights={"a": 1, "b": 1})), {"a": "cat", "b": "dog"})
    board = store(board, approve(board, "r", works=board.held[:1]))
    assert not is_done(board)
    assert is_done(store(board, reject(board, "r", works=board.held[1:])))


def test_rules_of_a_spec() -> None:
    spec: JsonObject = {
        "worker": {
            "strategy": 2,
            "workers": [{"user": {"id": "ana"}}, {"user": {"id": "bo"}}],
            "partitioned_strategy_info": {
                "type": 2,
                "workers_per_input": 2,
                "weights": {"ana": 10.5, "bo": 1},
            },
        },
        "review": {
            "strategy": 3,
            "users": [{"id": "cy"}],
            "consensus_strategy_info": {
                "approval_threshold_labelers": 2,
                "approval_threshold_reviewers": -1,
            },
        },
    }
    assert read_rules(spec) == Rules(
        strategy=WorkerStrategy.PARTITIONED,
        weights={"ana": 10.5, "bo": 1},
        workers_per_input=2,
        review=ReviewStrategy.CONSENSUS,
        threshold_labelers=2,
        threshold_reviewers=ALL_REVIEWERS,
        reviewers=("cy",),
    )


def test_rules_of_a_spec_that_says_little() -> None:
    assert read_rules({}) == Rules()
    evenly: JsonObject = {"type": 1, "weights": {"ana": 5, "bo": 1}}
    users: JsonObject = {"workers": [{"user": {"id": "ana"}}, {"user": {"id": "bo"}}]}
    rules = read_rules({"worker": {**users, "partitioned_strategy_info": evenly}})
    assert rules.weights == {"ana": 1, "bo": 1}
    model: JsonObject = {"workers": [{"model": {"id": "detector"}}], "strategy": 3}
    assert read_rules({"worker": model}).weights == {}
    manual: JsonObject = {"strategy": 2, "manual_strategy_info": {"approval_threshold": -1}}
    assert read_rules({"review": manual}).threshold_reviewers == ALL_REVIEWERS


_WORKERS = st.sampled_from("abcd")
_REVIEWERS = st.sampled_from("rs")
_RULES = st.builds(
    Rules,
    strategy=st.sampled_from(WorkerStrategy),
    weights=st.dictionaries(_WORKERS, st.integers(1, 3), max_size=4),
    workers_per_input=st.integers(1, 4),
    review=st.sampled_from(ReviewStrategy),
    threshold_labelers=st.integers(0, 3),
    threshold_reviewers=st.sampled_from([1, ALL_REVIEWERS]),
    reviewers=st.sampled_from([("r",), ("r", "s")]),
)


class Labelling(RuleBasedStateMachine):
    """A task that people work on in any order, while its rules change now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.board = make_board(Rules(), 5)

    @initialize(rules=_RULES)
    def begin(self, rules: Rules) -> None:
        self.board = make_board(rules, 5)

    @rule(worker=_WORKERS)
    def start(self, worker: str) -> None:
        batch = start(self.board, worker)
        assert {(work.worker, work.state) for work in batch} <= {(worker, State.PENDING)}
        before = self.board.assigned
        self._store(batch)
        if self.board.rules.strategy is not WorkerStrategy.DYNAMIC:
            assert self.board.assigned == before
        assert set(start(self.board, worker)) == set(batch)

    @rule(worker=_WORKERS, answer=st.sampled_from(["cat", "dog"]), data=st.data())
    def submit(self, worker: str, answer: str, data: st.DataObject) -> None:
        names = data.draw(st.sets(st.sampled_from(self.board.inputs), min_size=1))
        before = self.board
        self._store(submit(before, worker, answers=dict.fromkeys(names, answer)))
        assert self.board.assigned == before.assigned
        for name in names:
            if before.find_states(name).get(worker) is State.PENDING:
                assert self.board.works[name][worker].answer == answer
                assert self.board.works[name][worker].state is not State.PENDING
            elif worker not in self.board.assigned[name]:
                assert worker not in self.board.works[name]
            else:
                assert self.board.works[name] == before.works[name]

    @rule(reviewer=_REVIEWERS)
    def start_review(self, reviewer: str) -> None:
        batch = start_review(self.board, reviewer)
        assert all(reviewer in work.reviewers for work in batch)
        assert reviewer in self.board.rules.reviewers or not batch
        self._store(batch)
        assert set(start_review(self.board, reviewer)) == set(batch)

    @precondition(lambda self: self.board.held)
    @rule(
        act=st.sampled_from(["approve", "reject", "request changes"]),
        reviewer=_REVIEWERS,
        data=st.data(),
    )
    def review(self, act: str, reviewer: str, data: st.DataObject) -> None:
        works = data.draw(st.lists(st.sampled_from(self.board.held), min_size=1, max_size=3))
        awaiting = [work for work in works if work.state is State.AWAITING_REVIEW]
        match act:
            case "approve":
                changes = approve(self.board, reviewer, works=works)
            case "reject":
                changes = reject(self.board, reviewer, works=works)
            case _:
                changes = request_changes(self.board, works=works)
        self._store(changes)
        for work in awaiting:
            now = self.board.works[work.input_id][work.worker]
            match act:
                case "approve":
                    alone = self.board.rules.threshold_reviewers == 1
                    is_last = work.approved_by | {reviewer} >= {*self.board.rules.reviewers}
                    assert reviewer in now.reviewed_by
                    assert now.state in DECIDED or not (alone or is_last)
                case "reject":
                    assert now.state is State.REJECTED
                case _:
                    assert now == Work(work.input_id, work.worker, answer=work.answer)
        assert bool(changes) <= bool(awaiting)

    @rule(rules=_RULES)
    def change_rules(self, rules: Rules) -> None:
        self.board = replace(self.board, rules=rules)
        gone = set(find_abandoned(self.board))
        assert {work.state for work in gone} <= {State.PENDING}
        self.board = replace(self.board, held=tuple(w for w in self.board.held if w not in gone))
        self._store(settle(self.board))

    def _store(self, changes: tuple[Work, ...]) -> None:
        """Store *changes*, which never touch what was decided, and change each work once."""
        before = {(work.input_id, work.worker): work for work in self.board.held}
        keys = [(work.input_id, work.worker) for work in changes]
        assert len(set(keys)) == len(keys)
        for key in keys:
            assert key not in before or before[key].state not in DECIDED
        self.board = store(self.board, changes)

    @invariant()
    def all_is_settled(self) -> None:
        assert settle(self.board) == ()

    @invariant()
    def whoever_awaits_a_consensus_can_still_get_one(self) -> None:
        rules = self.board.rules
        for name, works in self.board.works.items():
            by_state = Counter(work.state for work in works.values())
            if by_state[State.AWAITING_CONSENSUS_REVIEW]:
                assert rules.review is ReviewStrategy.CONSENSUS
                states = [*self.board.find_states(name).values()]
                assert State.PENDING in states
                assert len(states) - by_state[State.REJECTED] >= rules.threshold_labelers > 0

    @invariant()
    def consensus_leaves_nobody_waiting(self) -> None:
        """Where enough equal answers are, and no other has as many, nothing awaits review."""
        rules = self.board.rules
        for works in self.board.works.values():
            voices = Counter(
                work.answer
                for work in works.values()
                if work.state not in {State.PENDING, State.REJECTED}
            )
            [most, second, *_] = [*sorted(voices.values(), reverse=True), 0, 0]
            is_agreed = most > second and most >= rules.threshold_labelers > 0
            if rules.review is ReviewStrategy.CONSENSUS and is_agreed:
                assert {work.state for work in works.values()} <= {*DECIDED, State.PENDING}

    @invariant()
    def review_is_open_only_while_it_is_awaited(self) -> None:
        for work in self.board.held:
            if work.state in {State.PENDING, State.AWAITING_CONSENSUS_REVIEW}:
                assert not work.reviewers | work.approved_by
            assert work.approved_by <= work.reviewers

    @invariant()
    def without_review_nothing_waits(self) -> None:
        if self.board.rules.review is ReviewStrategy.NONE:
            assert {work.state for work in self.board.held} <= {*DECIDED, State.PENDING}

    @invariant()
    def done_is_when_nobody_has_anything_to_do(self) -> None:
        """See that a done task has nothing to review, and to label only what was agreed upon."""
        board = self.board
        if is_done(board):
            assert all(board.assigned.values())
            assert not any(start_review(board, reviewer) for reviewer in "rs")
        elif all(board.assigned.values()):
            assert any(set(board.find_states(name).values()) - DECIDED for name in board.inputs)
        if is_done(board) and board.rules.review is not ReviewStrategy.CONSENSUS:
            assert not any(start(board, worker) for worker in "abcd")


TestLabelling = Labelling.TestCase
TestLabelling.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
