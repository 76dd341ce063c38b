"""How does a plan become true? Its actions → requests → an outcome for each.

One bad task never blocks the rest, an action that was overtaken by somebody else's change fails
alone, and what is certain to fail for all (no connection, a wrong token) ends the run at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.actions import (
    Action,
    AdoptReason,
    Create,
    Delete,
    DeleteReason,
    Plan,
    Release,
    Update,
)
from reconciler.aftermath import await_listing
from reconciler.crew import Crew
from reconciler.errors import ApiError
from reconciler.finish import create_tasks
from reconciler.halving import blames_content
from reconciler.live import Reader, find_untouched
from reconciler.model import ABSENT, Absent, Fault, Notice, Spec
from reconciler.now import Now, conflict
from reconciler.overwrite import delete_tasks, update_tasks
from reconciler.report import (
    Done,
    Event,
    Failed,
    Halted,
    NotAttempted,
    Outcome,
    Postponed,
    Sending,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from reconciler.create import Creator

BATCH_SIZE: Final = 128
"""Tasks in one request: the API's published limit for inputs and annotations; none for tasks."""

_INSUFFICIENT_SCOPES: Final = 11007


class Writer(Reader, Protocol):
    """What can change an app. Each call is one request, or the same one repeated."""

    def create_tasks(self, bodies: Sequence[Spec]) -> Sequence[Spec | Fault]:
        """Create tasks; return those of the reply, or why one failed, in the reply's order.

        Raise `RejectedError` if none was created, `AnswerLostError` if nobody can say.
        """

    def overwrite_tasks(
        self, bodies: Sequence[Spec], *, until: float = inf
    ) -> Sequence[Spec | Fault]:
        """Replace the tasks whose ids the bodies hold; return and raise as for creates.

        Raise `LateError` if the request could leave only after *until*, by the clock of the run.
        """

    def delete_tasks(self, ids: Sequence[str], *, until: float = inf) -> None:
        """Delete tasks; raise `MissingError` if one isn't there, `LateError` as above."""


def apply_plan(
    plan: Plan,
    creator: Creator,
    *,
    batch_size: int = BATCH_SIZE,
    crew: Crew[Event] | Absent = ABSENT,
) -> Iterator[Event]:
    """Yield what happens while the actions of *plan* are carried out by a *crew*, kind by kind.

    Live is read again first, and later if that is a while ago: a task that is no longer as the
    plan saw it is left alone. The run ends when a listing shows what was created. Before each
    request comes `Sending`, after it an outcome for each of its actions, in any order, or
    `Postponed`, and `Sending` once more; actions without were never sent. Without a crew one
    request waits for the other.

    Who hears `Sending` may still stop the crew: then it is not sent.
    """
    crew = Crew() if crew is ABSENT else crew
    creator = replace(creator, stops=crew.is_stopping)
    now = yield from crew.ask(partial(_look, creator, crew.clock))
    if now is ABSENT:
        return
    course = _Course(creator, now, batch_size, proven=plan.owned > 0 or not creator.stamped)
    for kind, actions in groupby(plan.actions, type):
        yield from course.carry_out(kind, deque(actions), crew)
        if crew.is_stopping():
            return
        if course.over:
            break
    notices = yield from crew.ask(lambda: await_listing(creator, course.created))
    yield from () if notices is ABSENT else notices


