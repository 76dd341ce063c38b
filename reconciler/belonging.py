"""Whose is each live task, and which desired one does it stand for? Pure.

A live task is ours by its stamp. Where an app drops stamps (`ownership: app`) every task of it is
ours, and the name tells which one it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.actions import AdoptReason, Blocked, BlockedReason, UpdateReason
from reconciler.live import is_of_label_order
from reconciler.model import ABSENT, Absent, Desired, Live, NewerStamp, NoStamp, Ownership, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Ours:
    """A live task of ours, and the stamp that says so: absent where tasks carry none."""

    live: Live
    stamp: Stamp | Absent = ABSENT


@dataclass(slots=True)
class Found:
    """The live tasks of an app, by what they are to one owner; oldest first.

    *ours* and *newer* (of ours, but stamped by a later version) are by key, *nobodys* by name.
    *foreign* are those of other owners and of label orders.
    """

    ours: dict[str, list[Ours]] = field(default_factory=lambda: defaultdict(list))
    newer: dict[str, list[Live]] = field(default_factory=lambda: defaultdict(list))
    nobodys: dict[str, list[Live]] = field(default_factory=lambda: defaultdict(list))
    foreign: list[Live] = field(default_factory=list)

    @property
    def owned(self) -> int:
        """How many live tasks are ours."""
        return sum(map(len, self.ours.values()))


@dataclass(frozen=True, slots=True)
class Claim:
    """A live task that a desired one takes, though it doesn't have that one's key yet."""

    ours: Ours
    reason: UpdateReason | AdoptReason


def sort_live(
    live: Iterable[Live], owner: str, *, ownership: Ownership, desired: Iterable[Desired] = ()
) -> Found:
    """Return the live tasks by what they are to *owner*.

    With `ownership: app` the tasks of a name belong to the *desired* one of that name, and to
    their name as key where there is none.
    """
    found = Found()
    by_name = ownership is Ownership.APP
    keys = {task.name: task.key for task in desired} if by_name else {}
    for task in sorted(live, key=lambda task: task.age):
        match task.mark:
            case _ if is_of_label_order(task):
                found.foreign.append(task)
            case Stamp(owner=o) | NewerStamp(owner=o) if o != owner:
                found.foreign.append(task)
            case NewerStamp(key=key):
                found.newer[key].append(task)
            case _ if by_name:
                found.ours[keys.get(task.name, task.name)].append(Ours(task))
            case Stamp(key=key) as stamp:
                found.ours[key].append(Ours(task, stamp))
            case NoStamp():
                found.nobodys[task.name].append(task)
    return found


def find_doubles(found: Found) -> tuple[Live, ...]:
    """Return the live tasks of ours that two runs created beside an older one of their key."""
    return tuple(
        other.live
        for first, *others in found.ours.values()
        for other in others
        if first.stamp is not ABSENT and not is_copy(first, other)
    )


def is_copy(first: Ours, other: Ours) -> bool:
    """Tell whether *other* carries the very stamp of *first*: somebody copied the task."""
    if first.stamp is ABSENT or other.stamp is ABSENT:
        return False
    return first.stamp.nonce == other.stamp.nonce


def find_claims(
    desired: Mapping[str, Desired], found: Found, *, adopt: bool
) -> dict[str, Claim | Blocked]:
    """Return for each key without a live task which other one it takes, or why it can't.

    An `id` comes first, then `moved_from`; with *adopt* a task of nobody that has the name.
    """
    claims: dict[str, Claim | Blocked] = {}
    known = found.ours.keys() | found.newer.keys()
    open_tasks = [task for key, task in desired.items() if key not in known]
    by_id = _index_by_id(found) if any(task.id for task in open_tasks) else {}
    for task in open_tasks:
        if task.id:
            claims[task.key] = _claim_id(task, by_id, desired)
        elif task.moved_from and task.moved_from not in desired:
            claims.update(_claim_moved(task, found))
    taken = {claim.ours.live.id for claim in claims.values() if isinstance(claim, Claim)}
    wanting = defaultdict(list)
    for task in open_tasks:
        if task.key not in claims:
            wanting[task.name].append(task)
    for name, tasks in wanting.items():
        candidates = [live for live in found.nobodys.get(name, ()) if live.id not in taken]
        if candidates:
            claims.update(_claim_name(tasks, candidates, adopt=adopt))
    return claims


@dataclass(frozen=True, slots=True)
class _Holder:
    """A live task, and the key that it has with us: "" if it isn't ours."""

    live: Live
    key: str = ""
    ours: Ours | Absent = ABSENT


