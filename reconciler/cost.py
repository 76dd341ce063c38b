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

    Live is listed before, and after creates again; a page that turns out to be empty ends a
    listing. Where no task is ours yet the first one that gets our mark goes alone, and if it is
    adopted it is looked at again. For each double it is asked once more whether somebody has
    worked on it. A run that takes long lists live more often.
    """
    if not plan.actions:
        return 0
    creates = [action for action in plan.actions if isinstance(action, Create)]
    batches = sum(
        _batches(sum(isinstance(action, kind) for action in plan.actions), batch_size)
        for kind in (Create, Update, Release, Delete)
    )
    live = plan.owned + plan.unmanaged + plan.foreign
    listings = _pages(live) + (_pages(live + len(creates)) if creates else 0)
    unproven = stamped and not plan.owned
    alone = unproven and _splits_first(plan.actions, batch_size)
    looks = unproven and _adopts(plan.actions[0])
    doubles = sum(
        isinstance(action, Delete) and action.reason is DeleteReason.DUPLICATE
        for action in plan.actions
    )
    statuses = _batches_with_status(creates, batch_size)
    return batches + listings + alone + looks + doubles + statuses


def _splits_first(actions: Sequence[Action], batch_size: int) -> bool:
    """Tell whether sending the first action alone makes another request."""
    first = actions[0]
    marks = isinstance(first, Create) or _adopts(first)
    same = sum(type(action) is type(first) for action in actions)
    return marks and 1 + _batches(same - 1, batch_size) > _batches(same, batch_size)


def _adopts(action: Action) -> bool:
    return isinstance(action, Update) and isinstance(action.reason, AdoptReason)


def _batches_with_status(creates: Sequence[Create], batch_size: int) -> int:
    """Return how many batches of creates are followed by an overwrite that sets a status."""
    starts = range(0, len(creates), batch_size)
    batches = [creates[start : start + batch_size] for start in starts]
    return sum(any("status" in c.desired.spec for c in batch) for batch in batches)


def _batches(count: int, size: int) -> int:
    return -(-count // size)


def _pages(count: int) -> int:
    return _batches(count, _PER_PAGE) + 1
