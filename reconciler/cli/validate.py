"""`reconciler validate`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.options import Options, directory_argument


@click.command(
    "validate", epilog="\b\nExample:\n  reconciler validate --strict --format github tasks"
)
@click.option("--strict", is_flag=True, help="Take every warning for an error.")
@click.option("--explain", default="", metavar="CODE", help="Explain the code of a problem.")
@directory_argument(formats=("text", "json", "github", "sarif"))
def command(*, strict: bool, explain: str, **given: Any) -> int:
    """Check the files in DIR (default: tasks), without a token and without a network.

    Every problem of every file is reported at once. The variables of all targets are tried,
    unless --target names one.
    """
    from reconciler.cli.checking import check, explain_code, publish_validation

    if explain:
        return explain_code(explain)
    options = Options(**given)
    return publish_validation(check(options, strict=strict), options)
