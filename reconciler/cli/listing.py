"""`reconciler list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Options, directory_argument

if TYPE_CHECKING:
    from reconciler.cli.recording import Recording
    from reconciler.model import Live


@click.command("list", epilog="\b\nExample:\n  reconciler list --worker ana")
@click.option(
    "--worker", "workers", multiple=True, metavar="USER", help="Only tasks that USER works on."
)
@click.option(
    "--reviewer", "reviewers", multiple=True, metavar="USER", help="Only tasks that USER reviews."
)
@click.option("--unmanaged", is_flag=True, help="Only tasks of nobody.")
@directory_argument()
def command(
    *, workers: tuple[str, ...], reviewers: tuple[str, ...], unmanaged: bool, **given: Any
) -> int:
    """List the live tasks of the app that DIR (default: tasks) is about."""
    from reconciler.cli.exits import code_of_view
    from reconciler.cli.output import publish
    from reconciler.cli.recording import record
    from reconciler.live import make_live
    from reconciler.model import NoStamp
    from reconciler.render.document import list_document
    from reconciler.render.tasks import render_list

    options = Options(**given)
    tasks: list[Live] = []

    def work(recording: Recording) -> None:
        with recording.connect(recording.choose(options).target, options) as api:
            found = map(make_live, api.list_tasks(workers=workers, reviewers=reviewers))
            tasks.extend(t for t in found if not unmanaged or isinstance(t.mark, NoStamp))

    run = record(work)
    text = "" if run.failed else render_list(tasks)
    publish(run, document=list_document(run, tasks), text=text, options=options)
    return code_of_view(run)
