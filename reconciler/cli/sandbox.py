"""`reconciler sandbox`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.options import FilePath

_DB = click.option(
    "--db",
    type=FilePath(dir_okay=False, path_type=Path),
    default=Path(".reconciler/sandbox.db"),
    show_default=True,
    metavar="FILE",
    help="Where the sandbox keeps its tasks.",
)


@click.group("sandbox", epilog="\b\nExample:\n  reconciler sandbox serve --port 8000")
def command() -> None:
    """Serve or reset a sandbox: an emulation of the Tasks API to try things in."""


@command.command("serve", epilog="\b\nExample:\n  reconciler sandbox serve --port 0 --token secret")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0 picks a free one.",
)
@click.option("--token", default="", help="The only key to accept; any key, if left out.")
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
@_DB
def serve(
    *,
    host: str,
    port: int,
    token: str,
    writes: str,
    no_metadata: bool,
    page_cap: int | None,
    db: Path,
) -> int:
    """Serve a sandbox over HTTP until Ctrl-C."""
    from reconciler.cli.connection import import_sandbox

    with import_sandbox() as sandbox:
        options = sandbox.Options(
            writes=sandbox.Writes(writes),
            keep_metadata=not no_metadata,
            page_cap=page_cap,
            token=token or None,
        )
        app = sandbox.create_app(db, options=options)
        sandbox.serve(
            app, host=host, port=port, on_listening=lambda url: click.echo(f"Listening on {url}")
        )
    return 0


@command.command("reset", epilog="\b\nExample:\n  reconciler sandbox reset")
@_DB
def reset(*, db: Path) -> int:
    """Delete all tasks of a sandbox."""
    from reconciler.cli.connection import import_sandbox

    with import_sandbox() as sandbox:
        count = sandbox.reset(db)
    click.echo("1 task deleted." if count == 1 else f"{count} tasks deleted.")
    return 0
