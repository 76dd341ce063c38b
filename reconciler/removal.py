"""What becomes of the live tasks of ours that no file declares, or that are too many? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.actions import Action, Blocked, BlockedReason, Delete, DeleteReason, Release
from reconciler.belonging import COPY_RELEASE, block_newer
from reconciler.model import ABSENT, OnDelete, Stamp
from reconciler.quoting import quote_shell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.belonging import Found, Ours
    from reconciler.guard import Allowances
    from reconciler.model import Desired, Lifecycle, Live

_DOUBLE_RELEASE = "delete this one once nobody's work is lost with it"


def plan_removal(
    found: Found,
    key: str,
    *,
    moved: Collection[str],
    untouched: Collection[str],
    allowances: Allowances,
    task: Desired | None = None,
) -> Iterator[Action | Blocked]:
    """Yield what is to be done about the live task of a *key* that no file declares.

    Those whose ids are in *moved* are another key's now; of *untouched* ones it is known that
    nobody has worked on them. A *task* that a file does declare, when all is to go, is also
    protected by what the file says.
    """
    if key in found.newer:
        yield block_newer(found.newer[key][0], key)
        return
    ours = found.ours.get(key, [])
    for each in ours[:1] if found.is_stamped(key) else ours:
        if each.live.id in moved:
            continue
        if _leaves_one_behind(found, key, each, untouched):
            # The next run would take the one that is left for the task, and remove that too.
            copied = found.copied(each)
            yield _block(
                each.live,
                key,
                BlockedReason.COPIED_STAMP if copied else BlockedReason.WORKED_DUPLICATE,
                f"with this task gone its {'copy' if copied else 'double'} would be removed next",
                COPY_RELEASE if copied else "delete one of the two",
            )
        elif each.live.id in found.kept:
            yield _block(
                each.live,
                key,
                BlockedReason.LIKELY_RENAME,
                "a file names this task, or its double, by `id` or `moved_from`",
                "remove that from the file if the task is to go",
            )
        elif OnDelete.RETAIN in {life.on_delete for life in _lifecycles_of(each, task)}:
            yield _release(each, key)
        elif _is_protected(each, task) and key not in allowances.destroy:
            yield _block(
                each.live,
                key,
                BlockedReason.PREVENT_DESTROY,
                "the task is protected by `prevent_destroy`",
                "apply it with `prevent_destroy: false` first,"
                f" or pass --allow-destroy {quote_shell(key)}",
            )
        else:
            yield Delete(each.live, key)


def plan_others(
    found: Found, key: str, untouched: Collection[str], task: Desired | None = None
) -> Iterator[Action | Blocked]:
    """Yield what is to be done about the younger ones of several live tasks of one key."""
    newer = found.newer.get(key, [])
    yield from (block_newer(live, key, task) for live in newer[1:])
    for copy in found.copies.get(key, ()):
        sentence = f"somebody copied the task {copy.original} together with its stamp"
        yield _block(copy.live, key, BlockedReason.COPIED_STAMP, sentence, COPY_RELEASE, task)
    if newer or not found.is_stamped(key):
        return
    first, *others = found.ours[key]
    for other in others:
        if found.goes(other, untouched) and other.live.id not in found.named:
            yield Delete(other.live, key, DeleteReason.DUPLICATE)
        else:
            sentence = (
                "two runs created this task, and somebody may have worked on this one;"
                f" the older one, {first.live.id}, stays"
            )
            reason = BlockedReason.WORKED_DUPLICATE
            yield _block(other.live, key, reason, sentence, _DOUBLE_RELEASE, task)


def _release(ours: Ours, key: str) -> Release | Blocked:
    if ours.stamp is not ABSENT:
        return Release(ours.live, key)
    # Where a task is ours by being there, one that was released would be deleted next.
    sentence = "`on_delete: retain` keeps this task"
    release = "delete it by hand if it is to go"
    return _block(ours.live, key, BlockedReason.PREVENT_DESTROY, sentence, release)


def _lifecycles_of(ours: Ours, task: Desired | None) -> Iterator[Lifecycle]:
    """Yield what was applied, and what a file says.

    Also where tasks are known by name, some may carry a stamp.
    """
    if isinstance(ours.live.mark, Stamp):
        yield ours.live.mark.lifecycle
    if task is not None:
        yield task.lifecycle


def _is_protected(ours: Ours, task: Desired | None) -> bool:
    return any(life.prevent_destroy for life in _lifecycles_of(ours, task))


def _leaves_one_behind(found: Found, key: str, ours: Ours, untouched: Collection[str]) -> bool:
    if not found.is_stamped(key):
        return False
    others = found.ours[key][1:]
    return found.copied(ours) or not all(found.goes(other, untouched) for other in others)


def _block(  # noqa: PLR0917
    live: Live,
    key: str,
    reason: BlockedReason,
    sentence: str,
    release: str,
    task: Desired | None = None,
) -> Blocked:
    return Blocked(
        key=key,
        name=live.name,
        reason=reason,
        sentence=sentence,
        release=release,
        id=live.id,
        place=task.place if task else ABSENT,
    )
