"""Which live tasks are probably declared under another key now? Pure.

A task that is created again has lost its labels, so a rename that was not declared as one is
worth a question.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from reconciler.actions import (
    AdoptReason,
    Blocked,
    BlockedReason,
    Create,
    Delete,
    DeleteReason,
    Release,
    Update,
)
from reconciler.belonging import block
from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import diff_fields
from reconciler.model import Stamp
from reconciler.payload import managed_spec
from reconciler.quoting import quote_shell, quote_yaml
from reconciler.stamp import digest_fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from reconciler.actions import Action
    from reconciler.belonging import Owned
    from reconciler.canon import Canonical
    from reconciler.model import Desired

_MAX_COMPARED: Final = 10_000
"""How many pairs of a new and an unstamped old task are compared in whole."""


def block_renames(
    results: Iterable[Action | Blocked],
    *,
    new: Sequence[Desired],
    old: Sequence[Owned],
    allowed: Collection[str],
) -> Iterator[Action | Blocked]:
    """Yield *results*, what makes or removes a task that is likely a renamed one being blocked.

    *new* are all declared tasks that aren't live, *old* all live ones that aren't declared,
    whether or not they take part. Two are likely one if they have one name, or if all that the
    new one declares beside its name is what was last applied to the old one. A key in *allowed*,
    of either, says that two are meant.
    """
    new = [task for task in new if task.key not in allowed]
    old = [each for each in old if each.key not in allowed]
    old_of: dict[str, Owned] = {}
    new_of: dict[str, Desired] = {}
    for task, each in _pair(new, old) if new and old else ():
        old_of.setdefault(task.key, each)
        new_of.setdefault(each.live.id, task)
    for result in results:
        match result:
            case Create(desired=task) | Update(desired=task, reason=AdoptReason.NAME_MATCHES) if (
                task.key in old_of
            ):
                yield _block_new(task, old_of[task.key])
            case Delete(live=live, reason=DeleteReason.NOT_DECLARED) | Release(live=live) if (
                live.id in new_of
            ):
                yield _block_old(result, new_of[live.id])
            case _:
                yield result


def _pair(new: Iterable[Desired], old: Sequence[Owned]) -> Iterator[tuple[Desired, Owned]]:
    by_trait = _index(old)
    bare = [each for each in old if not isinstance(each.live.mark, Stamp)]
    compared = 0
    for task in new:
        want = canonical_task(managed_spec(task))
        for trait in (task.name, _fingerprint(digest_fields(want))):
            yield from ((task, each) for each in by_trait.get(trait, ()) if trait)
        compared += len(bare)
        if compared <= _MAX_COMPARED:
            yield from ((task, each) for each in bare if _matches(want, each))


def _index(old: Iterable[Owned]) -> Mapping[object, list[Owned]]:
    by_trait: dict[object, list[Owned]] = defaultdict(list)
    for each in old:
        by_trait[each.live.name].append(each)
        mark = each.live.mark
        if isinstance(mark, Stamp) and not mark.outdated:
            by_trait[_fingerprint(mark.fields)].append(each)
    return by_trait


def _fingerprint(digests: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return what was applied of a task, but for its name."""
    return frozenset((name, digest) for name, digest in digests.items() if name != "name")


def _matches(want: Canonical, old: Owned) -> bool:
    """Tell whether a live task without a stamp is just what is wanted, but for its name."""
    rest = {name: value for name, value in want.items() if value and name != "name"}
    if not rest or rest.keys() != _content(old):
        return False
    have = canonical_declared(old.live.spec, rest)
    return not diff_fields(rest, project_live(have, rest))


def _content(old: Owned) -> set[str]:
    """Return the names of the fields of a live task that people fill, but for its name."""
    fields = canonical_task(old.live.spec)
    return {name for name, value in fields.items() if value and name not in {"name", "status"}}


def _block_new(task: Desired, old: Owned) -> Blocked:
    return block(
        task,
        BlockedReason.LIKELY_RENAME,
        f"this looks like the task `{old.key}` under another key, and a new one has no labels",
        _release(new=task.key, old=old.key),
        live_id="",
    )


def _block_old(removal: Delete | Release, new: Desired) -> Blocked:
    return Blocked(
        key=removal.key,
        name=removal.live.name,
        id=removal.live.id,
        reason=BlockedReason.LIKELY_RENAME,
        sentence=f"this looks like what is now `{new.key}`, and its labels would be lost",
        release=_release(new=new.key, old=removal.key),
    )


def _release(*, new: str, old: str) -> str:
    return (
        f"if it is the same task, write `moved_from: {quote_yaml(old)}` into `{new}`;"
        f" if not, pass --allow-recreate {quote_shell(new)}"
    )
