"""Whose turn it is to label the next input, so that nobody is ever a whole input off their share.

This is proportionate scheduling as of processors: inputs are moments, the places on an input are
processors, and a worker is a process with a rate, the places per input that the weight is worth.
The order is PD² of Anderson and Srinivasan, "Mixed Pfair/ERfair scheduling of asynchronous
periodic tasks" (2004), which is proven to serve each turn in its window. All is exact: a weight
is a double, and each double is a ratio of integers.
"""

from collections.abc import Iterable, Mapping
from math import gcd, lcm
from typing import NamedTuple


class Rate(NamedTuple):
    """A ratio of integers above 0, at most 1 where the weights allow it."""

    part: int
    whole: int


class Turn(NamedTuple):
    """A worker's next place. The lesser of two turns comes first.

    It belongs on an input from `release`, and before `deadline`. Of two that must not wait
    longer the one comes first whose window overlaps with that of the turn after it, then the one
    that is followed by more turns which leave no choice (until `-group`).
    """

    deadline: int
    is_apart: bool
    group: int
    worker: str
    release: int
    had: int
    rate: Rate

    def after(self) -> "Turn":
        """Return the worker's turn after this one."""
        return make_turn(self.worker, had=self.had + 1, rate=self.rate)


def make_rates(weights: Mapping[str, float], *, per_input: int) -> dict[str, Rate]:
    """Return the rate of each worker; they sum to *per_input*."""
    ratios = {worker: weight.as_integer_ratio() for worker, weight in weights.items()}
    common = lcm(*(below for _, below in ratios.values()))
    parts = {worker: above * (common // below) for worker, (above, below) in ratios.items()}
    total = sum(parts.values())
    return {worker: _reduce(per_input * part, total) for worker, part in parts.items()}


def make_turn(worker: str, *, had: int, rate: Rate) -> Turn:
    """Return the turn of a *worker* who *had* as many before."""
    part, whole = rate
    deadline, left = _divide_up((had + 1) * whole, part)
    return Turn(
        deadline=deadline,
        is_apart=left == 0,
        group=-_find_group_deadline(deadline, rate),
        worker=worker,
        release=had * whole // part,
        had=had,
        rate=rate,
    )


def choose(turns: Iterable[Turn], *, at: int, count: int) -> list[Turn]:
    """Return the *count* turns that come first at the input with the number *at*.

    Where too few are due those follow that would be due next.
    """
    due: list[Turn] = []
    early: list[Turn] = []
    for turn in turns:
        (due if turn.release <= at else early).append(turn)
    due.sort()
    if len(due) < count:
        due += sorted(early, key=lambda turn: (turn.release, turn))
    return due[:count]


def _reduce(part: int, whole: int) -> Rate:
    divisor = gcd(part, whole)
    return Rate(part // divisor, whole // divisor)


def _find_group_deadline(deadline: int, rate: Rate) -> int:
    """Return when a series of turns in windows of two inputs ends; 0 if none begins here."""
    part, whole = rate
    idle = whole - part
    if not part > idle > 0:
        return 0
    pauses, _ = _divide_up(deadline * idle, whole)
    end, _ = _divide_up(pauses * whole, idle)
    return end


def _divide_up(above: int, below: int) -> tuple[int, int]:
    """Return the quotient, rounded up, and by how much it was."""
    quotient, left = divmod(-above, below)
    return -quotient, left
