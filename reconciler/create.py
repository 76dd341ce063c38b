"""How is a task created exactly once, whatever becomes of the answer?

The API makes the ids and a POST isn't idempotent, so a create is never sent again blindly: the
stamp travels inside it, and after a lost answer the task is looked for by that stamp first.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler.canon import canonical_task
from reconciler.errors import AnswerLostError, ApiError
from reconciler.halving import Room, send_halving, settles_earlier
from reconciler.live import is_of_label_order, read_live
from reconciler.model import (
    ABSENT,
    Absent,
    Fault,
    NewerStamp,
    NoStamp,
    Spec,
    Stamp,
    text_of,
)
from reconciler.now import overtaken
from reconciler.payload import create_body, managed_spec
from reconciler.report import Failed, Unknown
from reconciler.stamp import digest_fields, read_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reconciler.actions import Create
    from reconciler.apply import Writer
    from reconciler.errors import RejectedError
    from reconciler.model import Live

_LOOKS: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each look for a create whose answer was lost: a listing may lag behind."""

_POSTS: Final = 3
"""How often one create is posted at most."""


@dataclass(frozen=True, slots=True)
class Created:
    """A create that took effect; *live* is the task as the API returned it."""

    action: Create
    stamp: Stamp | Absent
    live: Spec

    @property
    def id(self) -> str:
        """The id that the API gave it."""
        return text_of(self.live.get("id"))


@dataclass(frozen=True, slots=True)
class _Posting:
    action: Create
    stamp: Stamp | Absent


_End: TypeAlias = Created | Failed | Unknown


