"""`reconciler plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Options, directory_argument, selection_options

if TYPE_CHECKING:
    from reconciler.cli.recording import Recording


@click.command(
    "plan", epilog="\b\nExample:\n  reconciler plan --only 'annotate-*' --detailed-exitcode"
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if anything is pending.")
@selection_options
@directory_argument()
def command(*, detailed_exitcode: bool, **given: Any) -> int:
    """Show what apply would do to make the app equal to the files in DIR (default: tasks)."""
    from reconciler.cli.exits import code_of_plan
    from reconciler.cli.output import check_json_file, publish
    from reconciler.cli.recording import record
    from reconciler.model import ABSENT
    from reconciler.render.document import plan_document
    from reconciler.render.text import render_plan

    options = Options(**given)
    check_json_file(options)
    run = record(lambda recording: make(recording, options))
    text = "" if run.plan is ABSENT else render_plan(run, run.plan, colour=options.colour)
    publish(run, document=plan_document(run), text=text, options=options)
    return code_of_plan(run, detailed=detailed_exitcode)


def make(recording: Recording, options: Options) -> None:
    """Note the plan: from the files and from what is live."""
    from reconciler.workflow import plan_changes

    setup = recording.choose(options)
    desired = recording.load(options, setup)
    with recording.connect(setup.target, options) as api:
        recording.plan = plan_changes(
            desired, api, owner=recording.owner, selection=options.selection
        )