@dataclass(slots=True)
class _Course:
    """A run on its way: what decides over what is sent next.

    The API is *proven* if it is known to keep the stamp; *over* if no request can go well.
    """

    creator: Creator
    now: Now
    batch_size: int
    proven: bool
    over: bool = False
    forbidden: set[type[Action]] = field(default_factory=set)
    created: list[str] = field(default_factory=list)
    postponed: list[Action] = field(default_factory=list)

    def carry_out(
        self, kind: type[Action], actions: deque[Action], crew: Crew[Event]
    ) -> Iterator[Event]:
        """Send actions of one kind in batches, the next ones while answers are awaited."""
        self.postponed.clear()
        while actions:
            yield from self._note(crew.make_room())
            self._take_back(actions)
            if crew.is_stopping() or self.over or kind in self.forbidden:
                break
            if kind is not Create and crew.clock() > self.now.fresh_until:
                # While tasks go, those behind them move to the page before.
                yield from self._note(crew.finish())
                crew.begin(self._look_again(crew.clock))
                yield from self._note(crew.finish())
                continue
            # Until the API is known to keep the stamp: one task without it is enough.
            alone = not self.proven and _marks(actions[0])
            size = 1 if alone else self.creator.room.fit(self.batch_size)
            batch = yield from self._take_batch(actions, size=size)
            if batch:
                yield Sending(batch, before=self.now.tasks)
                if crew.is_stopping():
                    yield from map(NotAttempted, batch)
                    break
                crew.begin(_carry_out(batch, self.now, creator=self.creator, check_stamp=alone))
            if alone or not actions:
                yield from self._note(crew.finish())
            self._take_back(actions)
        yield from self._note(crew.finish())

    def _take_back(self, actions: deque[Action]) -> None:
        """Put what was postponed before the *actions* that are left."""
        actions.extendleft(reversed(self.postponed))
        self.postponed.clear()

    def _look_again(self, clock: Callable[[], float]) -> Iterator[Event]:
        """Read live: somebody may have changed what is about to be overwritten or deleted."""
        try:
            self.now = _look(self.creator, clock)
        except ApiError as error:
            sentence = f"what is live could not be read again: {error}; run again"
            yield Halted(Notice("not_read", sentence))

    def _take_batch(
        self, actions: deque[Action], *, size: int
    ) -> Generator[Event, None, tuple[Action, ...]]:
        """Take at most *size* actions that are to be sent; yield the end of others before them."""
        batch: list[Action] = []
        while actions and len(batch) < size:
            action = actions.popleft()
            early = self.now.end_early(action)
            if early is None:
                batch.append(action)
            else:
                yield early
        return tuple(batch)

    def _note(self, events: Iterable[Event]) -> Iterator[Event]:
        """Pass *events* on, and draw the consequences of each."""
        for event in events:
            match event:
                case Done(action=action, rest=rest):
                    self.proven |= _marks(action)
                    self.created.extend([event.id] if isinstance(action, Create) else [])
                    # What is left of a create is an overwrite.
                    self._heed(rest, Update)
                case Failed(fault=fault, alone=False):
                    self._heed(fault, type(event.action))
                case Unknown(alone=False) | Halted():
                    self.over = True
                case Postponed(action=action):
                    self.postponed.append(action)
                    self.now = replace(self.now, fresh_until=-inf)
                case _:
                    pass
            yield event

    def _heed(self, fault: Fault | Absent, kind: type[Action]) -> None:
        """Draw the consequences of what an action of a kind met."""
        if fault is ABSENT:
            return
        if _forbids(fault):
            self.forbidden.add(kind)
        else:
            self.over |= not blames_content(fault)


def _look(creator: Creator, clock: Callable[[], float]) -> Now:
    """Read live; what is there is no new task."""
    now = Now.read(creator, clock)
    creator.taken.update(now.tasks)
    return now


def _marks(action: Action) -> bool:
    """Tell whether an action puts our mark on a task that hasn't any."""
    if isinstance(action, Update):
        return isinstance(action.reason, AdoptReason)
    return isinstance(action, Create)


def _forbids(fault: Fault) -> bool:
    """Tell whether a refusal is due to the token's scopes, which differ from verb to verb."""
    return fault.http_status == HTTPStatus.FORBIDDEN or fault.code == _INSUFFICIENT_SCOPES


def _carry_out(
    batch: Sequence[Action], now: Now, *, creator: Creator, check_stamp: bool
) -> Iterator[Outcome | Halted | Postponed]:
    """Carry out actions of one kind."""
    left: list[Action] = []
    for action in batch:
        end = _end_at_once(action, now, creator.writer)
        if end is None:
            left.append(action)
        else:
            yield end
    creates = [action for action in left if isinstance(action, Create)]
    updates = [action for action in left if isinstance(action, Update | Release)]
    deletes = [action for action in left if isinstance(action, Delete)]
    if creates:
        yield from create_tasks(creates, creator=creator, check_stamp=check_stamp)
    if updates:
        yield from update_tasks(updates, now, creator=creator, check_stamp=check_stamp)
    if deletes:
        writer, room = creator.writer, creator.room
        yield from delete_tasks(deletes, writer=writer, room=room, until=now.fresh_until)


def _end_at_once(action: Action, now: Now, reader: Reader) -> Done | Failed | Unknown | None:
    """Return the end of an action that a look at its task leaves nothing to do about."""
    if not isinstance(action, Release | Delete):
        return None
    try:
        end = now.find_gone(action, reader)
    except ApiError as error:
        return Unknown(action, error.fault)
    double = isinstance(action, Delete) and action.reason is DeleteReason.DUPLICATE
    if end is None and double and not find_untouched(reader, [action.live]):
        return conflict(action, "somebody has worked on it meanwhile")
    return end
