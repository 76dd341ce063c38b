"""`reconciler destroy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import (
    Options,
    allow_destroy_option,
    directory_argument,
    patience_option,
)

if TYPE_CHECKING:
    from reconciler.cli.recording import Recording


@click.command("destroy", epilog="\b\nExample:\n  reconciler destroy --target sandbox")
@click.option("--auto-approve", is_flag=True, help="Don't ask before deleting.")
@patience_option()
@allow_destroy_option()
@directory_argument()
def command(*, auto_approve: bool, **given: Any) -> int:
    """Delete every live task of this owner, with the labels in it.

    The owner and the target are those of DIR (default: tasks). Tasks of others stay, and so do
    those that their files protect or retain.
    """
    from reconciler.actions import Delete
    from reconciler.cli.carrying import carry_out_recorded, publish_report
    from reconciler.cli.output import check_output_files
    from reconciler.cli.planning import make_destroying_plan
    from reconciler.cli.recording import record

    options = Options(**given)
    check_output_files(options)

    def work(recording: Recording) -> None:
        setup = recording.choose(options)
        with recording.connect(setup.target, options) as api:
            plan = make_destroying_plan(recording, api, setup=setup, options=options)
            deletes = sum(isinstance(action, Delete) for action in plan.actions)
            tasks = "this task" if deletes == 1 else f"these {deletes} tasks"
            question = (
                f"Delete {tasks} of {recording.owner} at {setup.target.name}, with all labels in"
                f" {'it' if deletes == 1 else 'them'}?"
            )
            carry_out_recorded(
                plan,
                api,
                recording=recording,
                options=options,
                setup=setup,
                question=None if auto_approve else question,
                destroys=True,
            )

    return publish_report(record(work), options)
