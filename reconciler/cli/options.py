"""Which options do commands share, and what do they come to?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from reconciler.guard import Allowances
    from reconciler.model import Json
    from reconciler.selection import Selection

_F = TypeVar("_F", bound="Callable[..., Any]")

_LOG_COLUMNS: Final = 100
PATIENCE: Final = 60
"""Seconds that one request waits at most, all in all, to be sent again."""

FORMATS: Final = ("text", "json")


class FilePath(click.Path):
    """A path that is not empty: an unset variable of a shell must not mean another thing."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Return the path as click does."""
        if not str(value):
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about where, about what and how to print it."""

    directory: Path
    target: str
    variables: tuple[str, ...]
    output: str
    json_file: Path | None
    no_color: bool
    verbose: bool
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    adopt: bool = False
    allow_empty: bool = False
    allow_deletes: int = 0
    allow_destroy: tuple[str, ...] = ()
    allow_recreate: tuple[str, ...] = ()
    patience: int = PATIENCE

    @property
    def screen(self) -> bool:
        """Whether standard output is a screen, and not a log or a file."""
        import sys

        return sys.stdout is not None and sys.stdout.isatty()

    @property
    def width(self) -> int:
        """The columns of the screen, or of a log where there is none."""
        import shutil

        return shutil.get_terminal_size().columns if self.screen else _LOG_COLUMNS

    @property
    def allowances(self) -> Allowances:
        """What the command line allows for this run."""
        from reconciler.guard import Allowances

        return Allowances(
            adopt=self.adopt,
            empty=self.allow_empty,
            deletes=self.allow_deletes,
            destroy=frozenset(self.allow_destroy),
            recreate=frozenset(self.allow_recreate),
        )

    @property
    def colour(self) -> bool:
        """Whether standard output takes colours."""
        import os

        return self.screen and not (self.no_color or os.environ.get("NO_COLOR"))

    @property
    def selection(self) -> Selection:
        """The keys that take part."""
        from reconciler.selection import Selection

        return Selection(self.only, self.exclude)

    def read_variables(self) -> dict[str, Json]:
        """Return the variables of the command line, their values parsed as YAML."""
        from reconciler.manifest.variables import parse_assignments

        return parse_assignments(self.variables)


def output_options(command: _F, formats: Sequence[str] = FORMATS) -> _F:
    """Add what says how to print."""
    for option in (
        click.option("--no-color", is_flag=True, help="Print without colours, as with NO_COLOR."),
        click.option(
            "--json-file",
            type=FilePath(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Write the JSON document to FILE as well.",
        ),
        click.option(
            "--format",
            "output",
            type=click.Choice(formats),
            default="text",
            show_default=True,
            help="What to print.",
        ),
    ):
        command = option(command)
    return command


def _common(command: _F, formats: Sequence[str]) -> _F:
    verbose = click.option(
        "-v", "--verbose", is_flag=True, help="Log each request to standard error."
    )
    command = output_options(verbose(command), formats)
    for option in (
        click.option(
            "--var",
            "variables",
            multiple=True,
            metavar="NAME=VALUE",
            help="Set a variable; the value is YAML.",
        ),
        click.option(
            "--target",
            default="",
            envvar="RECONCILER_TARGET",
            metavar="NAME",
            help="Use this target of reconciler.yaml instead of the default one.",
        ),
    ):
        command = option(command)
    return command


def directory_argument(formats: Sequence[str] = FORMATS) -> Callable[[_F], _F]:
    """Return what adds the argument DIR and the common options."""
    argument = click.argument(
        "directory", metavar="[DIR]", default="tasks", type=FilePath(path_type=Path)
    )
    return lambda command: argument(_common(command, formats))


def directory_option(command: _F) -> _F:
    """Add the option --dir and the common options, where an argument means something else."""
    option = click.option(
        "--dir",
        "directory",
        default="tasks",
        show_default=True,
        metavar="DIR",
        type=FilePath(path_type=Path),
        help="The folder with the task files.",
    )
    return option(_common(command, FORMATS))


def selection_options(command: _F) -> _F:
    """Add --only and --exclude."""
    only = click.option(
        "--only", multiple=True, metavar="GLOB", help="Only tasks whose key matches."
    )
    exclude = click.option(
        "--exclude", multiple=True, metavar="GLOB", help="No tasks whose key matches."
    )
    return only(exclude(command))


def allowance_options(command: _F) -> _F:
    """Add what lets one run pass a guard. None of it can be set by a variable or a file."""
    for option in (
        allow_destroy_option(),
        click.option(
            "--allow-recreate",
            multiple=True,
            metavar="KEY",
            help="Create or delete KEY although it looks like a renamed task.",
        ),
        click.option(
            "--allow-deletes",
            type=click.IntRange(0),
            default=0,
            metavar="N",
            help="Delete up to N tasks although the limit is lower.",
        ),
        click.option(
            "--allow-empty", is_flag=True, help="Go on although no task is declared at all."
        ),
        click.option("--adopt", is_flag=True, help="Take over live tasks of nobody by their name."),
    ):
        command = option(command)
    return command


def patience_option() -> Callable[[_F], _F]:
    """Return what adds --patience, where a run may take long."""
    return click.option(
        "--patience",
        type=click.IntRange(0, 3600),
        default=PATIENCE,
        show_default=True,
        metavar="SECONDS",
        help="Wait at most so long to send a request again, and ten times that in all.",
    )


def allow_destroy_option() -> Callable[[_F], _F]:
    """Return what adds --allow-destroy."""
    return click.option(
        "--allow-destroy",
        multiple=True,
        metavar="KEY",
        help="Delete KEY although `prevent_destroy` protects it.",
    )


db_option = click.option(
    "--db",
    type=FilePath(dir_okay=False, path_type=Path),
    default=Path(".reconciler/sandbox.db"),
    show_default=True,
    metavar="FILE",
    help="Where the sandbox keeps its tasks.",
)
"""The file of a sandbox."""
