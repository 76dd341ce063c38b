"""The command line. The only home of click, and the only place that ends a run with a code.

Commands are imported when they are used: `--help` needs none of them.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from reconciler import __version__
from reconciler.cli import exits
from reconciler.errors import ReconcilerError, UsageError
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from collections.abc import Sequence

# A module called `list` would hide the builtin from this one.
_MODULES: Final = {"list": "listing"}
_COMMANDS: Final = {
    "validate": "Check the files, without a network.",
    "plan": "Show what apply would do.",
    "apply": "Make the app equal to the files.",
    "destroy": "Delete every live task of this owner.",
    "list": "List the live tasks of the app.",
    "show": "Show one live task.",
    "history": "Show what runs did.",
    "schema": "Print a JSON Schema.",
    "sandbox": "Serve or reset a sandbox.",
}


class _Commands(click.Group):
    """The commands by name; each lives in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command = import_module(f"reconciler.cli.{module}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExample:\n  reconciler plan",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Keep the annotation tasks of a Clarifai app in git.

    The tasks are YAML files in a folder (default `tasks`); plan shows how the app differs from
    them, apply makes it equal.
    """


def _print_any_text() -> None:
    """Let every character be printed: documents are UTF-8, and a terminal shows what it can."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code of the process."""
    _print_any_text()
    try:
        code = cli.main(list(arguments), prog_name="reconciler", standalone_mode=False)
    except click.ClickException as error:
        # click's own code for wrong usage is 2, which means "changes pending" here.
        error.show()
        return exits.USAGE
    except UsageError as error:
        click.echo(f"Error: {make_inert(str(error))}", err=True)
        return exits.USAGE
    except ReconcilerError as error:
        click.echo(f"Error: {make_inert(str(error))}", err=True)
        return exits.FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return exits.INTERRUPTED
    return code if isinstance(code, int) else exits.DONE
