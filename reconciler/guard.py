"""What keeps a mistake from doing much harm? Refusals of a plan as a whole; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.actions import Delete, DeleteReason, Release
from reconciler.model import ABSENT, Absent, Notice, Ownership

if TYPE_CHECKING:
    from reconciler.actions import Plan

_LOWER_BOUND: Final = 10
"""From how many owned tasks on a share counts: of fewer, few are a large share."""


@dataclass(frozen=True, slots=True)
class MaxDeletes:
    """The most tasks that one run may delete: *number* of them, or a *number* of per cent.

    *source* says where the limit was set.
    """

    number: int
    is_share: bool = False
    source: str = ""

    def limit(self, owned: int, ownership: Ownership) -> int | Absent:
        """Return how many of *owned* tasks that is, absent if there are too few to count."""
        if not self.is_share:
            return self.number
        if owned < _LOWER_BOUND and ownership is Ownership.STAMP:
            return ABSENT
        return owned * self.number // 100

    def __str__(self) -> str:
        return f"{self.number}%" if self.is_share else str(self.number)


DEFAULT_MAX_DELETES: Final = MaxDeletes(30, is_share=True, source="the default")


@dataclass(frozen=True, slots=True)
class Allowances:
    """What a person allows for one run.

    *deletes* is the number of deletes that may be, *empty* that nothing need be declared;
    *destroy* and *recreate* are keys of tasks that may be deleted although they are protected,
    and that are no renames; *adopt* takes over tasks of nobody by name.
    """

    adopt: bool = False
    empty: bool = False
    deletes: int = 0
    destroy: frozenset[str] = frozenset()
    recreate: frozenset[str] = frozenset()


NO_ALLOWANCES: Final = Allowances()


def check_guards(
    plan: Plan,
    *,
    desired: int,
    max_deletes: MaxDeletes,
    allowances: Allowances,
    ownership: Ownership,
) -> tuple[Notice, ...]:
    """Return why nothing of *plan* may be done, and how to pass once.

    *desired* is the number of declared tasks, whether or not they take part in this run.
    """
    refusals = []
    removals = sum(isinstance(action, Delete | Release) for action in plan.actions)
    if not desired and removals and not allowances.empty:
        sentence = (
            f"no task is declared, and {_count(removals)} would go: is this the right folder?"
            " If it is, pass --allow-empty"
        )
        refusals.append(Notice("empty", sentence))
    # A double on which nobody has worked takes nothing along: the older one stays.
    deletes = sum(
        isinstance(action, Delete) and action.reason is not DeleteReason.DUPLICATE
        for action in plan.actions
    )
    limit = max_deletes.limit(plan.owned, ownership)
    if limit is not ABSENT and deletes > max(limit, allowances.deletes):
        sentence = (
            f"this would delete {deletes} of {_count(plan.owned)}, and the limit is {limit}"
            f" (max_deletes {max_deletes}, {max_deletes.source});"
            f" if that is meant, pass --allow-deletes {deletes}"
        )
        refusals.append(Notice("max_deletes", sentence))
    return tuple(refusals)


def _count(owned: int) -> str:
    return "1 owned task" if owned == 1 else f"{owned} owned tasks"
