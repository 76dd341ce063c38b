"""`reconciler apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import (
    FilePath,
    Options,
    allowance_options,
    directory_argument,
    patience_option,
    selection_options,
)

if TYPE_CHECKING:
    from reconciler.cli.recording import Recording


@click.command(
    "apply", epilog="\b\nExample:\n  reconciler apply --target production --auto-approve"
)
@click.option("--auto-approve", is_flag=True, help="Don't ask before changing anything.")
@click.option(
    "--plan",
    "plan_file",
    type=FilePath(dir_okay=False),
    default=None,
    metavar="FILE",
    help="Apply the plan that was saved in FILE, if it still holds.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 1000),
    default=128,
    show_default=True,
    metavar="N",
    help="Send at most N tasks in one request.",
)
@patience_option()
@allowance_options
@selection_options
@directory_argument()
def command(*, auto_approve: bool, plan_file: str | None, batch_size: int, **given: Any) -> int:
    """Make the app equal to the files in DIR (default: tasks)."""
    from reconciler.cli.carrying import carry_out_recorded, publish_report
    from reconciler.cli.output import check_output_files
    from reconciler.cli.planning import make_guarded_plan
    from reconciler.cli.recording import record
    from reconciler.cli.saving import read_plan
    from reconciler.errors import UsageError

    options = Options(**given)
    check_output_files(options)
    if plan_file is not None and (options.only or options.exclude):
        raise UsageError("a saved plan says which tasks take part; drop --only and --exclude")

    def work(recording: Recording) -> None:
        setup = recording.choose(options)
        saved = None
        if plan_file is not None:
            saved = read_plan(plan_file, setup=setup, options=options)
        desired = recording.load(options, setup)
        with recording.connect(setup.target, options) as api:
            plan = make_guarded_plan(
                recording,
                api,
                setup=setup,
                options=options,
                desired=desired,
                batch_size=batch_size,
                saved=saved,
            )
            carry_out_recorded(
                plan,
                api,
                recording=recording,
                options=options,
                setup=setup,
                question=None if auto_approve else "Apply these changes?",
                batch_size=batch_size,
            )

    return publish_report(record(work), options)