def _index_by_id(found: Found) -> dict[str, _Holder]:
    holders = [
        *(_Holder(each.live, key, each) for key, ours in found.ours.items() for each in ours),
        *(_Holder(live, key) for key, newer in found.newer.items() for live in newer),
        *(_Holder(live) for lives in found.nobodys.values() for live in lives),
        *(_Holder(live) for live in found.foreign),
    ]
    return {holder.live.id: holder for holder in holders}


def _claim_id(
    task: Desired, by_id: Mapping[str, _Holder], desired: Mapping[str, Desired]
) -> Claim | Blocked:
    holder = by_id.get(task.id)
    if holder is None:
        return block(
            task,
            BlockedReason.ID_NOT_LIVE,
            f"no live task has the id `{task.id}`",
            "correct the id, or remove it to create a new task",
            live_id=task.id,
        )
    if holder.ours is not ABSENT and holder.key not in desired:
        return Claim(holder.ours, UpdateReason.MOVED)
    match holder.live.mark:
        case _ if holder.ours is not ABSENT:
            whose = f"is that of the key `{holder.key}`, which is still declared"
        case _ if is_of_label_order(holder.live):
            whose = "belongs to a label order"
        case Stamp(owner=owner) | NewerStamp(owner=owner):
            whose = f"belongs to the owner `{owner}`"
        case NoStamp():
            return Claim(Ours(holder.live), AdoptReason.ID_DECLARED)
    sentence = f"the live task `{task.id}` {whose}"
    release = "remove the id, or let the other side give the task up first"
    return block(task, BlockedReason.OWNED_BY_OTHER, sentence, release, live_id=task.id)


def _claim_moved(task: Desired, found: Found) -> Iterator[tuple[str, Claim | Blocked]]:
    if task.moved_from in found.ours:
        yield task.key, Claim(found.ours[task.moved_from][0], UpdateReason.MOVED)
    elif task.moved_from in found.newer:
        yield task.key, block_newer(found.newer[task.moved_from][0], task.key, task)


def _claim_name(
    tasks: list[Desired], candidates: list[Live], *, adopt: bool
) -> Iterator[tuple[str, Claim | Blocked]]:
    """Yield what becomes of the desired tasks of one name of which tasks of nobody are live."""
    ids = ", ".join(f"`{live.id}`" for live in candidates)
    for task in tasks:
        if adopt and len(tasks) == len(candidates) == 1:
            yield task.key, Claim(Ours(candidates[0]), AdoptReason.NAME_MATCHES)
        elif adopt:
            declared = "one declared task" if len(tasks) == 1 else f"{len(tasks)} declared tasks"
            sentence = f"this is the name of {declared} and of the live {ids}"
            release = "write the `id` of the one that is meant into the file"
            yield task.key, block(task, BlockedReason.AMBIGUOUS_NAME, sentence, release, live_id="")
        else:
            yield task.key, _name_taken(task, candidates)


def _name_taken(task: Desired, candidates: list[Live]) -> Blocked:
    first = candidates[0].id
    return block(
        task,
        BlockedReason.NAME_TAKEN,
        "a live task of nobody has this name",
        f"to take it over, write `id: {first}` into the file or pass --adopt;"
        " to have both, give one another name",
        live_id=first,
    )


def block(
    task: Desired, reason: BlockedReason, sentence: str, release: str, *, live_id: str
) -> Blocked:
    """Return why a desired task is left alone."""
    return Blocked(
        key=task.key,
        name=task.name,
        reason=reason,
        sentence=sentence,
        release=release,
        id=live_id,
        place=task.place,
    )


def block_newer(live: Live, key: str, task: Desired | None = None) -> Blocked:
    """Return why a task that a later version of this tool stamped is left alone."""
    return Blocked(
        key=key,
        name=live.name,
        id=live.id,
        reason=BlockedReason.NEWER_STAMP,
        sentence="a later version of reconciler manages this task",
        release="upgrade reconciler",
        place=task.place if task else ABSENT,
    )
