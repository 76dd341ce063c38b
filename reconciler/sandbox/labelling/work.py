"""What workers do: start and submit.

Documented: a start gives at most 10 inputs, those that were begun again; DYNAMIC hands out 10 at a
time; what is submitted already is not submitted again. Inferred: a dynamic task gives each input
to one worker.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from .board import Board
from .judge import conclude
from .model import State, Work, WorkerStrategy

_BATCH = 10


def start(board: Board, worker: str) -> tuple[Work, ...]:
    """Return the open work that *worker* is to do next, all of which is held from now on.

    What was begun comes first, then what is assigned, both in the order of inputs; at most 10.
    A dynamic task hands out inputs that nobody has, to its workers who have none open.
    """
    begun = [
        works[worker]
        for works in board.works.values()
        if worker in works and works[worker].state is State.PENDING
    ]
    if board.rules.strategy is not WorkerStrategy.DYNAMIC:
        new = _find_assigned(board, worker)
    elif begun or worker not in board.rules.weights:
        new = iter(())
    else:
        new = (name for name, works in board.works.items() if not works)
    fresh = (Work(name, worker) for name in islice(new, _BATCH))
    return (*begun, *fresh)[:_BATCH]


def submit(board: Board, worker: str, *, answers: Mapping[str, str]) -> tuple[Work, ...]:
    """Return what changes when *worker* gives *answers*, by input; others' work may change too.

    Answers to what is not the worker's open work are left out.
    """
    works = (
        board.works[name].get(worker, Work(name, worker))
        for name in answers
        if worker in board.assigned.get(name, ())
    )
    said = [
        replace(work, state=State.AWAITING_CONSENSUS_REVIEW, answer=answers[work.input_id])
        for work in works
        if work.state is State.PENDING
    ]
    return conclude(board, said)


def find_abandoned(board: Board) -> tuple[Work, ...]:
    """Return the open work of those who are no longer workers of the task.

    While it is held nobody else gets its place; unknown whether the API takes it from them.
    """
    return tuple(
        work
        for work in board.each_work()
        if work.state is State.PENDING and work.worker not in board.rules.weights
    )


def _find_assigned(board: Board, worker: str) -> Iterator[str]:
    for name, workers in board.assigned.items():
        if worker in workers and worker not in board.works[name]:
            yield name
