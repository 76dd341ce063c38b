"""Which live task does a desired one take that hasn't its key yet? Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reconciler.actions import AdoptReason, Blocked, BlockedReason, UpdateReason
from reconciler.belonging import Ours, block, block_newer
from reconciler.live import is_of_label_order
from reconciler.model import ABSENT, Absent, Desired, Live, NewerStamp, NoStamp, Stamp
from reconciler.quoting import quote_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from reconciler.belonging import Found

_CHOOSE: Final = "write the `id` of the one that is meant into the file, or give it another name"


@dataclass(frozen=True, slots=True)
class Claim:
    """A live task that a desired one takes, though it doesn't have that one's key yet."""

    ours: Ours
    reason: UpdateReason | AdoptReason


def find_claims(
    desired: Mapping[str, Desired],
    found: Found,
    *,
    adopt: bool,
    untouched: Collection[str] = (),
) -> dict[str, Claim | Blocked]:
    """Return for each key without a live task which other one it takes, or why it can't.

    An `id` comes first, then `moved_from`; with *adopt* a task of nobody that has the name.
    """
    claims: dict[str, Claim | Blocked] = {}
    known = found.ours.keys() | found.newer.keys()
    open_tasks = [task for key, task in desired.items() if key not in known]
    by_id = _index_by_id(found) if any(task.id for task in open_tasks) else {}
    taken: dict[str, str] = {}
    for task in open_tasks:
        claim = None
        if task.id:
            claim = _claim_id(task, by_id, desired)
        elif task.moved_from and task.moved_from not in desired:
            claim = _claim_moved(task, found)
        if isinstance(claim, Claim):
            claim = _check_claim(task, claim, found, taken, untouched)
        if claim is not None:
            claims[task.key] = claim
    wanting = defaultdict(list)
    for task in open_tasks:
        if task.key not in claims:
            wanting[task.name].append(task)
    for name, tasks in wanting.items():
        candidates = [live for live in found.nobodys.get(name, ()) if live.id not in taken]
        if candidates:
            claims.update(_claim_name(tasks, candidates, adopt=adopt))
    return claims


def _check_claim(
    task: Desired,
    claim: Claim,
    found: Found,
    taken: dict[str, str],
    untouched: Collection[str],
) -> Claim | Blocked:
    """Return *claim*, unless another key has it already or it leaves a double behind."""
    live = claim.ours.live
    if live.id in taken:
        sentence = f"the live task `{live.id}` is taken over by the key `{taken[live.id]}`"
        release = "leave it with one of the two"
        return block(task, BlockedReason.OWNED_BY_OTHER, sentence, release, live_id=live.id)
    if claim.reason is UpdateReason.MOVED and _has_double(claim.ours, found, untouched):
        # With its key gone the other one would be taken for a task that no file declares.
        copied = found.copied(claim.ours)
        return block(
            task,
            BlockedReason.COPIED_STAMP if copied else BlockedReason.WORKED_DUPLICATE,
            f"the live task `{live.id}` has a {'copy' if copied else 'double'}",
            "remove that first, and move the task then",
            live_id=live.id,
        )
    taken[live.id] = task.key
    return claim


def _has_double(ours: Ours, found: Found, untouched: Collection[str]) -> bool:
    """Tell whether another task of its key would be left."""
    before = ours.live.name if ours.stamp is ABSENT else ours.stamp.key
    others = [each for each in found.ours.get(before, ()) if each.live.id != ours.live.id]
    return found.copied(ours) or not all(found.goes(other, untouched) for other in others)


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
        *(_Holder(copy.live, key) for key, copies in found.copies.items() for copy in copies),
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
        case Stamp() if holder.key:
            whose = f"is a copy of the task of the key `{holder.key}`"
        case NewerStamp() if holder.key:
            return block_newer(holder.live, task.key, task)
        case Stamp(owner=owner) | NewerStamp(owner=owner):
            whose = f"belongs to the owner `{owner}`"
        case NoStamp():
            return Claim(Ours(holder.live), AdoptReason.ID_DECLARED)
    sentence = f"the live task `{task.id}` {whose}"
    release = "remove the id, or let the other side give the task up first"
    return block(task, BlockedReason.OWNED_BY_OTHER, sentence, release, live_id=task.id)


def _claim_moved(task: Desired, found: Found) -> Claim | Blocked | None:
    if task.moved_from in found.ours:
        return Claim(found.ours[task.moved_from][0], UpdateReason.MOVED)
    if task.moved_from in found.newer:
        return block_newer(found.newer[task.moved_from][0], task.key, task)
    return None


def _claim_name(
    tasks: list[Desired], candidates: list[Live], *, adopt: bool
) -> Iterator[tuple[str, Claim | Blocked]]:
    """Yield what becomes of the desired tasks of one name of which tasks of nobody are live."""
    is_clear = len(tasks) == len(candidates) == 1
    for task in tasks:
        if adopt and is_clear:
            yield task.key, Claim(Ours(candidates[0]), AdoptReason.NAME_MATCHES)
        elif adopt:
            yield task.key, _ambiguous(task, tasks, candidates)
        else:
            yield task.key, _name_taken(task, candidates, is_clear=is_clear)


def _ambiguous(task: Desired, tasks: list[Desired], candidates: list[Live]) -> Blocked:
    declared = "one declared task" if len(tasks) == 1 else f"{len(tasks)} declared tasks"
    ids = ", ".join(f"`{live.id}`" for live in candidates)
    sentence = f"this is the name of {declared} and of the live {ids}"
    return block(task, BlockedReason.AMBIGUOUS_NAME, sentence, _CHOOSE, live_id="")


def _name_taken(task: Desired, candidates: list[Live], *, is_clear: bool) -> Blocked:
    first = candidates[0].id
    many = f"{len(candidates)} live tasks of nobody have this name"
    sentence = "a live task of nobody has this name" if len(candidates) == 1 else many
    release = (
        f"to take it over, write `id: {quote_yaml(first)}` into the file or pass --adopt;"
        " to have both, give one another name"
    )
    reason = BlockedReason.NAME_TAKEN
    return block(task, reason, sentence, release if is_clear else _CHOOSE, live_id=first)
