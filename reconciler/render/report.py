"""What do people read after an apply? A report → text, action by action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.actions import Verb, name_of, place_of, verb_of
from reconciler.model import ABSENT
from reconciler.render.inert import make_inert
from reconciler.render.plan import SIGNS, name_task, paint, show_id, show_place, tasks_match
from reconciler.report import (
    Done,
    Failed,
    NotAttempted,
    Outcome,
    Report,
    ReportOutcome,
    Unknown,
    summarize,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE_WORDS: Final = {
    Verb.CREATE: "created",
    Verb.UPDATE: "updated",
    Verb.ADOPT: "adopted",
    Verb.RELEASE: "released",
    Verb.DELETE: "deleted",
}


def render_report(report: Report, *, colour: bool) -> str:
    """Return what an apply did, action by action, and the line that counts it."""
    lines: list[str] = []
    for result in report.results:
        lines.extend(_result_lines(result, colour=colour))
    lines.extend(f"warning: {make_inert(n.sentence)}{show_id(n.id)}" for n in report.warnings)
    if report.error is not ABSENT:
        lines.append(f"error: {make_inert(report.error.sentence)}")
    if lines:
        lines.append("")
    lines.append(count_report(report))
    return "\n".join(lines)


def count_report(report: Report) -> str:
    """Return the stable line that counts a report."""
    s = summarize(report)
    if not report.results and not s.blocked:
        return f"No changes. {tasks_match(report.plan.unchanged)}"
    rare = ((s.adopted, "adopted"), (s.released, "released"))
    between = "".join(f"{count} {word}, " for count, word in rare if count)
    done = f"{s.created} created, {s.updated} updated, {between}{s.deleted} deleted"
    failures = ((s.failed, "failed"), (s.not_attempted, "not attempted"), (s.unknown, "unknown"))
    rest = "".join(f", {count} {word}" for count, word in failures if count)
    blocked = f" {s.blocked} blocked." if s.blocked else ""
    word = "complete" if report.outcome is ReportOutcome.COMPLETE else "incomplete"
    return f"Apply {word}: {done}{rest}.{blocked}"


def _result_lines(result: Outcome, *, colour: bool) -> Iterator[str]:
    action = result.action
    verb = verb_of(action)
    named = name_task(action.key, name_of(action))
    place = show_place(place_of(action))
    match result:
        case Done(id=task_id, warnings=warnings):
            yield paint(
                f"{SIGNS[verb]} {DONE_WORDS[verb]} {named}{show_id(task_id)}", colour=colour
            )
            yield from (f"  | warning: {make_inert(w.sentence)}" for w in warnings)
        case Failed(fault=fault):
            yield paint(f"! {verb} failed: {named}{place}", colour=colour)
            yield f"  | {make_inert(fault.sentence)}{show_request(fault.req_id)}"
        case Unknown(fault=fault):
            yield paint(f"! {verb} unknown: {named}{place}", colour=colour)
            yield f"  | {make_inert(fault.sentence)}{show_request(fault.req_id)}"
        case NotAttempted():
            yield f"  {verb} not attempted: {named}"


def show_request(req_id: str) -> str:
    """Return the API's id of a request, in brackets."""
    return f" [request {make_inert(req_id)}]" if req_id else ""
