"""How do `plan`, `apply` and `destroy` come to a plan? With its guards and its cost noted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.apply import BATCH_SIZE
from reconciler.cost import count_requests
from reconciler.errors import ProblemsFoundError
from reconciler.guard import check_guards
from reconciler.model import Ownership
from reconciler.planfile import narrow
from reconciler.workflow import plan_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.actions import Plan
    from reconciler.cli.connection import Setup
    from reconciler.cli.options import Options
    from reconciler.cli.recording import Recording
    from reconciler.live import Reader
    from reconciler.model import Desired
    from reconciler.planfile import SavedPlan


def make_guarded_plan(
    recording: Recording,
    reader: Reader,
    *,
    setup: Setup,
    options: Options,
    desired: Sequence[Desired],
    batch_size: int = BATCH_SIZE,
    saved: SavedPlan | None = None,
) -> Plan:
    """Return the plan; note it, why a guard refuses it, and what it would cost to apply.

    Of a *saved* plan only what was reviewed is left; raise `StaleError` if that has moved.
    """
    plan = _plan(desired, reader, setup=setup, options=options)
    if saved is not None:
        plan = narrow(plan, saved, desired)
    recording.refusals = check_guards(
        plan,
        desired=len(desired),
        max_deletes=setup.max_deletes,
        allowances=options.allowances,
        ownership=setup.ownership,
    )
    _note(recording, plan, setup=setup, batch_size=batch_size)
    return plan


def make_destroying_plan(
    recording: Recording, reader: Reader, *, setup: Setup, options: Options
) -> Plan:
    """Return the plan that deletes all that is ours: where tasks carry no mark, all declared ones.

    Its own question is its guard. Where tasks are marked, files that can't be read protect nothing
    beyond what was applied, and don't stand in the way.
    """
    desired: Sequence[Desired] = ()
    with suppress(*([] if setup.ownership is Ownership.APP else [ProblemsFoundError])):
        desired = recording.load(options, setup)
    plan = _plan(desired, reader, setup=setup, options=options, destroys=True)
    _note(recording, plan, setup=setup, batch_size=BATCH_SIZE)
    return plan


def _plan(
    desired: Sequence[Desired],
    reader: Reader,
    *,
    setup: Setup,
    options: Options,
    destroys: bool = False,
) -> Plan:
    return plan_changes(
        desired,
        reader,
        owner=setup.owner,
        ownership=setup.ownership,
        selection=options.selection,
        allowances=options.allowances,
        destroys=destroys,
    )


def _note(recording: Recording, plan: Plan, *, setup: Setup, batch_size: int) -> None:
    recording.plan = plan
    stamped = setup.ownership is Ownership.STAMP
    recording.apply_requests = count_requests(plan, batch_size=batch_size, stamped=stamped)
