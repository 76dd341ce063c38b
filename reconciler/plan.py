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
    no         ours, of which a copy would be left       blocked: copied_stamp, worked_duplicate
    no         ours                                      delete: not_declared
    either     ours, twice                               the oldest counts; of the others a copy
                                                         is blocked: copied_stamp, and a double
                                                         delete: duplicate, or if somebody has
                                                         worked on it blocked: worked_duplicate
    either     stamped by a later version                blocked: newer_stamp
    -          of another owner, of nobody, of a         counted, never touched
               label order

What makes or removes a task that is likely a renamed one is blocked: likely_rename. With
`ownership: app` there are no stamps: a task is ours if it is in the app, and its name is its
identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.actions import (
    Action,
    AdoptReason,
    Blocked,
    BlockedReason,
    Create,
    Delete,
    Plan,
    Release,
    Update,
)
from reconciler.belonging import (
    COPY_RELEASE,
    Found,
    Ours,
    block,
    block_newer,
    note_named,
    sort_live,
)
from reconciler.claims import Claim, find_claims
from reconciler.compare import plan_claim, plan_update
from reconciler.guard import NO_ALLOWANCES, Allowances
from reconciler.model import Desired, Live, Ownership
from reconciler.removal import plan_others, plan_removal
from reconciler.renames import block_renames

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

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
    destroys: bool = False,
) -> Plan:
    """Return the actions that would make *live* equal to *desired*.

    Actions come in the order in which they are safe to apply: creates, then updates, then
    releases and deletes, each by key. Equal inputs give equal plans, in whatever order they
    arrive. Only the keys that *selects* accepts take part. *untouched* are the ids of tasks of
    which it is known that nobody has worked on them. If it *destroys* all that is ours goes (with
    `ownership: app` only what is declared), but for what a stamp or a file protects or retains.
    Making a plan reads nothing and writes nothing.
    """
    declared = {task.key: task for task in sorted(desired, key=lambda task: task.key)}
    found = sort_live(live, owner, ownership=ownership, desired=declared.values())
    if destroys:
        removals = _plan_destroy(
            declared, found, ownership=ownership, untouched=untouched, allowances=allowances
        )
        return _assemble(removals, found, 0)
    note_named(found, declared)
    claims = find_claims(declared, found, adopt=allowances.adopt, untouched=untouched)
    stamped = ownership is Ownership.STAMP
    results: list[Action | Blocked] = []
    unchanged = 0
    for key, task in declared.items():
        if not selects(key):
            continue
        planned = _plan_declared(task, found, claims.get(key), owner=owner, stamped=stamped)
        unchanged += planned is None
        results.extend([planned] if planned else [])
        results.extend(plan_others(found, key, untouched, task))
    # Neither what is moved nor what would be, were it not blocked, may be removed.
    moved = {c.ours.live.id if isinstance(c, Claim) else c.id for c in claims.values()}
    for key in sorted(found.keys - declared.keys()):
        if selects(key):
            results.extend(
                plan_removal(found, key, moved=moved, untouched=untouched, allowances=allowances)
            )
            results.extend(plan_others(found, key, untouched))
    left = block_renames(
        results,
        new=[task for key, task in declared.items() if _is_new(key, found, claims.get(key))],
        old=[each for each in found.undeclared(declared) if each.live.id not in moved],
        allowed=allowances.recreate,
    )
    return _assemble(left, found, unchanged)


def _plan_destroy(
    declared: Mapping[str, Desired],
    found: Found,
    *,
    ownership: Ownership,
    untouched: Collection[str],
    allowances: Allowances,
) -> Iterator[Action | Blocked]:
    """Yield what removes all that is ours."""
    for key in sorted(found.keys):
        task = declared.get(key)
        if ownership is Ownership.APP and task is None:
            continue
        if task and not found.is_stamped(key) and len(found.ours.get(key, ())) > 1:
            yield _ambiguous(task, found.ours[key])
            continue
        yield from plan_removal(
            found, key, moved=(), untouched=untouched, allowances=allowances, task=task
        )
        yield from plan_others(found, key, untouched, task)


def _is_new(key: str, found: Found, claim: Claim | Blocked | None) -> bool:
    """Tell whether a declared task has no live one, nor one that its file names."""
    if key in found.ours or key in found.newer:
        return False
    return not (isinstance(claim, Claim) and claim.reason is not AdoptReason.NAME_MATCHES)


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
    if task.key in found.copies:
        copy = found.copies[task.key][0].live.id
        sentence = f"a copy of another task, {copy}, carries this key"
        return block(task, BlockedReason.COPIED_STAMP, sentence, COPY_RELEASE, live_id="")
    match claim:
        case Claim():
            return plan_claim(task, claim, owner=owner, stamped=stamped)
        case Blocked():
            return claim
        case None:
            return Create(task)


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
        live_ids=found.live_ids,
        own_ids=found.own_ids,
    )


def _ambiguous(task: Desired, ours: Iterable[Ours]) -> Blocked:
    ids = ", ".join(f"`{each.live.id}`" for each in ours)
    sentence = f"several live tasks have this name: {ids}"
    release = "delete or rename all but one of them"
    return block(task, BlockedReason.AMBIGUOUS_NAME, sentence, release, live_id="")
