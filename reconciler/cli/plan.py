"""`reconciler plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import (
    FilePath,
    Options,
    allowance_options,
    directory_argument,
    selection_options,
)

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.recording import Recording


@click.command(
    "plan", epilog="\b\nExample:\n  reconciler plan --only 'annotate-*' --detailed-exitcode"
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if anything is pending.")
@click.option(
    "--out",
    type=FilePath(dir_okay=False),
    default=None,
    metavar="FILE",
    help="Save the plan, to be applied as it was reviewed.",
)
@allowance_options
@selection_options
@directory_argument()
def command(*, detailed_exitcode: bool, out: str | None, **given: Any) -> int:
    """Show what apply would do to make the app equal to the files in DIR (default: tasks)."""
    from pathlib import Path

    from reconciler.cli.exits import code_of_plan
    from reconciler.cli.output import check_output_files, publish
    from reconciler.cli.recording import record
    from reconciler.model import ABSENT
    from reconciler.render.document import plan_document
    from reconciler.render.plan import render_plan

    options = Options(**given)
    file = Path(out) if out is not None else None
    check_output_files(options, file)
    run = record(lambda recording: make(recording, options, file))
    text = ""
    if run.plan is not ABSENT:
        text = render_plan(run, run.plan, colour=options.colour, width=options.width)
    publish(run, document=plan_document(run), text=text, options=options)
    return code_of_plan(run, detailed=detailed_exitcode)


def make(recording: Recording, options: Options, file: Path | None) -> None:
    """Note the plan: from the files and from what is live. Save it in *file* if there is one."""
    from reconciler.cli.planning import make_guarded_plan
    from reconciler.cli.saving import save_plan

    setup = recording.choose(options)
    desired = recording.load(options, setup)
    with recording.connect(setup.target, options) as api:
        plan = make_guarded_plan(recording, api, setup=setup, options=options, desired=desired)
    if file is not None and not recording.refusals:
        save_plan(plan, file, setup=setup, options=options)
