"""What must be done? Desired and live tasks → a plan; pure.

For each key, with `ours` a live task that carries our owner's stamp for it:

    declared   live                                    →
    yes        none                                    create
    yes        none, but a task of nobody has the name blocked: name_taken
    yes        ours, equal                             unchanged
    yes        ours, a managed field differs           update: differs
    yes        ours, equal, the stamp is out of date   update: stamp_outdated
    no         ours                                    delete
    either     ours, twice                             the oldest counts; the others are blocked:
                                                       copied_stamp (same nonce), worked_duplicate
    either     stamped by a later version              blocked: newer_stamp
    -          of another owner, of nobody, of a       counted, never touched
               label order
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import describe_changes, diff_fields
from reconciler.live import is_of_label_order
from reconciler.model import (
    ABSENT,
    Action,
    Blocked,
    BlockedReason,
    ChangedBy,
    Create,
    Delete,
    Desired,
    Live,
    NewerStamp,
    Notice,
    Plan,
    Stamp,
    Update,
    UpdateReason,
)
from reconciler.payload import deletes_annotations
from reconciler.stamp import digest_fields, digest_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.canon import Canonical


@dataclass(frozen=True, slots=True)
class Ours:
    """A live task that carries our stamp."""

    live: Live
    stamp: Stamp


@dataclass(slots=True)
class _Sorted:
    """The live tasks of an app, by what they are to one owner."""

    ours: dict[str, list[Ours]] = field(default_factory=lambda: defaultdict(list))
    newer: dict[str, list[Live]] = field(default_factory=lambda: defaultdict(list))
    nobodys: list[Live] = field(default_factory=list)
    foreign: int = 0


def make_plan(
    desired: Iterable[Desired],
    live: Iterable[Live],
    *,
    owner: str,
    selects: Callable[[str], bool] = lambda _: True,
) -> Plan:
    """Return the actions that would make *live* equal to *desired*.

    Actions come in the order in which they are safe to apply: creates, then updates, then
    deletes, each by key. Equal inputs give equal plans, in whatever order they arrive. Only
    the keys that *selects* accepts take part. Making a plan reads nothing and writes nothing.
    """
    found = _sort_live(live, owner)
    declared = {d.key: d for d in sorted(desired, key=lambda d: d.key) if selects(d.key)}
    names = {task.name: task for task in sorted(found.nobodys, key=lambda t: t.age, reverse=True)}
    results: list[Action | Blocked] = []
    unchanged = 0
    for key, task in declared.items():
        if key in found.newer:
            results.extend(_newer_stamp(newer, key, task) for newer in found.newer[key])
        elif key in found.ours:
            first, *others = found.ours[key]
            results.extend(_duplicate(first, other, task) for other in others)
            update = plan_update(task, first)
            unchanged += update is None
            results.extend([update] if update else [])
        elif task.name in names:
            results.append(_name_taken(names[task.name], task))
        else:
            results.append(Create(task))
    gone = sorted(k for k in {*found.ours, *found.newer} if k not in declared and selects(k))
    for key in gone:
        results.extend(_plan_removal(found, key))
    return _assemble(results, found, unchanged=unchanged)


def plan_update(task: Desired, ours: Ours) -> Update | None:
    """Return the overwrite that makes a live task equal to *task*, none if it already is."""
    want = canonical_task(task.spec)
    have = canonical_declared(ours.live.spec, want)
    seen = project_live(have, want)
    differing = diff_fields(want, seen)
    digests = digest_fields(want)
    if not differing and digests == ours.stamp.fields:
        return None
    changes = describe_changes(task.spec, ours.live.spec, want=want, have=have) if differing else ()
    return Update(
        desired=task,
        live=ours.live,
        stamp=Stamp(ours.stamp.owner, ours.stamp.key, ours.stamp.nonce, digests),
        reason=UpdateReason.DIFFERS if differing else UpdateReason.STAMP_OUTDATED,
        changed_by=_changed_by(differing, stamp=ours.stamp, desired=digests, live=seen),
        differing=differing,
        changes=changes,
        unmanaged=tuple(sorted(ours.stamp.fields.keys() - digests.keys())),
        deletes_annotations=deletes_annotations(task.spec, differing),
    )


def plan_notices(actions: Iterable[Action]) -> Iterator[Notice]:
    """Yield what a plan means beyond the changes that it lists."""
    for action in actions:
        if not isinstance(action, Update):
            continue
        for name in action.unmanaged:
            sentence = f"`{name}` is no longer declared: it is left as it is live"
            yield Notice("no_longer_managed", sentence, action.key, action.live.id)
        if action.deletes_annotations:
            sentence = "`delete_previous_annotations`: earlier annotations will be deleted"
            yield Notice("deletes_annotations", sentence, action.key, action.live.id)


def _changed_by(
    differing: Iterable[str], *, stamp: Stamp, desired: Mapping[str, str], live: Canonical
) -> ChangedBy:
    if not stamp.fields:
        return ChangedBy.UNKNOWN
    now = digest_members(live, differing)
    known = {name: stamp.fields[name] for name in now if name in stamp.fields}
    by_files = len(known) < len(now) or any(desired[n] != d for n, d in known.items())
    by_outside = any(now[n] != d for n, d in known.items())
    match by_files, by_outside:
        case True, True:
            return ChangedBy.BOTH
        case _, True:
            return ChangedBy.OUTSIDE
        case True, _:
            return ChangedBy.FILES
        case _:
            return ChangedBy.UNKNOWN


def _sort_live(live: Iterable[Live], owner: str) -> _Sorted:
    found = _Sorted()
    for task in sorted(live, key=lambda task: task.age):
        if is_of_label_order(task):
            found.foreign += 1
            continue
        match task.mark:
            case Stamp(owner=o, key=key) as stamp if o == owner:
                found.ours[key].append(Ours(task, stamp))
            case NewerStamp(owner=o, key=key) if o == owner:
                found.newer[key].append(task)
            case Stamp() | NewerStamp():
                found.foreign += 1
            case _:
                found.nobodys.append(task)
    return found


def _plan_removal(found: _Sorted, key: str) -> Iterable[Action | Blocked]:
    if key in found.newer:
        yield from (_newer_stamp(newer, key) for newer in found.newer[key])
        return
    first, *others = found.ours[key]
    yield Delete(first.live, key)
    yield from (_duplicate(first, other) for other in others)


def _assemble(results: Iterable[Action | Blocked], found: _Sorted, *, unchanged: int) -> Plan:
    results = tuple(results)
    order = (Create, Update, Delete)
    actions = [r for r in results if not isinstance(r, Blocked)]
    return Plan(
        actions=tuple(sorted(actions, key=lambda action: order.index(type(action)))),
        blocked=tuple(r for r in results if isinstance(r, Blocked)),
        unchanged=unchanged,
        owned=sum(map(len, found.ours.values())),
        unmanaged=len(found.nobodys),
        foreign=found.foreign,
    )


def _name_taken(live: Live, task: Desired) -> Blocked:
    return Blocked(
        key=task.key,
        name=task.name,
        id=live.id,
        reason=BlockedReason.NAME_TAKEN,
        sentence="a live task without an owner has this name",
        release="rename one of the two, or delete the live one if it is not needed",
        place=task.place,
    )


def _newer_stamp(live: Live, key: str, task: Desired | None = None) -> Blocked:
    return Blocked(
        key=key,
        name=live.name,
        id=live.id,
        reason=BlockedReason.NEWER_STAMP,
        sentence="a later version of reconciler manages this task",
        release="upgrade reconciler",
        place=task.place if task else ABSENT,
    )


def _duplicate(first: Ours, other: Ours, task: Desired | None = None) -> Blocked:
    copied = first.stamp.nonce == other.stamp.nonce
    return Blocked(
        key=other.stamp.key,
        name=other.live.name,
        id=other.live.id,
        reason=BlockedReason.COPIED_STAMP if copied else BlockedReason.WORKED_DUPLICATE,
        sentence=(
            f"somebody copied the task {first.live.id} together with its stamp"
            if copied
            else f"two runs created this task; the older one, {first.live.id}, stays"
        ),
        release=(
            "remove `metadata.reconciler` from the copy, or delete the copy"
            if copied
            else "delete this one once nobody's work is lost with it"
        ),
        place=task.place if task else ABSENT,
    )
