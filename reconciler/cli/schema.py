"""`reconciler schema`."""

from __future__ import annotations

import click

from reconciler.schemas import NAMES, read_schema


@click.command("schema", epilog="\b\nExample:\n  reconciler schema tasks > tasks.schema.json")
@click.argument("name", default="tasks", type=click.Choice(NAMES), metavar="[NAME]")
def command(*, name: str) -> int:
    """Print a JSON Schema.

    NAME is tasks (a file of tasks, the default), task (one task after defaults, variables and
    for_each), config (reconciler.yaml), plan or report (the documents of plan and apply).
    """
    from reconciler.cli.output import say

    say(read_schema(name).removesuffix("\n"))
    return 0
