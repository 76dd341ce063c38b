"""What do people read on a terminal and in a log? Runs → text.

Text of files and of the API is printed inert, and every line begins with a word or a sign of
ours, so that no value can be read as a command of a CI system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.jsontext import dump_json, print_json
from reconciler.live import owner_word, status_of
from reconciler.model import (
    ABSENT,
    Absent,
    Action,
    Blocked,
    BlockedReason,
    Change,
    ChangedBy,
    Create,
    Delete,
    Json,
    Live,
    NewerStamp,
    Place,
    Plan,
    Stamp,
    Update,
    UpdateReason,
)
from reconciler.plan import plan_notices
from reconciler.render.inert import make_inert
from reconciler.report import Done, Failed, NotAttempted, Outcome, Report, Unknown, summarize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.run import Run

_COLOURS: Final = {"+": "32", "~": "33", "-": "31", "!": "35"}
_CHANGED_BY: Final = {
    ChangedBy.FILES: "changed in the files",
    ChangedBy.OUTSIDE: "changed outside",
    ChangedBy.BOTH: "changed in the files and outside",
    ChangedBy.UNKNOWN: "who changed it is unknown",
}


def render_plan(run: Run, plan: Plan, *, colour: bool) -> str:
    """Return a plan: what would be done and why, and the line that counts it."""
    lines = [_where(run)]
    if plan.actions or plan.blocked:
        lines.append("")
    for action in plan.actions:
        lines.append(_paint(_action_line(action), colour=colour))
        if isinstance(action, Update):
            lines.extend(_change_line(change) for change in action.changes)
    lines.extend(f"  | {_named(n.key, '')}: {n.sentence}" for n in plan_notices(plan.actions))
    for blocked in plan.blocked:
        lines.extend(_blocked_lines(blocked, colour=colour))
    lines += ["", count_plan(plan)]
    return "\n".join(lines)


def count_plan(plan: Plan) -> str:
    """Return the stable line that counts a plan."""
    if not plan.actions and not plan.blocked:
        return f"No changes. {_tasks_match(plan.unchanged)}"
    creates = sum(isinstance(action, Create) for action in plan.actions)
    updates = sum(isinstance(action, Update) for action in plan.actions)
    deletes = sum(isinstance(action, Delete) for action in plan.actions)
    blocked = f" {len(plan.blocked)} blocked." if plan.blocked else ""
    return f"Plan: {creates} to create, {updates} to update, {deletes} to delete.{blocked}"


def render_report(report: Report, *, colour: bool) -> str:
    """Return what an apply did, action by action, and the line that counts it."""
    lines: list[str] = []
    for result in report.results:
        lines.extend(_result_lines(result, colour=colour))
    lines.extend(f"warning: {make_inert(n.sentence)}{_id(n.id)}" for n in report.warnings)
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
        return f"No changes. {_tasks_match(report.plan.unchanged)}"
    done = f"{s.created} created, {s.updated} updated, {s.deleted} deleted"
    failures = ((s.failed, "failed"), (s.not_attempted, "not attempted"), (s.unknown, "unknown"))
    rest = "".join(f", {count} {word}" for count, word in failures if count)
    blocked = f" {s.blocked} blocked." if s.blocked else ""
    incomplete = rest or blocked or report.error is not ABSENT
    word = "incomplete" if incomplete else "complete"
    return f"Apply {word}: {done}{rest}.{blocked}"


def render_list(tasks: Sequence[Live]) -> str:
    """Return live tasks as a table: id, key, status, owner, name."""
    rows = [("ID", "KEY", "STATUS", "OWNER", "NAME"), *(_row(live) for live in tasks)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = [
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)), row[4]]
        )
        for row in rows
    ]
    count = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    return "\n".join([*([line.rstrip() for line in lines] if tasks else []), f"{count} listed."])


def render_task(run: Run, live: Live, *, place: Place | Absent) -> str:
    """Return one live task: what it is to us, then its body as the API returned it."""
    mark = live.mark
    whose = {"ours": "ours", "other": "another owner's", "nobody": "nobody's"}
    lines = [
        f"id:       {make_inert(live.id)}",
        f"name:     {make_inert(live.name)}",
        f"owner:    {whose[owner_word(live, run.owner)]}",
    ]
    if isinstance(mark, Stamp | NewerStamp):
        lines[2] += f" ({make_inert(mark.owner)})"
        lines.append(f"key:      {make_inert(mark.key)}")
    declared = "nowhere" if place is ABSENT else make_inert(str(place))
    lines.append(f"declared: {declared}")
    lines.extend(f"  | {make_inert(line)}" for line in print_json(live.spec).splitlines())
    return "\n".join(lines)


def _where(run: Run) -> str:
    if run.target is ABSENT:
        return ""
    target = run.target
    app = f", app {target.user_id}/{target.app_id}" if target.app_id else ""
    text = f"Target {target.name} ({target.url}{app}), owner {run.owner}"
    return make_inert(text)


def _action_line(action: Action) -> str:
    match action:
        case Create(desired=desired):
            return f"+ create {_named(desired.key, desired.name)}: not live{_at(desired.place)}"
        case Update(desired=desired):
            why = _CHANGED_BY[action.changed_by]
            if action.reason is UpdateReason.STAMP_OUTDATED:
                why = "only its mark of ownership is out of date"
            return f"~ update {_named(desired.key, desired.name)}: {why}{_at(desired.place)}"
        case Delete(live=live, key=key):
            return f"- delete {_named(key, live.name)}: not declared{_id(live.id)}"


def _change_line(change: Change) -> str:
    path = ".".join(make_inert(part) for part in change.path)
    return f"  | {path}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Json | Absent) -> str:
    return "(none)" if value is ABSENT else make_inert(dump_json(value).decode())


def _blocked_lines(blocked: Blocked, *, colour: bool) -> Iterator[str]:
    named = _named(blocked.key, blocked.name)
    place = _at(blocked.place) if blocked.place is not ABSENT else ""
    line = f"! blocked {named}: {make_inert(blocked.sentence)}{_id(blocked.id)}{place}"
    yield _paint(line, colour=colour)
    yield f"  | to go on: {make_inert(blocked.release)} [{_reason(blocked.reason)}]"


def _reason(reason: BlockedReason) -> str:
    return str(reason)


def _result_lines(result: Outcome, *, colour: bool) -> Iterator[str]:
    action = result.action
    sign = {Create: "+", Update: "~", Delete: "-"}[type(action)]
    verb = type(action).__name__.lower()
    name = action.live.name if isinstance(action, Delete) else action.desired.name
    named = _named(action.key, name)
    place = "" if isinstance(action, Delete) else _at(action.desired.place)
    match result:
        case Done(id=task_id, warnings=warnings):
            yield _paint(f"{sign} {verb}d {named}{_id(task_id)}", colour=colour)
            yield from (f"  | warning: {make_inert(w.sentence)}" for w in warnings)
        case Failed(fault=fault):
            yield _paint(f"! {verb} failed: {named}{place}", colour=colour)
            yield f"  | {make_inert(fault.sentence)}{_request(fault.req_id)}"
        case Unknown(fault=fault):
            yield _paint(f"! {verb} unknown: {named}{place}", colour=colour)
            yield f"  | {make_inert(fault.sentence)}{_request(fault.req_id)}"
        case NotAttempted():
            yield f"  {verb} not attempted: {named}"


def _request(req_id: str) -> str:
    return f" [request {make_inert(req_id)}]" if req_id else ""


def _row(live: Live) -> tuple[str, ...]:
    mark = live.mark
    key = mark.key if isinstance(mark, Stamp | NewerStamp) else "-"
    whose = mark.owner if isinstance(mark, Stamp | NewerStamp) else "-"
    cells = (live.id, key, status_of(live) or "-", whose, live.name)
    return tuple(make_inert(cell) for cell in cells)


def _named(key: str, name: str) -> str:
    return make_inert(key if not name or name == key else f'{key} "{name}"')


def _at(place: Place) -> str:
    return f" ({make_inert(str(place))})"


def _id(task_id: str) -> str:
    return f" (id {make_inert(task_id)})" if task_id else ""


def _tasks_match(count: int) -> str:
    return "1 task matches." if count == 1 else f"{count} tasks match."


def _paint(line: str, *, colour: bool) -> str:
    if not colour or line[0] not in _COLOURS:
        return line
    return f"\x1b[{_COLOURS[line[0]]}m{line}\x1b[0m"
