"""Who labels which input.

Documented: FULL assigns every input to every worker; PARTITIONED each to some, by weights, so
that shares come close; DYNAMIC none before workers ask. Unknown: what happens to assignments
when the workers of a task change. Here work that was begun stays with its worker, and what is
still open is divided so that all work together comes close to the weights.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from .model import Rules, Work, WorkerStrategy
from .turns import choose, make_rates, make_turn


def assign(
    rules: Rules, *, inputs: Sequence[str], held: Iterable[Work]
) -> dict[str, tuple[str, ...]]:
    """Return the workers of each input, sorted; *inputs* are distinct and stay in order.

    Those who hold work on an input are always among them, even if they are no longer workers of
    the task. While work proceeds the result stays the same, as long as *rules* do and nobody
    begins what is not theirs; inputs that are added at the end change nothing before them. After
    each input of a partition nobody is a whole input off their exact share, unless held work or
    weights above what one worker can do prevent it.
    """
    holders = _group_holders(held)
    match rules.strategy:
        case WorkerStrategy.FULL:
            everyone = rules.weights.keys()
            return {name: _sort(everyone | holders.get(name, set())) for name in inputs}
        case WorkerStrategy.PARTITIONED:
            return _partition(rules, inputs=inputs, holders=holders)
        case WorkerStrategy.DYNAMIC | WorkerStrategy.NONE:
            return {name: _sort(holders.get(name, set())) for name in inputs}


def _group_holders(held: Iterable[Work]) -> dict[str, set[str]]:
    holders: dict[str, set[str]] = defaultdict(set)
    for work in held:
        holders[work.input_id].add(work.worker)
    return dict(holders)


def _partition(
    rules: Rules, *, inputs: Sequence[str], holders: Mapping[str, set[str]]
) -> dict[str, tuple[str, ...]]:
    per_input = min(rules.workers_per_input, len(rules.weights))
    rates = make_rates(rules.weights, per_input=per_input)
    turns = {worker: make_turn(worker, had=0, rate=rate) for worker, rate in rates.items()}
    teams = {}
    for at, name in enumerate(inputs):
        team = set(holders.get(name, ()))
        free = [turn for worker, turn in turns.items() if worker not in team]
        chosen = choose(free, at=at, count=max(0, per_input - len(team)))
        team.update(turn.worker for turn in chosen)
        turns.update({worker: turns[worker].after() for worker in team & turns.keys()})
        teams[name] = _sort(team)
    return teams


def _sort(workers: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(workers))
