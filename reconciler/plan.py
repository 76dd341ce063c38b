"""What must be done? Desired and live tasks → a plan; pure.

For each key, with `ours` a live task that carries our owner's stamp for it:

    declared   live                                      →
    yes        ours, equal                               unchanged
    yes        ours, a managed field differs             update: differs
    yes        ours, equal, the stamp is out of date     update: stamp_outdated
    yes        none; `id` names a task of nobody         adopt: id_declared
    yes        none; `id` or `moved_from` leads to a     update: moved
               task of ours that is no longer declared
    yes        none; `id` names nothing that is live,    blocked: id_not_live, owned_by_other
               or a task of somebody else
    yes        none; a task of nobody has the name       blocked: name_taken, with --adopt
                                                         adopt: name_matches, or of several
                                                         blocked: ambiguous_name
    yes        none                                      create
    no         ours, on_delete: retain                   release: retained
    no         ours, prevent_destroy                     blocked: prevent_destroy
    no         ours                                      delete: not_declared
    either     ours, twice                               the oldest counts; of the others a copy
                                                         is blocked: copied_stamp, and a double
                                                         delete: duplicate, or if somebody has
                                                         worked on it blocked: worked_duplicate
    either     stamped by a later version                blocked: newer_stamp
    -          of another owner, of nobody, of a         counted, never touched
               label order

A create and a delete that are likely one task are blocked: likely_rename. With `ownership: app`
there are no stamps: a task is ours if it is in the app, and its name is its identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.actions import (
    Action,
    Blocked,
    BlockedReason,
    Create,
    Delete,
    DeleteReason,
    Plan,
    Release,
    Update,
)
from reconciler.belonging import (
    Claim,
    Found,
    Ours,
    block_newer,
    find_claims,
    is_copy,
    sort_live,
)
from reconciler.compare import plan_claim, plan_update
from reconciler.guard import NO_ALLOWANCES, Allowances
from reconciler.model import ABSENT, Desired, Lifecycle, Live, Notice, OnDelete, Ownership
from reconciler.renames import block_renames

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

_ORDER: Final = (Create, Update, Release, Delete)


def make_plan(
    desired: Iterable[Desired],
    live: Iterable[Live],
    *,
    owner: str,
    ownership: Ownership = Ownership.STAMP,
    selects: Callable[[str], bool] = lambda _: True,
    allowances: Allowances = NO_ALLOWANCES,
    untouched: Collection[str] = (),
) -> Plan:
    """Return the actions that would make *live* equal to *desired*.

    Actions come in the order in which they are safe to apply: creates, then updates, then
    releases and deletes, each by key. Equal inputs give equal plans, in whatever order they
    arrive. Only the keys that *selects* accepts take part. *untouched* are the ids of tasks of
    which it is known that nobody has worked on them. Making a plan reads nothing and writes
    nothing.
    """
    declared = {task.key: task for task in sorted(desired, key=lambda task: task.key)}
    found = sort_live(live, owner, ownership=ownership, desired=declared.values())
    claims = find_claims(declared, found, adopt=allowances.adopt)
    stamped = ownership is Ownership.STAMP
    results: list[Action | Blocked] = []
    unchanged = 0
    for key, task in declared.items():
        if not selects(key):
            continue
        planned = _plan_declared(task, found, claims.get(key), owner=owner, stamped=stamped)
        unchanged += planned is None
        results.extend([planned] if planned else [])
        results.extend(_plan_others(found, key, untouched, task))
    moved = {claim.ours.live.id for claim in claims.values() if isinstance(claim, Claim)}
    gone = sorted(key for key in {*found.ours, *found.newer} - declared.keys() if selects(key))
    for key in gone:
        results.extend(_plan_removal(found, key, moved=moved, allowances=allowances))
        results.extend(_plan_others(found, key, untouched))
    return _assemble(block_renames(results, allowed=allowances.recreate), found, unchanged)


def plan_notices(actions: Iterable[Action]) -> Iterator[Notice]:
    """Yield what a plan means beyond the changes that it lists."""
    for action in actions:
        if not isinstance(action, Update):
            continue
        for name in action.unmanaged:
            sentence = f"`{name}` is no longer managed: it is left as it is live"
            yield Notice("no_longer_managed", sentence, action.key, action.live.id)
        if action.deletes_annotations:
            sentence = "`delete_previous_annotations`: earlier annotations will be deleted"
            yield Notice("deletes_annotations", sentence, action.key, action.live.id)


def _plan_declared(
    task: Desired, found: Found, claim: Claim | Blocked | None, *, owner: str, stamped: bool
) -> Action | Blocked | None:
    """Return what is to be done about a declared task, none if nothing is."""
    if task.key in found.newer:
        return block_newer(found.newer[task.key][0], task.key, task)
    if task.key in found.ours:
        if not stamped and len(found.ours[task.key]) > 1:
            return _ambiguous(task, found.ours[task.key])
        return plan_update(task, found.ours[task.key][0])
    match claim:
        case Claim():
            return plan_claim(task, claim, owner=owner, stamped=stamped)
        case Blocked():
            return claim
        case None:
            return Create(task)


def _plan_removal(
    found: Found, key: str, *, moved: Collection[str], allowances: Allowances
) -> Iterator[Action | Blocked]:
    """Yield what is to be done about a live task that no file declares."""
    if key in found.newer:
        yield block_newer(found.newer[key][0], key)
        return
    for ours in found.ours[key][:1] if _is_stamped(found, key) else found.ours[key]:
        lifecycle = Lifecycle() if ours.stamp is ABSENT else ours.stamp.lifecycle
        if ours.live.id in moved:
            continue
        if lifecycle.on_delete is OnDelete.RETAIN:
            yield Release(ours.live, key)
        elif lifecycle.prevent_destroy and key not in allowances.destroy:
            yield _protected(ours.live, key)
        else:
            yield Delete(ours.live, key)


def _plan_others(
    found: Found, key: str, untouched: Collection[str], task: Desired | None = None
) -> Iterator[Action | Blocked]:
    """Yield what is to be done about the younger ones of several live tasks of one key."""
    yield from (block_newer(live, key, task) for live in found.newer.get(key, ())[1:])
    if key in found.newer or not _is_stamped(found, key):
        return
    first, *others = found.ours[key]
    for other in others:
        copied = is_copy(first, other)
        if other.live.id in untouched and not copied:
            yield Delete(other.live, key, DeleteReason.DUPLICATE)
        else:
            yield _double(first, other, key, task, copied=copied)


def _is_stamped(found: Found, key: str) -> bool:
    return key in found.ours and found.ours[key][0].stamp is not ABSENT


def _assemble(results: Iterable[Action | Blocked], found: Found, unchanged: int) -> Plan:
    results = tuple(results)
    actions = [r for r in results if not isinstance(r, Blocked)]
    return Plan(
        actions=tuple(sorted(actions, key=lambda action: _ORDER.index(type(action)))),
        blocked=tuple(r for r in results if isinstance(r, Blocked)),
        unchanged=unchanged,
        owned=found.owned,
        unmanaged=sum(map(len, found.nobodys.values())),
        foreign=len(found.foreign),
    )


def _protected(live: Live, key: str) -> Blocked:
    return Blocked(
        key=key,
        name=live.name,
        id=live.id,
        reason=BlockedReason.PREVENT_DESTROY,
        sentence="the task is protected by `prevent_destroy`",
        release=f"apply it with `prevent_destroy: false` first, or pass --allow-destroy {key}",
    )


def _ambiguous(task: Desired, ours: Iterable[Ours]) -> Blocked:
    ids = ", ".join(f"`{each.live.id}`" for each in ours)
    return Blocked(
        key=task.key,
        name=task.name,
        reason=BlockedReason.AMBIGUOUS_NAME,
        sentence=f"several live tasks have this name: {ids}",
        release="delete or rename all but one of them",
        place=task.place,
    )


def _double(first: Ours, other: Ours, key: str, task: Desired | None, *, copied: bool) -> Blocked:
    return Blocked(
        key=key,
        name=other.live.name,
        id=other.live.id,
        reason=BlockedReason.COPIED_STAMP if copied else BlockedReason.WORKED_DUPLICATE,
        sentence=(
            f"somebody copied the task {first.live.id} together with its stamp"
            if copied
            else f"two runs created this task, and somebody may have worked on this one;"
            f" the older one, {first.live.id}, stays"
        ),
        release=(
            "remove `metadata.reconciler` from the copy, or delete the copy"
            if copied
            else "delete this one once nobody's work is lost with it"
        ),
        place=task.place if task else ABSENT,
    )
