"""`reconciler sandbox serve`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from reconciler.cli.options import FilePath, db_option
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from wsgiref.types import WSGIApplication

_SECONDS: Final = click.FloatRange(0, 3600)
_SECTIONS: Final = {
    "Where it is served": ("host", "port", "token", "db"),
    "What the API leaves open": (
        "writes",
        "no_metadata",
        "page_cap",
        "batch",
        "status_on_create",
        "list_delay",
    ),
    "Strain and faults, off unless given": (
        "rate_limit",
        "retry_after",
        "latency",
        "faults",
    ),
}


class _Sectioned(click.Command):
    """A command whose options are shown in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = {option.name: option.get_help_record(ctx) for option in self.get_params(ctx)}
        sections = {title: [rows.pop(name) for name in names] for title, names in _SECTIONS.items()}
        for title, found in (sections | {"Other options": list(rows.values())}).items():
            with formatter.section(title):
                formatter.write_dl([row for row in found if row is not None])


@click.command(
    "serve",
    cls=_Sectioned,
    epilog="\b\nExample:\n"
    "  reconciler sandbox serve --port 0 --batch mixed --list-delay 2 --rate-limit 15",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0 picks a free one.",
)
@click.option("--token", default="", help="The only key to accept; any key, if left out.")
@db_option
@click.option(
    "--writes",
    type=click.Choice(["current", "classic", "mirrors"]),
    default="current",
    show_default=True,
    help="How tasks are written back: today's names and numbers, the older names, or both.",
)
@click.option("--no-metadata", is_flag=True, help="Drop the metadata of tasks.")
@click.option(
    "--page-cap", type=click.IntRange(1), metavar="N", help="Never list more than N on a page."
)
@click.option(
    "--batch",
    type=click.Choice(["atomic", "mixed"]),
    default="atomic",
    show_default=True,
    help="A request with a wrong task: refuse all of it, or do what is right.",
)
@click.option(
    "--status-on-create",
    type=click.Choice(["keep", "ignore"]),
    default="ignore",
    show_default=True,
    help="What becomes of the status of a task that is created.",
)
@click.option(
    "--list-delay",
    type=_SECONDS,
    default=0.0,
    metavar="SECONDS",
    help="Show a created task in lists only after this long.",
)
@click.option(
    "--rate-limit",
    type=click.IntRange(1),
    metavar="N",
    help="Refuse what is more than N requests in any second.",
)
@click.option(
    "--retry-after",
    type=click.IntRange(0, 3600),
    metavar="SECONDS",
    help="Let what --rate-limit refuses say how long to wait.",
)
@click.option(
    "--latency", type=_SECONDS, default=0.0, metavar="SECONDS", help="Answer this much later."
)
@click.option(
    "--faults",
    type=FilePath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Let requests go wrong as this script in YAML says; the README shows one.",
)
def command(*, host: str, port: int, db: Path, faults: Path | None, **choices: Any) -> int:
    """Serve a sandbox over HTTP until Ctrl-C."""
    from reconciler.cli.connection import import_sandbox

    with import_sandbox() as sandbox, _problems_shown(sandbox):
        app = _make_app(sandbox, db, faults, **choices)
        sandbox.serve(
            app, host=host, port=port, on_listening=lambda url: click.echo(f"Listening on {url}")
        )
    return 0


def _make_app(
    sandbox: ModuleType,
    db: Path,
    faults: Path | None,
    *,
    token: str,
    writes: str,
    batch: str,
    no_metadata: bool,
    status_on_create: str,
    **strain: float | None,
) -> WSGIApplication:
    """Return what is served; *strain* are options of the sandbox by their own names."""
    script = None if faults is None else sandbox.read_faults(faults)
    try:
        options = sandbox.Options(
            writes=sandbox.Writes(writes),
            batch=sandbox.Batch(batch),
            keep_metadata=not no_metadata,
            keep_status_on_create=status_on_create == "keep",
            token=token or None,
            **strain,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    app: WSGIApplication = sandbox.create_app(db, options=options)
    if script is None:
        return app
    spoilt: WSGIApplication = sandbox.spoil(
        app, script, report=lambda line: click.echo(line, err=True)
    )
    return spoilt


@contextmanager
def _problems_shown(sandbox: ModuleType) -> Iterator[None]:
    """Print what is wrong in a script of faults, each on a line."""
    try:
        yield
    except sandbox.ScriptError as error:
        for problem in error.problems:
            click.echo(make_inert(problem), err=True)
        raise
