"""`reconciler show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Options, directory_option

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.recording import Recording
    from reconciler.manifest import Scope
    from reconciler.model import Absent, Live, Place
    from reconciler.run import Run


@click.command("show", epilog="\b\nExample:\n  reconciler show annotate-cat")
@click.argument("key_or_id", metavar="KEY|ID")
@directory_option
def command(*, key_or_id: str, **given: Any) -> int:
    """Show one live task, and the place that declares it."""
    from reconciler.cli.exits import code_of_view
    from reconciler.cli.output import publish
    from reconciler.cli.recording import record
    from reconciler.live import find_live
    from reconciler.render.document import list_document, task_document
    from reconciler.render.tasks import render_task

    options = Options(**given)
    found: list[Live] = []

    scopes: list[Scope] = []

    def work(recording: Recording) -> None:
        setup = recording.choose(options)
        scopes.append(setup.scope)
        with recording.connect(setup.target, options) as api:
            found.append(find_live(api, key_or_id, owner=recording.owner))

    run = record(work)
    if not found:
        publish(run, document=list_document(run, ()), text="", options=options)
        return code_of_view(run)
    place = _declared_at(found[0], run, options.directory, scopes[0])
    document = task_document(run, found[0], place=place)
    text = render_task(run, found[0], place=place)
    publish(run, document=document, text=text, options=options)
    return code_of_view(run)


def _declared_at(live: Live, run: Run, directory: Path, scope: Scope) -> Place | Absent:
    """Return where the files declare a live task of ours. Wrong files declare nothing."""
    from reconciler.errors import ProblemsFoundError
    from reconciler.manifest import load_desired
    from reconciler.model import ABSENT, Stamp

    if not isinstance(live.mark, Stamp) or live.mark.owner != run.owner:
        return ABSENT
    try:
        desired = load_desired(directory, scope).desired
    except ProblemsFoundError:
        return ABSENT
    return next((d.place for d in desired if d.key == live.mark.key), ABSENT)
