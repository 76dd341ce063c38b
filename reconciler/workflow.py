"""In which order do the steps go? No logic: each step is a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply import BATCH_SIZE, apply_plan
from reconciler.belonging import find_doubles, sort_live
from reconciler.config import inspect_config, make_scopes
from reconciler.create import Creator
from reconciler.live import find_untouched, read_live
from reconciler.manifest import Manifest, read_manifest
from reconciler.manifest.files import check_directory
from reconciler.manifest.ledger import Ledger
from reconciler.model import ABSENT, Absent
from reconciler.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from reconciler.actions import Plan
    from reconciler.apply import Writer
    from reconciler.crew import Crew
    from reconciler.guard import Allowances
    from reconciler.live import Reader
    from reconciler.model import Desired, Json, Ownership
    from reconciler.report import Event
    from reconciler.selection import Selection


def check_files(directory: Path, *, target: str, given: Mapping[str, Json]) -> Manifest:
    """Return what a folder declares, for one target or for all, and all that is wrong with it."""
    check_directory(directory)
    ledger = Ledger()
    config = inspect_config(directory, ledger)
    return read_manifest(directory, make_scopes(config, target, given), ledger)


def plan_changes(
    desired: Sequence[Desired],
    reader: Reader,
    *,
    owner: str,
    ownership: Ownership,
    selection: Selection,
    allowances: Allowances,
    destroys: bool = False,
) -> Plan:
    """Read live and return the plan; raise `UsageError` if the selection names nothing."""
    live = read_live(reader)
    found = sort_live(live, owner, ownership=ownership, desired=desired)
    selection.check(found.keys.union(task.key for task in desired))
    return make_plan(
        desired,
        live,
        owner=owner,
        ownership=ownership,
        selects=selection,
        allowances=allowances,
        untouched=find_untouched(reader, find_doubles(found)),
        destroys=destroys,
    )


def carry_out(
    plan: Plan,
    writer: Writer,
    *,
    owner: str,
    new_nonce: Callable[[], str],
    sleep: Callable[[float], None],
    batch_size: int = BATCH_SIZE,
    stamped: bool = True,
    crew: Crew[Event] | Absent = ABSENT,
) -> Iterator[Event]:
    """Yield what happens while *plan* is carried out; nothing is sent if it has no actions."""
    if plan.actions:
        creator = Creator(writer, owner, new_nonce, sleep, stamped)
        yield from apply_plan(plan, creator, batch_size=batch_size, crew=crew)
