"""What will an apply cost? Requests and seconds, before it is approved; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.actions import AdoptReason, Create, Delete, DeleteReason, Release, Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.actions import Action, Plan

_PER_PAGE: Final = 1000


def count_requests(plan: Plan, *, batch_size: int, stamped: bool) -> int:
    """Return how many requests it takes to carry out *plan*, if every one is answered well.

    Live is listed before, and a page that turns out to be empty ends that; after creates it is
    listed as far as they go, to the end if need be. Where no task is ours yet the first one that
    gets our mark goes alone. For each double it is asked once more whether somebody has worked on
    it.
    """
    if not plan.actions:
        return 0
    creates = [action for action in plan.actions if isinstance(action, Create)]
    batches = sum(
        _batches(sum(isinstance(action, kind) for action in plan.actions), batch_size)
        for kind in (Create, Update, Release, Delete)
    )
    live = plan.owned + plan.unmanaged + plan.foreign
    listings = 1 + _batches(live, _PER_PAGE)
    if creates:
        listings += _batches(live + len(creates), _PER_PAGE)
    alone = stamped and not plan.owned and _splits_first(plan.actions, batch_size)
    doubles = sum(
        isinstance(action, Delete) and action.reason is DeleteReason.DUPLICATE
        for action in plan.actions
    )
    return batches + listings + alone + doubles + _batches_with_status(creates, batch_size)


def _splits_first(actions: Sequence[Action], batch_size: int) -> bool:
    """Tell whether sending the first action alone makes another request."""
    first = actions[0]
    marks = isinstance(first, Create) or (
        isinstance(first, Update) and isinstance(first.reason, AdoptReason)
    )
    same = sum(type(action) is type(first) for action in actions)
    return marks and 1 + _batches(same - 1, batch_size) > _batches(same, batch_size)


def _batches_with_status(creates: Sequence[Create], batch_size: int) -> int:
    """Return how many batches of creates are followed by an overwrite that sets a status."""
    starts = range(0, len(creates), batch_size)
    batches = [creates[start : start + batch_size] for start in starts]
    return sum(any("status" in c.desired.spec for c in batch) for batch in batches)


def _batches(count: int, size: int) -> int:
    return -(-count // size)
