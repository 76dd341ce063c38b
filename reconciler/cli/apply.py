"""`reconciler apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Options, directory_argument, selection_options

if TYPE_CHECKING:
    from reconciler.cli.recording import Recording


@click.command(
    "apply", epilog="\b\nExample:\n  reconciler apply --target production --auto-approve"
)
@click.option("--auto-approve", is_flag=True, help="Don't ask before changing anything.")
@click.option(
    "--batch-size",
    type=click.IntRange(1, 1000),
    default=128,
    show_default=True,
    metavar="N",
    help="Send at most N tasks in one request.",
)
@selection_options
@directory_argument()
def command(*, auto_approve: bool, batch_size: int, **given: Any) -> int:
    """Make the app equal to the files in DIR (default: tasks)."""
    from reconciler.cli.carrying import carry_out_recorded, publish_report
    from reconciler.cli.output import check_json_file
    from reconciler.cli.recording import record
    from reconciler.workflow import plan_changes

    options = Options(**given)
    check_json_file(options)

    def work(recording: Recording) -> None:
        setup = recording.choose(options)
        desired = recording.load(options, setup)
        with recording.connect(setup.target, options) as api:
            plan = plan_changes(desired, api, owner=recording.owner, selection=options.selection)
            carry_out_recorded(
                plan,
                api,
                recording=recording,
                options=options,
                question=None if auto_approve else "Apply these changes?",
                batch_size=batch_size,
            )

    return publish_report(record(work), options)
