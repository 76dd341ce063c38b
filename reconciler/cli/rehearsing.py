"""`reconciler sandbox seed|label|show|reset`: what a rehearsal needs beside tasks."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from reconciler.cli.options import db_option
from reconciler.errors import TargetError
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

_TASKS: Final = click.option(
    "--task", "tasks", multiple=True, metavar="ID|NAME", help="Only this task; may be repeated."
)
_MOST_INPUTS: Final = 100_000


class _Rate(click.FloatRange):
    """A number from 0 to 1."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse what is no number, too."""
        if isnan(found := super().convert(value, param, ctx)):
            self.fail(f"{value} is not a number", param, ctx)
        return found


def _read_sizes(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, int]:
    """Return what each NAME=N says."""
    sizes: dict[str, int] = {}
    for value in values:
        name, _, count = value.rpartition("=")
        if not name or not count.isascii() or not count.isdigit():
            raise click.BadParameter(f"{value} isn't NAME=N, such as wildlife=100")
        sizes[name] = sizes.get(name, 0) + int(count)
        if sizes[name] > _MOST_INPUTS:
            raise click.BadParameter(f"{value} is more than {_MOST_INPUTS} inputs")
    return sizes


def _at_a_sandbox(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say which sandbox is meant."""

    @db_option
    @click.option("--url", metavar="URL", help="A sandbox that is served, instead of a file.")
    @click.option("--token", default="", help="The key that a served sandbox takes.")
    @click.option("--user-id", default="", metavar="USER", help="The owner of the app.")
    @click.option(
        "--app-id", default="", metavar="APP", help="The app, if not that of short paths."
    )
    @click.pass_context
    @functools.wraps(function)
    def called(context: click.Context, /, **given: Any) -> int:
        chosen = context.get_parameter_source("db") is not ParameterSource.DEFAULT
        if given["url"] and chosen:
            raise click.UsageError("--db and --url name two sandboxes; leave one out")
        return function(**given)

    return called


@contextmanager
def _open_desk(
    *, db: Path, url: str | None, token: str, user_id: str, app_id: str, make: bool = False
) -> Iterator[tuple[ModuleType, Any]]:
    """Open the sandbox that is meant; yield its module and its desk. Only *make* makes a file."""
    from reconciler.cli.connection import import_sandbox

    if not (make or url or os.path.exists(db)):  # noqa: PTH110 - false for a name that is too long
        sentence = f"there is no sandbox in {db}; `sandbox seed` makes one, and so does an apply"
        raise TargetError("no-sandbox", sentence)
    with (
        import_sandbox() as sandbox,
        sandbox.open_desk(url or db, key=token, user_id=user_id, app_id=app_id) as desk,
    ):
        yield sandbox, desk


@click.command(
    "seed",
    epilog="\b\nExample:\n"
    "  reconciler sandbox seed --inputs 20 --dataset wildlife=100 --concept cat",
)
@click.option(
    "--inputs", type=click.IntRange(0, _MOST_INPUTS), default=0, metavar="N", help="Add N inputs."
)
@click.option(
    "--dataset",
    "datasets",
    callback=_read_sizes,
    multiple=True,
    metavar="NAME=N",
    help="Add N inputs in this dataset, and the dataset; may be repeated.",
)
@click.option(
    "--concept", "concepts", multiple=True, metavar="ID", help="Add a concept; may be repeated."
)
@_at_a_sandbox
def seed(*, inputs: int, datasets: dict[str, int], concepts: tuple[str, ...], **place: Any) -> int:
    """Add inputs, datasets and concepts for tasks to be about."""
    if not (inputs or datasets or concepts):
        raise click.UsageError("nothing to add; give --inputs, --dataset or --concept")
    with _open_desk(**place, make=True) as (sandbox, desk):
        made = sandbox.seed(desk, inputs=inputs, datasets=datasets, concepts=concepts)
    counts = (
        _count(made.inputs, "input"),
        _count(made.datasets, "dataset"),
        _count(made.concepts, "concept"),
    )
    click.echo(f"Added {', '.join(counts)}.")
    return 0


@click.command(
    "label", epilog="\b\nExample:\n  reconciler sandbox label --agreement 0.8 --most 10 --review"
)
@_TASKS
@click.option(
    "--agreement",
    type=_Rate(0, 1),
    default=0.9,
    show_default=True,
    metavar="RATE",
    help="How often a worker says what is true.",
)
@click.option(
    "--most", type=click.IntRange(1), metavar="N", help="At most N inputs a worker and task."
)
@click.option("--review", is_flag=True, help="Let the reviewers approve what awaits them, too.")
@click.option(
    "--dice", type=int, default=0, metavar="N", help="Another N errs elsewhere; the same, the same."
)
@_at_a_sandbox
def label(
    *,
    tasks: tuple[str, ...],
    agreement: float,
    most: int | None,
    review: bool,
    dice: int,
    **place: Any,
) -> int:
    """Let the workers of tasks label their inputs."""
    with _open_desk(**place) as (sandbox, desk):
        for name, done in sandbox.label(desk, tasks, sandbox.Habits(agreement, most, dice)):
            click.echo(f"{make_inert(name)}: {_count(done, 'input')} labelled")
        for name, done in sandbox.review(desk, tasks) if review else ():
            click.echo(f"{make_inert(name)}: {_count(done, 'label')} approved")
    return 0


@click.command("show", epilog="\b\nExample:\n  reconciler sandbox show")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@_at_a_sandbox
def show(*, output: str, **place: Any) -> int:
    """Show the tasks of a sandbox, and how far each worker is."""
    from reconciler.cli.output import say
    from reconciler.jsontext import print_json
    from reconciler.render.progress import render_progress

    with _open_desk(**place) as (sandbox, desk):
        document = {"tasks": [asdict(task) for task in sandbox.show(desk)]}
    say(print_json(document) if output == "json" else render_progress(document))
    return 0


@click.command("reset", epilog="\b\nExample:\n  reconciler sandbox reset")
@_at_a_sandbox
def reset(*, db: Path, url: str | None, **place: Any) -> int:
    """Delete everything in a sandbox: the tasks, inputs and labels of all its apps."""
    from reconciler.cli.connection import import_sandbox

    if place["user_id"] or place["app_id"]:
        raise click.UsageError("a reset is of all apps; leave --user-id and --app-id out")
    if url:
        with _open_desk(db=db, url=url, **place) as (_, desk):
            count = desk.reset()
    else:
        with import_sandbox() as sandbox:
            count = sandbox.reset(db)
    click.echo(f"{_count(count, 'task')} deleted.")
    return 0


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


COMMANDS: Final = (seed, label, show, reset)
