"""Where does what a command has to say go? Documents to stdout, the rest to stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from reconciler.errors import OutputError, UsageError
from reconciler.jsontext import print_json
from reconciler.model import ABSENT
from reconciler.problem import Severity
from reconciler.render.fold import fold
from reconciler.render.inert import make_inert
from reconciler.render.problems import count_problems, render_problems

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.cli.options import Options
    from reconciler.model import Json
    from reconciler.problem import Problem
    from reconciler.run import Run


def say_on_screen(text: str, options: Options) -> None:
    """Print text for people, fitted to the screen if there is one; see `say`."""
    say(fold(text, options.width) if options.screen else text)


def say(text: str) -> None:
    """Print a document to stdout. A reader that has seen enough is no error.

    Raise `OutputError` if it can't be written.
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        # What follows goes nowhere; the interpreter must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sentence = f"standard output can't be written: {(error.strerror or str(error)).lower()}"
        raise OutputError(sentence) from None


def check_output_files(options: Options, plan_file: Path | None = None) -> None:
    """Raise `UsageError` if a document or a plan can't be written, or lies among the task files."""
    for option, file in (("json-file", options.json_file), ("out", plan_file)):
        if file is not None and not os.access(file if file.exists() else file.parent, os.W_OK):
            reason = "no permission" if file.parent.exists() else "its folder doesn't exist"
            raise UsageError(f"--{option} {file} can't be written: {reason}")
        if file is not None and file.resolve().is_relative_to(options.directory.resolve()):
            sentence = f"--{option} {file} lies in the folder of the task files"
            raise UsageError(f"{sentence}; choose another place")


def publish(run: Run, *, document: Json, text: str, options: Options) -> None:
    """Print *document* or *text* as the options ask, and what stopped the run."""
    if options.output == "json":
        say(print_json(document))
    elif text:
        say_on_screen(text, options)
    complain(run)
    write_document(document, options)


def publish_view(document: Json, text: str, options: Options) -> None:
    """Print *document* or *text* as the options ask, where nothing can have stopped a run."""
    if options.output == "json":
        say(print_json(document))
    else:
        say_on_screen(text, options)
    write_document(document, options)


def write_document(document: Json, options: Options) -> None:
    """Write *document* to the file that --json-file names, if it does.

    Raise `OutputError` if it can't be written.
    """
    if options.json_file is None:
        return
    try:
        options.json_file.write_text(print_json(document) + "\n", encoding="utf-8")
    except OSError as error:
        sentence = f"--json-file {options.json_file} can't be written: {error.strerror}"
        raise OutputError(sentence) from None


def warn(problems: Sequence[Problem]) -> None:
    """Print to stderr what is worth a look in the files."""
    if problems:
        click.echo(render_problems(problems), err=True)


def complain(run: Run) -> None:
    """Print to stderr why a run has no result."""
    if any(problem.severity is Severity.ERROR for problem in run.problems):
        click.echo(render_problems(run.problems), err=True)
        click.echo(f"Error: {count_problems(run.problems)} found; nothing was sent.", err=True)
    for refusal in run.refusals:
        click.echo(f"Refused: {make_inert(refusal.sentence)}", err=True)
    for moved in run.stale:
        click.echo(f"Stale: {make_inert(moved.sentence)}", err=True)
    if run.stale:
        click.echo("Error: the saved plan no longer holds; nothing was sent. Plan again.", err=True)
    if run.stop is not ABSENT:
        click.echo(f"Error: {make_inert(run.stop.sentence)}", err=True)
    if run.interrupted and run.report is ABSENT:
        click.echo("Interrupted; nothing was changed.", err=True)
