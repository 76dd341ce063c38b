"""In which order do the steps go? No logic: each step is a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply import BATCH_SIZE, apply_plan
from reconciler.config import inspect_config, make_scopes
from reconciler.create import Creator
from reconciler.errors import UsageError
from reconciler.live import read_live
from reconciler.manifest import Manifest, read_manifest
from reconciler.manifest.files import check_directory
from reconciler.manifest.ledger import Ledger
from reconciler.model import NewerStamp, Stamp
from reconciler.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from reconciler.apply import Writer
    from reconciler.live import Reader
    from reconciler.model import Desired, Json, Live, Plan
    from reconciler.report import Event
    from reconciler.selection import Selection


def check_files(directory: Path, *, target: str, given: Mapping[str, Json]) -> Manifest:
    """Return what a folder declares, for one target or for all, and all that is wrong with it."""
    check_directory(directory)
    ledger = Ledger()
    config = inspect_config(directory, ledger)
    return read_manifest(directory, make_scopes(config, target, given), ledger)


def plan_changes(
    desired: tuple[Desired, ...], reader: Reader, *, owner: str, selection: Selection
) -> Plan:
    """Read live and return the plan; raise `UsageError` if the selection names nothing."""
    live = read_live(reader)
    unmatched = selection.unmatched({*(d.key for d in desired), *_owned_keys(live, owner)})
    if unmatched:
        patterns = ", ".join(f"`{pattern}`" for pattern in unmatched)
        raise UsageError(f"--only {patterns} matches no key; `reconciler list` shows the live ones")
    return make_plan(desired, live, owner=owner, selects=selection)


def carry_out(
    plan: Plan,
    writer: Writer,
    *,
    owner: str,
    new_nonce: Callable[[], str],
    sleep: Callable[[float], None],
    batch_size: int = BATCH_SIZE,
) -> Iterator[Event]:
    """Yield what happens while *plan* is carried out; nothing is sent if it has no actions."""
    if plan.actions:
        creator = Creator(writer, owner, new_nonce, sleep)
        yield from apply_plan(plan, writer=writer, creator=creator, batch_size=batch_size)


def _owned_keys(live: Iterable[Live], owner: str) -> Iterator[str]:
    for task in live:
        if isinstance(task.mark, Stamp | NewerStamp) and task.mark.owner == owner:
            yield task.mark.key
