"""`reconciler sandbox`."""

from __future__ import annotations

import click

from reconciler.cli import rehearsing, serving


@click.group("sandbox", epilog="\b\nExample:\n  reconciler sandbox serve --port 8000")
def command() -> None:
    """Rehearse in a sandbox: an emulation of the Tasks API, with people who label."""


for each in (serving.command, *rehearsing.COMMANDS):
    command.add_command(each)
