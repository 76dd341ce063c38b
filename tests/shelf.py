"""An app in memory that answers writes as a test says: a `live.Reader` and an `apply.Writer`."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from reconciler.errors import AnswerLostError, LateError, MissingError, RejectedError
from reconciler.model import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.model import Spec

    Bodies = Sequence[Spec]
    Results = Sequence[Spec | Fault]

LOST = Fault("nobody knows", 502)


@dataclass(slots=True)
class Shelf:
    """Live tasks by id.

    *on_create* and *on_overwrite* are called in place of the next writes, with their bodies.
    The next *lag* listings don't show what is created from now on, the next *blind* fail. What may
    be sent until a time that is before *now* is late. The *hidden* are never listed.
    """

    tasks: dict[str, Spec] = field(default_factory=dict)
    on_create: list[Callable[[Bodies], Results]] = field(default_factory=list)
    on_overwrite: list[Callable[[Bodies], Results]] = field(default_factory=list)
    lag: int = 0
    blind: int = 0
    calls: list[tuple[str, int]] = field(default_factory=list)
    posted: list[Spec] = field(default_factory=list)
    shown: tuple[Spec, ...] = ()
    annotations: dict[str, int] = field(default_factory=dict)
    now: float = 0.0
    hidden: set[str] = field(default_factory=set)

    def count_annotations(self, task_id: str) -> int:
        """Return how many annotations a task has."""
        self.calls.append(("count", 1))
        return self.annotations.get(task_id, 0)

    def list_tasks(
        self, *, workers: Sequence[str] = (), reviewers: Sequence[str] = ()
    ) -> Iterator[Spec]:
        """Yield the tasks, or those of a while ago."""
        assert len(workers) == len(reviewers) == 0
        self.calls.append(("list", 0))
        if self.blind:
            self.blind -= 1
            raise AnswerLostError(LOST)
        if self.lag:
            self.lag -= 1
        else:
            self.shown = tuple(self.tasks.values())
        yield from (task for task in self.shown if task.get("id") not in self.hidden)

    def get_task(self, task_id: str) -> Spec:
        """Return a task."""
        self.calls.append(("get", 1))
        if task_id not in self.tasks:
            raise MissingError(Fault("gone", 404, 54102))
        return self.tasks[task_id]

    def create_tasks(self, bodies: Bodies) -> Results:
        """Create tasks, or do as told."""
        self.calls.append(("create", len(bodies)))
        self.posted.extend(bodies)
        return self.on_create.pop(0)(bodies) if self.on_create else self.keep(bodies)

    def overwrite_tasks(self, bodies: Bodies, *, until: float = inf) -> Results:
        """Overwrite tasks, or do as told."""
        self.check_time(until)
        self.calls.append(("overwrite", len(bodies)))
        return self.on_overwrite.pop(0)(bodies) if self.on_overwrite else self.replace(bodies)

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        """Delete tasks, all or none."""
        self.check_time(until)
        self.calls.append(("delete", len(ids)))
        if not set(ids) <= self.tasks.keys():
            raise MissingError(Fault("gone", 404, 54102))
        for task_id in ids:
            del self.tasks[task_id]

    def check_time(self, until: float) -> None:
        """Raise `LateError` if it is too late."""
        if self.now > until:
            raise LateError

    def keep(self, bodies: Bodies) -> list[Any]:
        """Make these tasks live and return them."""
        made = []
        for body in bodies:
            task_id = f"t{len(self.tasks) + 1}"
            self.tasks[task_id] = {**body, "id": task_id, "status": {"code": 54001}}
            made.append(self.tasks[task_id])
        return made

    def replace(self, bodies: Bodies) -> list[Any]:
        """Overwrite these tasks and return them."""
        self.tasks |= {str(body["id"]): body for body in bodies}
        return list(bodies)

    def count(self, verb: str) -> int:
        """Return the number of requests of one kind."""
        return sum(call[0] == verb for call in self.calls)


def lose(_: Bodies) -> Results:
    """Do nothing, and let the answer be lost."""
    raise AnswerLostError(LOST)


def refuse(http_status: int, code: int = 0) -> Callable[[Bodies], Results]:
    """Refuse a write."""

    def refused(_: Bodies) -> Results:
        raise RejectedError(Fault("refused", http_status, code))

    return refused
