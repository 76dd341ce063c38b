"""How is a task created exactly once, whatever becomes of the answer?

The API makes the ids and a POST isn't idempotent, so a create is never sent again blindly: the
stamp travels inside it, and after a lost answer the task is looked for by that stamp first.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler.canon import canonical_task
from reconciler.errors import AnswerLostError, ApiError, RejectedError
from reconciler.live import read_live
from reconciler.model import Create, Fault, Spec, Stamp
from reconciler.payload import create_body
from reconciler.report import Failed, Unknown
from reconciler.stamp import digest_fields, read_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.apply import Writer

_LOOKS: Final = (1.0, 2.0, 4.0)
"""Seconds before each look for a create whose answer was lost: a listing may lag behind."""

_POSTS: Final = 3
"""How often one create is posted at most."""


@dataclass(frozen=True, slots=True)
class Created:
    """A create that took effect; *live* is the task as the API returned it."""

    action: Create
    stamp: Stamp
    live: Spec


@dataclass(frozen=True, slots=True)
class _Posting:
    action: Create
    stamp: Stamp


_End: TypeAlias = Created | Failed | Unknown


@dataclass(frozen=True, slots=True)
class Creator:
    """What creating needs: who we are, where to send, how to wait."""

    writer: Writer
    owner: str
    new_nonce: Callable[[], str]
    sleep: Callable[[float], None]

    def create(self, actions: Sequence[Create], *, posts: int = _POSTS) -> Iterator[_End]:
        """Create tasks in one request, or more where one can't tell the end of each.

        A batch that the API refuses is halved until its error stands beside the one task.
        """
        postings = [self._stamp(action) for action in actions]
        bodies = [create_body(p.action.desired.spec, p.stamp) for p in postings]
        try:
            results = self.writer.create_tasks(bodies)
        except AnswerLostError as error:
            yield from self._look_for(postings, error.fault, posts=posts)
        except RejectedError as error:
            if len(actions) > 1 and blames_content(error.fault):
                middle = len(actions) // 2
                yield from self.create(actions[:middle], posts=posts)
                yield from self.create(actions[middle:], posts=posts)
            else:
                yield from (Failed(action, error.fault) for action in actions)
        else:
            yield from self._match(postings, results, posts=posts)

    def _stamp(self, action: Create) -> _Posting:
        digests = digest_fields(canonical_task(action.desired.spec))
        return _Posting(action, Stamp(self.owner, action.key, self.new_nonce(), digests))

    def _match(
        self, postings: Sequence[_Posting], results: Sequence[Spec | Fault], *, posts: int
    ) -> Iterator[_End]:
        """Find each task's own result: by its stamp, else by its position in a whole reply."""
        tasks = [result for result in results if not isinstance(result, Fault)]
        by_nonce = {
            mark.nonce: task for task in tasks if isinstance(mark := read_mark(task), Stamp)
        }
        whole = len(results) == len(postings)
        lost: list[_Posting] = []
        for position, posting in enumerate(postings):
            result = by_nonce.get(posting.stamp.nonce) or (results[position] if whole else None)
            if result is None:
                lost.append(posting)
            elif isinstance(result, Fault):
                yield Failed(posting.action, result)
            else:
                yield Created(posting.action, posting.stamp, result)
        if lost:
            fault = Fault(f"the answer names {len(results)} of {len(postings)} tasks")
            yield from self._look_for(lost, fault, posts=posts)

    def _look_for(
        self, postings: Sequence[_Posting], fault: Fault, *, posts: int
    ) -> Iterator[_End]:
        """Take over what turns up live; post again what doesn't, with a fresh nonce."""
        missing = {posting.action.key: posting for posting in postings}
        for delay in _LOOKS:
            self.sleep(delay)
            try:
                found = self._find_stamped(missing)
            except ApiError as error:
                yield from (Unknown(posting.action, error.fault) for posting in missing.values())
                return
            for key, task in found.items():
                posting = missing.pop(key)
                yield Created(posting.action, posting.stamp, task)
            if not missing:
                return
        again = [posting.action for posting in missing.values()]
        if posts > 1:
            yield from self.create(again, posts=posts - 1)
        else:
            yield from (Unknown(action, fault) for action in again)

    def _find_stamped(self, wanted: dict[str, _Posting]) -> dict[str, Spec]:
        """Return the live tasks of ours with one of these keys, the oldest of each."""
        found: dict[str, Spec] = {}
        for task in sorted(read_live(self.writer), key=lambda task: task.age):
            match task.mark:
                case Stamp(owner=self.owner, key=key) if key in wanted:
                    found.setdefault(key, task.spec)
                case _:
                    continue
        return found


def blames_content(fault: Fault) -> bool:
    """Tell whether a refusal may be due to one task of a batch, not to the caller or the pace."""
    return fault.http_status not in (
        0,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.TOO_MANY_REQUESTS,
    )
