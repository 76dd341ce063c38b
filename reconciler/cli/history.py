"""`reconciler history`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import FilePath, Options, output_options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(
    "history",
    epilog="\b\nExamples:\n  reconciler history\n"
    "  reconciler history latest --restore tasks/restored.yaml",
)
@click.argument("run", default="", metavar="[RUN]")
@click.option(
    "--restore",
    type=FilePath(dir_okay=False),
    default=None,
    metavar="FILE",
    help="Write the tasks that RUN changed, as they were before it, to a new task file.",
)
@output_options
def command(*, run: str, restore: str | None, **given: Any) -> int:
    """Show what runs of apply and destroy did, newest first, or what one of them did.

    RUN is an id, the beginning of one, or `latest`. The records are kept on this computer.
    """
    from pathlib import Path

    from reconciler.errors import UsageError

    options = Options(directory=Path("tasks"), target="", variables=(), verbose=False, **given)
    if restore is not None and not run:
        raise UsageError("--restore needs the run that changed the tasks, such as `latest`")
    if restore is not None:
        return _restore(run, Path(restore))
    return _show(run, options) if run else _list(options)


def _restore(name: str, file: Path) -> int:
    from reconciler.cli.restoring import restore
    from reconciler.cli.runs import find_record, read_record, runs_folder

    return restore(read_record(find_record(runs_folder(), name)), file)


def _show(name: str, options: Options) -> int:
    from reconciler.cli.output import publish_view
    from reconciler.cli.runs import find_record, read_record, runs_folder
    from reconciler.render.history import past_run_document, render_past_run

    run = read_record(find_record(runs_folder(), name))
    text = render_past_run(run, colour=options.colour)
    publish_view(past_run_document(run), text, options)
    return 0


def _list(options: Options) -> int:
    from reconciler.cli.output import publish_view
    from reconciler.cli.runs import list_records, read_records, runs_folder
    from reconciler.errors import RecordError
    from reconciler.render.history import history_document, render_history
    from reconciler.render.inert import make_inert

    found = list(read_records(list_records(runs_folder())))
    runs = [each for each in found if not isinstance(each, RecordError)]
    for each in found:
        if isinstance(each, RecordError):
            click.echo(f"warning: {make_inert(str(each))}", err=True)
    publish_view(history_document(runs), render_history(runs), options)
    return 0