@dataclass(frozen=True, slots=True)
class Creator:
    """What creating needs: who we are, where to send, how to wait.

    Unless tasks are *stamped*, a new one is known again by its name. *taken* are ids of tasks
    that aren't new; once it *stops* nothing is posted again.
    """

    writer: Writer
    owner: str
    new_nonce: Callable[[], str]
    sleep: Callable[[float], None]
    stamped: bool = True
    stops: Callable[[], bool] = lambda: False
    room: Room = field(default_factory=Room)
    taken: set[str] = field(default_factory=set)

    def create(self, actions: Sequence[Create], *, posts: int = _POSTS) -> Iterator[_End]:
        """Create tasks in one request, or more where one can't tell the end of each.

        A batch that the API refuses is halved until its error stands beside the one task.
        """
        yield from send_halving(actions, _Posts(self, posts), self.room)

    def post(self, actions: Sequence[Create], *, posts: int) -> Iterator[_End]:
        """Post tasks in one request, at once; return the end of each.

        Raise `RejectedError` if the API refuses it.
        """
        postings = [self._stamp(action) for action in actions]
        bodies = [create_body(p.action.desired.spec, p.stamp) for p in postings]
        try:
            results = self.writer.create_tasks(bodies)
        except AnswerLostError as error:
            return self._look_for(postings, error.fault, posts=posts)
        return self._match(postings, results, posts=posts)

    def _stamp(self, action: Create) -> _Posting:
        if not self.stamped:
            return _Posting(action, ABSENT)
        task = action.desired
        digests = digest_fields(canonical_task(managed_spec(task)))
        nonce = self.new_nonce()
        return _Posting(action, Stamp(self.owner, task.key, nonce, digests, task.lifecycle))

    def _match(
        self, postings: Sequence[_Posting], results: Sequence[Spec | Fault], *, posts: int
    ) -> Iterator[_End]:
        """Find each task's own result: by what tells it apart, else by its place in a whole reply.

        A place says nothing of a task that carries another's stamp, or no id.
        """
        tasks = [result for result in results if not isinstance(result, Fault)]
        by_trait = {_trait_of(task, stamped=self.stamped): task for task in tasks}
        whole = len(results) == len(postings)
        lost: list[_Posting] = []
        for position, posting in enumerate(postings):
            own = by_trait.get(_own_trait(posting))
            result = own or (results[position] if whole else None)
            if isinstance(result, Fault):
                yield Failed(posting.action, result)
            elif result is None or not self._is_of(posting, result):
                lost.append(posting)
            else:
                yield Created(posting.action, posting.stamp, result)
        if lost:
            named = f"{len(postings) - len(lost)} of {len(postings)} tasks"
            fault = Fault(f"the answer names {named}; run again")
            yield from self._look_for(lost, fault, posts=posts)

    def _look_for(
        self, postings: Sequence[_Posting], fault: Fault, *, posts: int
    ) -> Iterator[_End]:
        """Take over what turns up live; see what is to be done about the rest."""
        missing = {posting.action.key: posting for posting in postings}
        delays = deque(_LOOKS)
        while delays:
            self.sleep(delays.popleft())
            try:
                listed = read_live(self.writer)
            except ApiError as error:
                yield from (Unknown(posting.action, error.fault) for posting in missing.values())
                return
            live = [task for task in listed if not is_of_label_order(task)]
            before = len(missing)
            yield from self._take_over(missing, live)
            if not missing:
                return
            if len(missing) < before:
                # The server is still at it: others may follow.
                delays = deque(_LOOKS)
        left = [posting.action for posting in missing.values()]
        yield from self._post_again(left, live, fault, posts=posts)

    def _post_again(
        self, actions: Iterable[Create], live: Iterable[Live], fault: Fault, *, posts: int
    ) -> Iterator[_End]:
        """Post what didn't turn up *live* with a fresh nonce, unless something is in its way."""
        rivals, unmarked = self._find_rivals(live)
        again: list[Create] = []
        for action in actions:
            if action.key in rivals:
                # Ours may be there too, and not be listed yet.
                yield Unknown(action, overtaken(action, rivals[action.key]).fault, alone=True)
            elif action.desired.name in unmarked:
                yield Unknown(action, _suspicion(unmarked[action.desired.name]))
            elif posts > 1 and not self.stops():
                again.append(action)
            else:
                yield Unknown(action, fault)
        for end in self.create(again, posts=posts - 1) if again else ():
            match end:
                case Failed(fault=refusal) if not settles_earlier(refusal):
                    # The post before may have taken effect and not be listed yet.
                    yield Unknown(end.action, refusal)
                case _:
                    yield end

    def _find_rivals(self, live: Iterable[Live]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the ids of what may stand in the way: of our tasks by key, of nobody's by name."""
        rivals: dict[str, str] = {}
        unmarked: dict[str, str] = {}
        for task in live if self.stamped else ():
            match task.mark:
                case NoStamp():
                    unmarked[task.name] = task.id
                case Stamp(owner=owner, key=key) | NewerStamp(owner=owner, key=key):
                    rivals |= {key: task.id} if owner == self.owner else {}
        return rivals, unmarked

    def _take_over(self, missing: dict[str, _Posting], live: Iterable[Live]) -> Iterator[Created]:
        """Take those with one of our keys out of *missing*, the oldest live task of each.

        What another run made of another file is none of them.
        """
        keys = {} if self.stamped else {p.action.desired.name: key for key, p in missing.items()}
        for task in sorted(live, key=lambda task: task.age):
            match task.mark:
                case Stamp(owner=self.owner, key=key) as mark if key in missing:
                    if _declare_the_same(missing[key].stamp, mark):
                        yield Created(missing.pop(key).action, mark, task.spec)
                case NoStamp() if keys.get(task.name, "") in missing:
                    yield Created(missing.pop(keys[task.name]).action, ABSENT, task.spec)
                case _:
                    continue

    def _is_of(self, posting: _Posting, task: Spec) -> bool:
        """Tell whether a task at the place of *posting* in a reply may be its own."""
        task_id = text_of(task.get("id"))
        if not task_id or task_id in self.taken:
            return False
        match read_mark(task):
            case NoStamp():
                return text_of(task.get("name")) == posting.action.desired.name
            case Stamp(nonce=nonce):
                return posting.stamp is not ABSENT and posting.stamp.nonce == nonce
            case _:
                return False


@dataclass(frozen=True, slots=True)
class _Posts:
    """Creates that are posted at most *posts* times each."""

    creator: Creator
    posts: int

    def send(self, actions: Sequence[Create]) -> Iterable[_End]:
        return self.creator.post(actions, posts=self.posts)

    def refuse(self, actions: Sequence[Create], error: RejectedError) -> Iterable[_End]:
        return [Failed(action, error.fault) for action in actions]


def _own_trait(posting: _Posting) -> str:
    """Return what tells a posted task apart: its nonce, or its name where it has no stamp."""
    return posting.action.desired.name if posting.stamp is ABSENT else posting.stamp.nonce


def _trait_of(task: Spec, *, stamped: bool) -> str:
    mark = read_mark(task)
    if not stamped:
        return text_of(task.get("name"))
    return mark.nonce if isinstance(mark, Stamp) else ""


def _declare_the_same(posted: Stamp | Absent, found: Stamp) -> bool:
    """Tell whether two stamps of one task were written for the same declaration."""
    return posted is not ABSENT and posted == replace(found, nonce=posted.nonce)


def _suspicion(task_id: str) -> Fault:
    return Fault(
        f"the answer was lost, and the live task {task_id} has this name but no mark of"
        " ownership: it may be this one; rename or delete one of the two and run again"
    )
