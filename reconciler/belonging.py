"""Whose is each live task, and which desired one does it stand for? Pure.

A live task is ours by its stamp. Where an app drops stamps (`ownership: app`) every task of it is
ours, and the name tells which one it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.actions import Blocked, BlockedReason
from reconciler.live import is_of_label_order
from reconciler.model import ABSENT, Absent, Desired, Live, NewerStamp, NoStamp, Ownership, Stamp

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

COPY_RELEASE: Final = "remove `metadata.reconciler` from the copy, or delete the copy"


@dataclass(frozen=True, slots=True)
class Ours:
    """A live task of ours, and the stamp that says so: absent where tasks carry none."""

    live: Live
    stamp: Stamp | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Copy:
    """A live task with the very stamp of an older one, whose id *original* is."""

    live: Live
    original: str


@dataclass(frozen=True, slots=True)
class Owned:
    """A live task of ours under its key."""

    key: str
    live: Live


@dataclass(slots=True)
class Found:
    """The live tasks of an app, by what they are to one owner; oldest first.

    *ours*, *newer* (of ours, but stamped by a later version) and *copies* (of ours, with the very
    stamp of an older one) are by key, *nobodys* by name. *foreign* are those of other owners and
    of label orders. *named* are the ids that a file gives, or that its `moved_from` leads to, and
    *kept* those and the ones of their doubles.
    """

    ours: dict[str, list[Ours]] = field(default_factory=lambda: defaultdict(list))
    newer: dict[str, list[Live]] = field(default_factory=lambda: defaultdict(list))
    copies: dict[str, list[Copy]] = field(default_factory=lambda: defaultdict(list))
    nobodys: dict[str, list[Live]] = field(default_factory=lambda: defaultdict(list))
    foreign: list[Live] = field(default_factory=list)
    copied_nonces: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)

    @property
    def owned(self) -> int:
        """How many live tasks are ours."""
        return sum(map(len, self.ours.values())) + sum(map(len, self.copies.values()))

    @property
    def own_ids(self) -> frozenset[str]:
        """The ids of the live tasks that are ours."""
        return frozenset(
            [each.live.id for ours in self.ours.values() for each in ours]
            + [live.id for newer in self.newer.values() for live in newer]
            + [copy.live.id for copies in self.copies.values() for copy in copies]
        )

    @property
    def live_ids(self) -> frozenset[str]:
        """The ids of all live tasks."""
        others = (*self.foreign, *(live for lives in self.nobodys.values() for live in lives))
        return self.own_ids.union(live.id for live in others)

    @property
    def keys(self) -> set[str]:
        """The keys of the live tasks that are ours."""
        return {*self.ours, *self.newer, *self.copies}

    def is_stamped(self, key: str) -> bool:
        """Tell whether there is a task of ours for *key*, known by its stamp."""
        return key in self.ours and self.ours[key][0].stamp is not ABSENT

    def undeclared(self, declared: Collection[str]) -> Iterator[Owned]:
        """Yield the live tasks of ours, one for a stamped key, whose keys aren't in *declared*."""
        for key in sorted(self.keys - set(declared)):
            lives = [each.live for each in self.ours.get(key, ())] + self.newer.get(key, [])
            yield from (Owned(key, live) for live in lives[: 1 if self.is_stamped(key) else None])

    def goes(self, double: Ours, untouched: Collection[str]) -> bool:
        """Tell whether a double may be deleted: nobody has worked on it, nor copied it."""
        return double.live.id in untouched and not self.copied(double)

    def copied(self, ours: Ours) -> bool:
        """Tell whether somebody copied a task together with its stamp."""
        nonce = "" if ours.stamp is ABSENT else ours.stamp.nonce
        return bool(nonce) and nonce in self.copied_nonces


def sort_live(
    live: Iterable[Live], owner: str, *, ownership: Ownership, desired: Iterable[Desired] = ()
) -> Found:
    """Return the live tasks by what they are to *owner*.

    With `ownership: app` the tasks of a name belong to the *desired* one of that name, and to
    their name as key where there is none.
    """
    found = Found()
    by_name = ownership is Ownership.APP
    declared = list(desired) if by_name else []
    keys = {task.name: task.key for task in declared}
    taken = {task.key for task in declared}
    first_with: dict[str, str] = {}
    for task in sorted(live, key=lambda task: task.age):
        match task.mark:
            case _ if is_of_label_order(task):
                found.foreign.append(task)
            case Stamp(owner=o) | NewerStamp(owner=o) if o != owner:
                found.foreign.append(task)
            case NewerStamp(key=key):
                found.newer[key].append(task)
            case _ if by_name:
                # A name that is the key of another task must not be taken for that.
                own = task.id if task.name in taken else task.name
                found.ours[keys.get(task.name, own)].append(Ours(task))
            case Stamp(key=key, nonce=nonce) if nonce and nonce in first_with:
                found.copies[key].append(Copy(task, first_with[nonce]))
                found.copied_nonces.add(nonce)
            case Stamp(key=key, nonce=nonce) as stamp:
                first_with[nonce] = task.id
                found.ours[key].append(Ours(task, stamp))
            case NoStamp():
                found.nobodys[task.name].append(task)
    return found


def note_named(found: Found, desired: Mapping[str, Desired]) -> None:
    """Note the live tasks that files name, whether or not they are taken over."""
    ids = {task.id for task in desired.values() if task.id}
    before = {task.moved_from for task in desired.values() if task.moved_from} - desired.keys()
    for key in before & found.ours.keys():
        found.named.add(found.ours[key][0].live.id)
    found.named |= ids
    if found.named:
        for ours in found.ours.values():
            group = {each.live.id for each in ours}
            found.kept |= group if group & found.named else set()


def find_doubles(found: Found) -> tuple[Live, ...]:
    """Return the live tasks of ours that two runs created beside an older one of their key."""
    return tuple(
        other.live
        for first, *others in found.ours.values()
        for other in others
        if first.stamp is not ABSENT
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
