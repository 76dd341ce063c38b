"""What do people read before they approve? A plan → text: deletes on top, counts first and last.

Text of files and of the API is printed inert, and every line begins with a word or a sign of
ours, so that no value can be read as a command of a CI system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.actions import (
    Action,
    AdoptReason,
    Blocked,
    ChangedBy,
    Create,
    Delete,
    DeleteReason,
    Plan,
    Release,
    Update,
    UpdateReason,
    Verb,
    count_verbs,
    name_of,
    place_of,
    verb_of,
)
from reconciler.model import ABSENT, Absent, Place, Stamp
from reconciler.notices import plan_notices
from reconciler.render.changes import render_change
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.run import Run

SIGNS: Final = {
    Verb.CREATE: "+",
    Verb.UPDATE: "~",
    Verb.ADOPT: "&",
    Verb.RELEASE: "o",
    Verb.DELETE: "-",
}
_COLOURS: Final = {"+": "32", "~": "33", "&": "36", "o": "36", "-": "31", "!": "35"}
_TOP_DOWN: Final = (Verb.DELETE, Verb.RELEASE, Verb.ADOPT, Verb.UPDATE, Verb.CREATE)
_CHANGED_BY: Final = {
    ChangedBy.FILES: "changed in the files",
    ChangedBy.OUTSIDE: "changed outside since the last apply",
    ChangedBy.BOTH: "changed in the files and outside",
    ChangedBy.UNKNOWN: "differs from the files; who changed it is unknown",
}
_GUTTER: Final = "  | "


def render_plan(run: Run, plan: Plan, *, colour: bool, width: int, destroys: bool = False) -> str:
    """Return a plan: what would be done and why, fitted to *width* columns where it can be.

    *destroys* says that everything is to go, declared or not.
    """
    is_empty = not (plan.actions or plan.blocked)
    lines = [*([] if is_empty else [count_plan(plan)]), describe_target(run), ""]
    order = sorted(plan.actions, key=lambda action: _TOP_DOWN.index(verb_of(action)))
    for action in order:
        lines.append(paint(_headline(action, destroys=destroys), colour=colour))
        lines.extend(_GUTTER + line for line in _details(action, width=width - len(_GUTTER)))
    for blocked in plan.blocked:
        lines.extend(_blocked_lines(blocked, colour=colour))
    lines += [*([] if is_empty else [""]), _describe_rest(run, plan), count_plan(plan)]
    return "\n".join(lines)


def count_plan(plan: Plan) -> str:
    """Return the stable line that counts a plan."""
    if not plan.actions and not plan.blocked:
        return f"No changes. {tasks_match(plan.unchanged)}"
    counts = count_verbs(plan.actions)
    rare = "".join(f"{counts[v]} to {v}, " for v in (Verb.ADOPT, Verb.RELEASE) if counts[v])
    blocked = f" {len(plan.blocked)} blocked." if plan.blocked else ""
    return (
        f"Plan: {counts[Verb.CREATE]} to create, {counts[Verb.UPDATE]} to update,"
        f" {rare}{counts[Verb.DELETE]} to delete.{blocked}"
    )


def tasks_match(count: int) -> str:
    """Return how many tasks are as they should be."""
    return "1 task matches." if count == 1 else f"{count} tasks match."


def describe_target(run: Run) -> str:
    """Return where a run applies and as whom, "" if that was not found out."""
    if run.target is ABSENT:
        return ""
    target = run.target
    app = f", app {target.user_id}/{target.app_id}" if target.app_id else ""
    return make_inert(f"Target {target.name} ({target.url}{app}), owner {run.owner}")


def _describe_rest(run: Run, plan: Plan) -> str:
    """Return what stays as it is, and what it would cost to apply the rest."""
    line = (
        f"{plan.unchanged} unchanged, {plan.unmanaged} unmanaged, {plan.foreign} of other owners."
    )
    if not plan.actions or run.apply_requests == 0:
        return line
    requests = "1 request" if run.apply_requests == 1 else f"{run.apply_requests} requests"
    return f"{line} Applying takes {requests}, about {run.apply_seconds:.1f} s."


def _headline(action: Action, *, destroys: bool) -> str:
    verb = verb_of(action)
    why = _why_destroyed(action) if destroys else _why(action)
    live_id = "" if isinstance(action, Create | Update) else action.live.id
    named = name_task(action.key, name_of(action))
    return f"{SIGNS[verb]} {verb} {named}: {why}{show_id(live_id)}{show_place(place_of(action))}"


def _why_destroyed(action: Action) -> str:
    if isinstance(action, Release):
        return "`on_delete: retain`: it is kept and no longer managed"
    return "deleted with everything of this owner"


def _why(action: Action) -> str:
    match action:
        case Create():
            return "not live"
        case Update():
            return _why_update(action)
        case Release():
            return "no file declares it; it is kept and no longer managed"
        case Delete(reason=DeleteReason.DUPLICATE):
            return "two runs created it, and nobody has worked on this one"
        case Delete():
            return "no file declares it"


def _why_update(update: Update) -> str:
    who = _CHANGED_BY[update.changed_by]
    match update.reason:
        case UpdateReason.DIFFERS:
            return who
        case UpdateReason.STAMP_OUTDATED:
            return "only its mark of ownership is out of date"
        case UpdateReason.MOVED:
            before = make_inert(_key_before(update))
            return f"moved from {before}" + (f"; {who}" if update.differing else "")
        case AdoptReason.ID_DECLARED:
            return f"taken over by its id {make_inert(update.live.id)}"
        case AdoptReason.NAME_MATCHES:
            return f"taken over by its name (id {make_inert(update.live.id)})"


def _key_before(update: Update) -> str:
    mark = update.live.mark
    return mark.key if isinstance(mark, Stamp) else update.live.name


def _details(action: Action, *, width: int) -> Iterator[str]:
    if isinstance(action, Update):
        for change in action.changes:
            yield from render_change(change, width=width)
        yield from (notice.sentence for notice in plan_notices((action,)))


def _blocked_lines(blocked: Blocked, *, colour: bool) -> Iterator[str]:
    named = name_task(blocked.key, blocked.name)
    sentence = make_inert(blocked.sentence)
    line = f"! blocked {named}: {sentence}{show_id(blocked.id)}{show_place(blocked.place)}"
    yield paint(line, colour=colour)
    yield f"{_GUTTER}to go on: {make_inert(blocked.release)} [{blocked.reason}]"


def name_task(key: str, name: str) -> str:
    """Return a task's key, with its display name if that is another."""
    return make_inert(key if not name or name == key else f'{key} "{name}"')


def show_place(place: Place | Absent) -> str:
    """Return where a task is declared, in brackets."""
    return "" if place is ABSENT else f" ({make_inert(str(place))})"


def show_id(task_id: str) -> str:
    """Return a live task's id, in brackets."""
    return f" (id {make_inert(task_id)})" if task_id else ""


def paint(line: str, *, colour: bool) -> str:
    """Return a line in the colour of the sign that it begins with."""
    if not colour or line[0] not in _COLOURS:
        return line
    return f"\x1b[{_COLOURS[line[0]]}m{line}\x1b[0m"
