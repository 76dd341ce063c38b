"""Inputs are divided as a task asks, exactly, and in a way that work in progress never upsets."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.sandbox.labelling import Rules, State, Work, WorkerStrategy, assign
from reconciler.sandbox.labelling.turns import Rate, choose, make_turn

Teams = Mapping[str, tuple[str, ...]]

_WEIGHTS = st.one_of(
    st.lists(st.integers(1, 20), min_size=1, max_size=8),
    st.lists(st.sampled_from([10.5, 0.1, 0.7, 33.3, 1e-9]), min_size=1, max_size=5),
    st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=4),
)


def _name_inputs(count: int) -> tuple[str, ...]:
    return tuple(f"i{number}" for number in range(count))


def _partition(weights: Mapping[str, float], per_input: int = 1) -> Rules:
    return Rules(strategy=WorkerStrategy.PARTITIONED, weights=weights, workers_per_input=per_input)


def _find_share(rules: Rules, worker: str) -> Fraction:
    """Return how many places the worker has per input, exactly."""
    total = sum(map(Fraction, rules.weights.values()))
    return rules.workers_per_input * Fraction(rules.weights[worker]) / total


def _count(teams: Iterable[tuple[str, ...]]) -> Counter[str]:
    return Counter(worker for team in teams for worker in team)


@st.composite
def _partitions(draw: st.DrawFn) -> Rules:
    """Partitions that can be: no share is above one place on each input."""
    weights = draw(_WEIGHTS)
    most = sum(map(Fraction, weights)) // Fraction(max(weights))
    named = {f"w{number}": weight for number, weight in enumerate(weights)}
    return _partition(named, draw(st.integers(1, int(most))))


@st.composite
def _all_rules(draw: st.DrawFn) -> Rules:
    """Rules of any kind, those of partitions that cannot be exact among them."""
    names = draw(st.lists(st.sampled_from("abcdef"), max_size=6, unique=True))
    return Rules(
        strategy=draw(st.sampled_from(WorkerStrategy)),
        weights={name: draw(st.integers(1, 9)) for name in names},
        workers_per_input=draw(st.integers(1, 7)),
    )


@st.composite
def _held_works(draw: st.DrawFn, inputs: tuple[str, ...]) -> tuple[Work, ...]:
    pairs = st.tuples(st.sampled_from([*inputs, "gone"]), st.sampled_from("abcxyz"))
    states = st.sampled_from(State)
    return tuple(Work(*pair, draw(states)) for pair in draw(st.sets(pairs, max_size=30)))


def test_the_documented_weights() -> None:
    """90 and 10, as well as 9 and 1, give the first worker 90 of 100 inputs, the other 10."""
    inputs = _name_inputs(100)
    ninety = assign(_partition({"ana": 90, "bo": 10}), inputs=inputs, held=())
    assert _count(ninety.values()) == {"ana": 90, "bo": 10}
    assert assign(_partition({"ana": 9, "bo": 1}), inputs=inputs, held=()) == ninety


def test_turns_are_spread_over_the_inputs() -> None:
    teams = assign(_partition({"ana": 2, "bo": 1}), inputs=_name_inputs(6), held=())
    assert "".join(worker[0] for [worker] in teams.values()) == "aabaab"


def _check_shares(rules: Rules, count: int) -> None:
    """After each input everyone has had their exact share, less than one input more or less."""
    had: Counter[str] = Counter()
    teams = assign(rules, inputs=_name_inputs(count), held=())
    for number, team in enumerate(teams.values(), start=1):
        assert len(set(team)) == len(team) == rules.workers_per_input
        had.update(team)
        for worker in rules.weights:
            assert abs(had[worker] - number * _find_share(rules, worker)) < 1


@given(_partitions(), st.integers(1, 60))
@example(_partition({"a": 0.1, "b": 0.2, "c": 0.3}, 2), 60)
@example(_partition({"a": 10.5, "b": 3, "c": 1}), 60)
@example(_partition({"a": 1e-300, "b": 1e300}), 60)
@example(_partition({"a": 10, "b": 6, "c": 10, "d": 11, "e": 8}, 4), 60)
def test_nobody_is_ever_a_whole_input_off(rules: Rules, count: int) -> None:
    _check_shares(rules, count)


@given(st.lists(st.integers(1, 11), min_size=4, max_size=9), st.integers(2, 4))
def test_heavy_shares_leave_room_for_each_other(parts: list[int], per_input: int) -> None:
    """Of shares above half the inputs it is nearly forced who is due when."""
    weights = {f"w{number}": part for number, part in enumerate(parts)}
    rules = _partition(weights, max(1, min(per_input, sum(parts) // max(parts))))
    _check_shares(rules, 60)


def test_of_turns_that_end_together_the_one_that_overlaps_with_the_next_is_first() -> None:
    apart = make_turn("a", had=0, rate=Rate(1, 3))
    overlapping = make_turn("z", had=0, rate=Rate(2, 5))
    assert apart.deadline == overlapping.deadline == 3
    assert choose([apart, overlapping], at=0, count=1) == [overlapping]


@given(_partitions(), st.integers(1, 1000))
def test_only_ratios_matter(rules: Rules, factor: int) -> None:
    weights = {
        worker: int(Fraction(weight) * 2**1100 * factor) for worker, weight in rules.weights.items()
    }
    inputs = _name_inputs(30)
    scaled = replace(rules, weights=weights)
    assert assign(scaled, inputs=inputs, held=()) == assign(rules, inputs=inputs, held=())


@given(_all_rules(), st.data())
def test_the_order_in_which_workers_are_listed_is_nothing(
    rules: Rules, data: st.DataObject
) -> None:
    inputs = _name_inputs(12)
    held = data.draw(_held_works(inputs))
    shuffled = replace(rules, weights=dict(data.draw(st.permutations([*rules.weights.items()]))))
    again = assign(shuffled, inputs=inputs, held=data.draw(st.permutations(held)))
    assert again == assign(rules, inputs=inputs, held=held)


@given(_all_rules(), st.data())
def test_inputs_added_at_the_end_change_nothing_before(rules: Rules, data: st.DataObject) -> None:
    inputs = _name_inputs(20)
    held = data.draw(_held_works(inputs))
    before = assign(rules, inputs=inputs[:12], held=held)
    after = assign(rules, inputs=inputs, held=held)
    assert list(after) == list(inputs)
    assert {name: after[name] for name in before} == before


@given(_all_rules(), st.data())
def test_work_in_progress_changes_nothing(rules: Rules, data: st.DataObject) -> None:
    """Whatever part of it is begun, all is assigned as before, also after a change of workers."""
    inputs = _name_inputs(15)
    held = data.draw(_held_works(inputs))
    teams = assign(rules, inputs=inputs, held=held)
    taken = {(work.input_id, work.worker) for work in held}
    places = [(name, worker) for name, team in teams.items() for worker in team]
    begun = [
        Work(*place, data.draw(st.sampled_from(State)))
        for place in places
        if place not in taken and data.draw(st.booleans())
    ]
    assert assign(rules, inputs=inputs, held=(*held, *begun)) == teams


@given(_all_rules(), st.data())
def test_who_is_on_an_input(rules: Rules, data: st.DataObject) -> None:
    """Those who hold work on it, and as many others as the rules ask for."""
    inputs = _name_inputs(12)
    held = data.draw(_held_works(inputs))
    for name, team in assign(rules, inputs=inputs, held=held).items():
        holders = {work.worker for work in held if work.input_id == name}
        others = set(team) - holders
        assert holders <= set(team)
        assert len(set(team)) == len(team)
        assert others <= rules.weights.keys()
        match rules.strategy:
            case WorkerStrategy.FULL:
                assert set(team) == holders | rules.weights.keys()
            case WorkerStrategy.PARTITIONED:
                free = rules.weights.keys() - holders
                places = min(rules.workers_per_input, len(rules.weights))
                assert len(others) == min(max(0, places - len(holders)), len(free))
            case WorkerStrategy.DYNAMIC | WorkerStrategy.NONE:
                assert not others


@given(st.lists(st.integers(1, 5), min_size=2, max_size=5), st.data())
def test_after_a_change_of_workers_the_totals_approach_the_weights(
    parts: list[int], data: st.DataObject
) -> None:
    """Work that is held stays; in the end everyone has their share of what is not of those gone."""
    rules = _partition({f"w{number}": part for number, part in enumerate(parts)})
    former = st.sampled_from(["gone", "left", *rules.weights])
    inputs = _name_inputs(400)
    held = [Work(name, data.draw(former), State.SUCCESS) for name in inputs[:12]]
    teams = assign(rules, inputs=inputs, held=held)
    assert all(teams[work.input_id] == (work.worker,) for work in held)
    had = _count(teams.values())
    rest = 400 - had["gone"] - had["left"]
    for worker in rules.weights:
        assert abs(had[worker] - rest * _find_share(rules, worker)) < 2


@pytest.mark.parametrize(("per_input", "expected"), [(2, {"a": 8, "b": 4, "c": 4}), (3, None)])
def test_a_share_above_one_place_is_what_one_worker_can_do(
    per_input: int, expected: dict[str, int] | None
) -> None:
    """The API refuses such weights; the worker is on each input and the others share the rest."""
    teams = assign(
        _partition({"a": 18, "b": 1, "c": 1}, per_input), inputs=_name_inputs(8), held=()
    )
    assert _count(teams.values()) == (expected or {"a": 8, "b": 8, "c": 8})


def test_more_workers_per_input_than_workers() -> None:
    teams = assign(_partition({"b": 1, "a": 5}, 3), inputs=_name_inputs(2), held=())
    assert teams == {"i0": ("a", "b"), "i1": ("a", "b")}


def test_without_workers_nobody_labels() -> None:
    for strategy in WorkerStrategy:
        teams = assign(Rules(strategy=strategy), inputs=_name_inputs(2), held=())
        assert teams == {"i0": (), "i1": ()}
