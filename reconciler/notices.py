"""What does a plan mean beyond the changes that it lists? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.actions import Update
from reconciler.model import Notice, Stamp
from reconciler.payload import drops_partition, managed_spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.actions import Action
    from reconciler.model import Lifecycle


def plan_notices(actions: Iterable[Action]) -> Iterator[Notice]:
    """Yield what a reviewer would not see from the changes."""
    for action in actions:
        if isinstance(action, Update):
            for code, sentence in _notices_of(action):
                yield Notice(code, sentence, action.key, action.live.id)


def _notices_of(update: Update) -> Iterator[tuple[str, str]]:
    for name in update.unmanaged:
        yield "no_longer_managed", f"`{name}` is no longer managed: it is left as it is live"
    if update.deletes_annotations:
        sentence = "`delete_previous_annotations`: earlier annotations will be deleted"
        yield "deletes_annotations", sentence
    if "worker" in update.differing and drops_partition(
        managed_spec(update.desired), update.live.spec
    ):
        sentence = "the live partition is dropped: it was made for other workers"
        yield "drops_partition", sentence
    mark = update.live.mark
    if isinstance(mark, Stamp) and mark.lifecycle != update.desired.lifecycle:
        changes = ", ".join(_compare(mark.lifecycle, update.desired.lifecycle))
        yield "changes_lifecycle", f"`lifecycle` changes: {changes}"


def _compare(before: Lifecycle, after: Lifecycle) -> Iterator[str]:
    old, new = _words_of(before), _words_of(after)
    yield from (f"{name} {old[name]} -> {new[name]}" for name in new if old[name] != new[name])


def _words_of(lifecycle: Lifecycle) -> dict[str, str]:
    return {
        "prevent_destroy": str(lifecycle.prevent_destroy).lower(),
        "on_delete": str(lifecycle.on_delete),
        "ignore_changes": f"[{', '.join(sorted(lifecycle.ignore_changes))}]",
    }
