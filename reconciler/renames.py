"""Which deletes and creates are probably one task under another key? Pure.

A task that is created again has lost its labels, so a rename that was not declared as one is
worth a question.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler.actions import Blocked, BlockedReason, Create, Delete, DeleteReason
from reconciler.canon import canonical_task
from reconciler.model import Stamp
from reconciler.payload import managed_spec
from reconciler.stamp import digest_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from reconciler.actions import Action


def block_renames(
    results: Iterable[Action | Blocked], *, allowed: Collection[str]
) -> Iterator[Action | Blocked]:
    """Yield *results*, each create and each delete that are likely one task being blocked.

    They are if they have one name, or if all that the new task declares beside its name is what
    was last applied to the old one. A key in *allowed*, of either, says that two are meant.
    """
    results = tuple(results)
    creates = [r for r in results if isinstance(r, Create) and r.key not in allowed]
    deletes = [r for r in results if isinstance(r, Delete) and _may_be_moved(r, allowed)]
    old_of: dict[str, Delete] = {}
    new_of: dict[str, Create] = {}
    if creates and deletes:
        by_trait = _index(deletes)
        for create in creates:
            for delete in (d for trait in _traits_of_new(create) for d in by_trait.get(trait, ())):
                old_of.setdefault(create.key, delete)
                new_of.setdefault(delete.live.id, create)
    for result in results:
        if isinstance(result, Create) and result.key in old_of:
            yield _block_create(result, old_of[result.key])
        elif isinstance(result, Delete) and result.live.id in new_of:
            yield _block_delete(result, new_of[result.live.id])
        else:
            yield result


def _may_be_moved(delete: Delete, allowed: Collection[str]) -> bool:
    return delete.reason is DeleteReason.NOT_DECLARED and delete.key not in allowed


def _index(deletes: Iterable[Delete]) -> Mapping[object, list[Delete]]:
    by_trait: dict[object, list[Delete]] = defaultdict(list)
    for delete in deletes:
        if delete.live.name:
            by_trait[delete.live.name].append(delete)
        mark = delete.live.mark
        if isinstance(mark, Stamp) and not mark.outdated:
            by_trait[_fingerprint(mark.fields)].append(delete)
    return by_trait


def _traits_of_new(create: Create) -> tuple[object, ...]:
    digests = digest_fields(canonical_task(managed_spec(create.desired)))
    fingerprint = _fingerprint(digests)
    return (create.desired.name, *([fingerprint] if fingerprint else []))


def _fingerprint(digests: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return what was applied of a task, but for its name."""
    return frozenset((name, digest) for name, digest in digests.items() if name != "name")


def _block_create(create: Create, old: Delete) -> Blocked:
    task = create.desired
    return Blocked(
        key=task.key,
        name=task.name,
        reason=BlockedReason.LIKELY_RENAME,
        sentence=(
            f"this looks like the task `{old.key}` under another key, and a new one has no labels"
        ),
        release=_release(new=task.key, old=old.key),
        place=task.place,
    )


def _block_delete(delete: Delete, new: Create) -> Blocked:
    return Blocked(
        key=delete.key,
        name=delete.live.name,
        id=delete.live.id,
        reason=BlockedReason.LIKELY_RENAME,
        sentence=f"this looks like what is now `{new.key}`, and its labels would be lost",
        release=_release(new=new.key, old=delete.key),
    )


def _release(*, new: str, old: str) -> str:
    return (
        f"if it is the same task, write `moved_from: {old}` into `{new}`;"
        f" if not, pass --allow-recreate {new}"
    )
