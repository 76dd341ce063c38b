"""How is a plan carried out under a person's eyes? Shown, approved, reported whatever happens."""

from __future__ import annotations

import secrets
import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from reconciler.apply import BATCH_SIZE
from reconciler.cli.connection import choose_start
from reconciler.cli.exits import INTERRUPTED, code_of_outcome, code_of_report
from reconciler.cli.interrupting import Interruption
from reconciler.cli.journal import open_journal
from reconciler.cli.output import publish, say_on_screen
from reconciler.cli.progress import Progress, is_screen
from reconciler.cli.recording import terminating_as_interrupt
from reconciler.crew import Crew
from reconciler.errors import OutputError, RefusedError
from reconciler.model import ABSENT, Ownership
from reconciler.render.document import report_document
from reconciler.render.plan import render_plan
from reconciler.render.report import render_report
from reconciler.report import make_report
from reconciler.workflow import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.actions import Plan
    from reconciler.apply import Writer
    from reconciler.cli.connection import Setup
    from reconciler.cli.journal import Journal
    from reconciler.cli.options import Options
    from reconciler.cli.recording import Recording
    from reconciler.report import Event
    from reconciler.run import Run

_NONCE_BYTES = 8
_FEW_REQUESTS = 4
"""A run of no more needs no progress: a look, a write, and two looks at what it came to."""


def carry_out_recorded(
    plan: Plan,
    writer: Writer,
    *,
    recording: Recording,
    options: Options,
    setup: Setup,
    question: str | None,
    batch_size: int = BATCH_SIZE,
    destroys: bool = False,
) -> None:
    """Show *plan*, ask *question* unless it is none, carry the plan out and note its report.

    A plan that a guard refuses is only shown.
    """
    if plan.actions or plan.blocked:
        _show(plan, recording=recording, options=options, destroys=destroys)
    if recording.refusals:
        return
    if not plan.actions:
        recording.report = make_report(plan, ())
        return
    if question is not None:
        _approve(question)
    interruption = Interruption()
    crew: Crew[Event] = Crew(
        choose_start(setup.target), time_left=interruption.time_left, clock=time.monotonic
    )
    events = carry_out(
        plan,
        writer,
        owner=recording.owner,
        new_nonce=lambda: secrets.token_hex(_NONCE_BYTES),
        sleep=time.sleep,
        batch_size=batch_size,
        stamped=setup.ownership is Ownership.STAMP,
        crew=crew,
    )
    journal = open_journal(plan, setup, command="destroy" if destroys else "apply")
    progress = _make_progress(plan, options)
    waits = sys.stderr is not None and recording.apply_requests > _FEW_REQUESTS
    with interruption.heeded(), progress.shown() if waits else nullcontext():
        kept = progress.count(journal.follow(events, stop=interruption.wind_down))
        _report(kept, plan, recording=recording, journal=journal, interruption=interruption)


def _show(plan: Plan, *, recording: Recording, options: Options, destroys: bool) -> None:
    shown = render_plan(
        recording.freeze(), plan, colour=options.colour, width=options.width, destroys=destroys
    )
    if options.output == "text":
        say_on_screen(shown, options)
    else:
        click.echo(shown, err=True)


def _report(
    events: Iterator[Event],
    plan: Plan,
    *,
    recording: Recording,
    journal: Journal,
    interruption: Interruption,
) -> None:
    """Note what *events* amount to, whatever ends them: what was sent is told."""
    seen: list[Event] = []
    interrupted = ended = False
    try:
        seen.extend(events)
        ended = True
    except KeyboardInterrupt:
        interrupted = True
    finally:
        interruption.end()
        report = make_report(plan, seen, interrupted=interrupted or interruption.asked)
        if seen or ended or interrupted:
            recording.report = report
        journal.close(report, exit_code=code_of_outcome(report))


def _make_progress(plan: Plan, options: Options) -> Progress:
    # Where requests are logged a bar would be written over.
    screen = sys.stderr is not None and is_screen(sys.stderr) and not options.verbose
    return Progress(len(plan.actions), sys.stderr, clock=time.monotonic, screen=screen)


def publish_report(run: Run, options: Options) -> int:
    """Print the report of a run and return the exit code."""
    text = ""
    if run.report is not ABSENT:
        text = render_report(run.report, colour=options.colour)
    try:
        with terminating_as_interrupt():
            publish(run, document=report_document(run), text=text, options=options)
    except OutputError as error:
        # The exit code still says what became of the plan.
        click.echo(f"Error: {error}", err=True)
    except KeyboardInterrupt:
        if run.report is ABSENT or not run.report.results:
            raise
        click.echo("\nInterrupted; `reconciler history latest` shows the whole report.", err=True)
        return INTERRUPTED
    return code_of_report(run)


def _approve(question: str) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        sentence = "there is no terminal to ask for approval; review the plan, use --auto-approve"
        raise RefusedError("not_approved", sentence)
    click.echo(f"\n{question} [yes/no]: ", nl=False, err=True)
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        click.echo(err=True)
        raise
    if not answer:
        click.echo(err=True)
    if answer.strip() != "yes":
        raise RefusedError("not_approved", "the answer was not `yes`; nothing was changed")
