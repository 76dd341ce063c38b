"""How are past runs shown? To people as a table or one by one, to machines as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler import __version__
from reconciler.actions import Verb
from reconciler.history import UNKNOWN
from reconciler.model import ABSENT, Json, mapping_of, text_of
from reconciler.render.document import FORMAT_VERSION
from reconciler.render.inert import make_inert
from reconciler.render.parts import fault_part, notice_part
from reconciler.render.plan import SIGNS, name_task, paint, show_id
from reconciler.render.report import DONE_WORDS, show_request
from reconciler.render.tasks import render_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.history import PastAction, PastRun

_HEAD: Final = ("RUN", "WHEN", "TARGET", "OWNER", "COMMAND", "OUTCOME", "DONE")
_KILLED: Final = (
    "The record breaks off here. What is unknown was about to be sent or was sent: run again, which"
    " looks at what is live."
)


def render_history(runs: Sequence[PastRun]) -> str:
    """Return past runs as a table."""
    count = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    table = render_table([_HEAD, *(_row(run) for run in runs)]) if runs else []
    return "\n".join([*table, f"{count} listed."])


def _row(run: PastRun) -> tuple[str, ...]:
    target = text_of(run.start.target.get("name"))
    who = (run.start.run, _instant(run.start.started), target, run.start.owner)
    what = (run.start.command, run.outcome, count_past(run))
    return tuple(make_inert(cell) for cell in (*who, *what))


def _instant(time: str) -> str:
    return time.replace("T", " ").removesuffix("Z")


def count_past(run: PastRun) -> str:
    """Return in a few words what a run did."""
    done = ((run.count("done", verb), word) for verb, word in DONE_WORDS.items())
    rest = ((run.count(name), name) for name in ("failed", UNKNOWN))
    left = run.count("not_attempted") + run.unbegun
    counts = (*done, *rest, (left, "not attempted"))
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing"


def render_past_run(run: PastRun, *, colour: bool) -> str:
    """Return one past run: what it was, then action by action what became of it."""
    return "\n".join([*_head_lines(run), *_body_lines(run, colour=colour), count_past(run) + "."])


def _head_lines(run: PastRun) -> Iterator[str]:
    start, end = run.start, run.end
    finished = "" if end is ABSENT else f" to {_instant(end.finished)}"
    target = f"{text_of(start.target.get('name'))} ({_place(start.target)})"
    code = "" if end is ABSENT else f" (exit code {end.exit_code})"
    yield f"run:     {make_inert(start.run)}"
    yield f"command: {make_inert(start.command)}"
    yield f"when:    {make_inert(_instant(start.started) + finished)} UTC"
    yield f"target:  {make_inert(target)}"
    yield f"owner:   {make_inert(start.owner)}"
    yield f"outcome: {make_inert(run.outcome)}{code}"
    yield ""


def _place(target: Json) -> str:
    words = [text_of(mapping_of(target).get(name)) for name in ("url", "user_id", "app_id")]
    return " ".join(word for word in words if word)


def _body_lines(run: PastRun, *, colour: bool) -> Iterator[str]:
    for action in run.actions:
        yield from _action_lines(action, colour=colour)
    yield from (f"warning: {make_inert(note.notice.sentence)}" for note in run.notes)
    if run.damaged:
        lines = "1 line" if run.damaged == 1 else f"{run.damaged} lines"
        yield f"warning: {lines} of the record can't be read and left out"
    if run.outcome == "killed":
        yield f"warning: {_KILLED}"
    if run.actions or run.notes or run.damaged:
        yield ""


def _action_lines(action: PastAction, *, colour: bool) -> Iterator[str]:
    named = f"{name_task(action.key, action.name)}{show_id(action.id)}"
    verb = Verb(action.action) if action.action in set(Verb) else ABSENT
    if action.outcome == "done" and verb is not ABSENT:
        yield paint(f"{SIGNS[verb]} {DONE_WORDS[verb]} {named}", colour=colour)
    elif action.outcome == "not_attempted":
        yield f"  {make_inert(action.action)} not attempted: {named}"
    else:
        words = make_inert(f"{action.action} {action.outcome}")
        yield paint(f"! {words}: {named}", colour=colour)
    if action.fields:
        yield f"  | changes {make_inert(', '.join(action.fields))}"
    if action.fault is not ABSENT:
        yield f"  | {make_inert(action.fault.sentence)}{show_request(action.fault.req_id)}"
    yield from (f"  | warning: {make_inert(warning.sentence)}" for warning in action.warnings)


def history_document(runs: Sequence[PastRun]) -> Json:
    """Return past runs, newest first, without their actions."""
    return {**_head(), "runs": [_run_members(run) for run in runs]}


def past_run_document(run: PastRun) -> Json:
    """Return one past run with its actions, and each task as it was before."""
    return {
        **_head(),
        **_run_members(run),
        "actions": [_action_part(action) for action in run.actions],
        "warnings": [mapping_of(notice_part(note.notice)) for note in run.notes],
        "damaged_lines": run.damaged,
    }


def _head() -> dict[str, Json]:
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "reconciler", "version": __version__},
    }


def _run_members(run: PastRun) -> dict[str, Json]:
    start, end = run.start, run.end
    failed = {name: run.count(name) for name in ("failed", UNKNOWN)}
    return {
        "run": start.run,
        "command": start.command,
        "started": start.started,
        "finished": None if end is ABSENT else end.finished,
        "target": start.target,
        "owner": start.owner,
        "outcome": run.outcome,
        "exit_code": None if end is ABSENT else end.exit_code,
        "summary": {
            **{word: run.count("done", verb) for verb, word in DONE_WORDS.items()},
            **failed,
            "not_attempted": run.count("not_attempted") + run.unbegun,
        },
    }


def _action_part(action: PastAction) -> Json:
    return {
        "action": action.action,
        "key": action.key,
        "name": action.name,
        "id": action.id or None,
        "reason": action.reason or None,
        "fields": list(action.fields),
        "outcome": action.outcome,
        "error": None if action.fault is ABSENT else fault_part(action.fault),
        "warnings": [notice_part(warning) for warning in action.warnings],
        **({} if action.before is ABSENT else {"before": action.before}),
    }
