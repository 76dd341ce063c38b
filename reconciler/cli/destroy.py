"""`reconciler destroy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Options, directory_argument

if TYPE_CHECKING:
    from reconciler.cli.recording import Recording


@click.command("destroy", epilog="\b\nExample:\n  reconciler destroy --target sandbox")
@click.option("--auto-approve", is_flag=True, help="Don't ask before deleting.")
@directory_argument()
def command(*, auto_approve: bool, **given: Any) -> int:
    """Delete every live task of this owner, with the labels in it.

    The owner and the target are those of DIR (default: tasks). Tasks of others stay.
    """
    from reconciler.cli.carrying import carry_out_recorded, publish_report
    from reconciler.cli.output import check_json_file
    from reconciler.cli.recording import record
    from reconciler.workflow import plan_changes

    options = Options(**given)
    check_json_file(options)

    def work(recording: Recording) -> None:
        target = recording.choose(options).target
        with recording.connect(target, options) as api:
            plan = plan_changes((), api, owner=recording.owner, selection=options.selection)
            question = (
                f"Delete these {len(plan.actions)} tasks of {recording.owner} at {target.name},"
                " with all labels in them?"
            )
            carry_out_recorded(
                plan,
                api,
                recording=recording,
                options=options,
                question=None if auto_approve else question,
            )

    return publish_report(record(work), options)
