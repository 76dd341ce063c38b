"""Where the labelling of a task stands at one moment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .model import Rules, State, Work
from .partition import assign


@dataclass(frozen=True)
class Board:
    """The rules of a task, its inputs in order, and the work that is held.

    No worker holds two works on one input. Work on what is no input of the task (any more) is
    left out of account.
    """

    rules: Rules
    inputs: tuple[str, ...]
    held: tuple[Work, ...]

    @cached_property
    def assigned(self) -> Mapping[str, tuple[str, ...]]:
        """The workers of each input, sorted."""
        return assign(self.rules, inputs=self.inputs, held=self.held)

    @cached_property
    def works(self) -> Mapping[str, Mapping[str, Work]]:
        """The held work on each input, by worker."""
        works: dict[str, dict[str, Work]] = {name: {} for name in self.inputs}
        for work in sorted(self.held, key=lambda work: work.worker):
            if work.input_id in works:
                works[work.input_id][work.worker] = work
        return works

    def replace(self, changes: Iterable[Work]) -> "Board":
        """Return the board on which *changes* are held too, in place of what they change."""
        held = {(work.input_id, work.worker): work for work in (*self.held, *changes)}
        return Board(self.rules, self.inputs, tuple(held.values()))

    def find_states(self, input_id: str) -> dict[str, State]:
        """Return how far each worker of an input is."""
        works = self.works[input_id]
        return {
            worker: works[worker].state if worker in works else State.PENDING
            for worker in self.assigned[input_id]
        }

    def each_work(self) -> Iterator[Work]:
        """Yield the held work in the order of inputs, then of workers' ids."""
        for works in self.works.values():
            yield from works.values()
