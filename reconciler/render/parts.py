"""How does each noun look in JSON? The parts of the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.actions import (
    Action,
    Blocked,
    Change,
    Create,
    Update,
    Verb,
    name_of,
    place_of,
    reason_of,
    verb_of,
)
from reconciler.live import owner_word, status_of
from reconciler.model import (
    ABSENT,
    Absent,
    Fault,
    Json,
    Live,
    NewerStamp,
    Notice,
    Place,
    Stamp,
    Target,
)
from reconciler.report import Done, Failed, NotAttempted, Outcome, Unknown

if TYPE_CHECKING:
    from reconciler.problem import Problem
    from reconciler.run import Stop


def target_part(target: Target) -> Json:
    """Return a target; it holds no secret."""
    return {
        "name": target.name,
        "url": target.url,
        "user_id": target.user_id or None,
        "app_id": target.app_id or None,
    }


def action_part(action: Action) -> Json:
    """Return an action of a plan."""
    update = action if isinstance(action, Update) else None
    verb = verb_of(action)
    return {
        "action": str(verb),
        "key": action.key,
        "name": name_of(action),
        **({} if isinstance(action, Create) else {"id": action.live.id}),
        "reason": reason_of(action),
        **({"changed_by": str(update.changed_by)} if update and verb is Verb.UPDATE else {}),
        **source_member(place_of(action)),
        "changes": [change_part(change) for change in update.changes] if update else [],
    }


def change_part(change: Change) -> Json:
    """Return a change; an absent side is a missing member."""
    return {
        "path": list(change.path),
        **({} if change.before is ABSENT else {"before": change.before}),
        **({} if change.after is ABSENT else {"after": change.after}),
    }


def blocked_part(blocked: Blocked) -> Json:
    """Return something that isn't done."""
    return {
        "key": blocked.key,
        "name": blocked.name,
        **_filled(id=blocked.id),
        "reason": str(blocked.reason),
        "sentence": blocked.sentence,
        "release": blocked.release,
        **source_member(blocked.place),
    }


def source_member(place: Place | Absent) -> dict[str, Json]:
    """Return the member that says where a task is declared, none if it isn't."""
    return _place_member("source", place)


def _place_member(name: str, place: Place | Absent) -> dict[str, Json]:
    if place is ABSENT:
        return {}
    return {name: {"file": place.file, "line": place.line, "column": place.column}}


def result_part(result: Outcome) -> Json:
    """Return an action with its outcome."""
    action = result.action
    live_id = "" if isinstance(action, Create) else action.live.id
    source: Json = source_member(place_of(action)).get("source")
    return {
        "action": str(verb_of(action)),
        "key": action.key,
        "name": name_of(action),
        "id": (result.id if isinstance(result, Done) else live_id) or None,
        "source": source,
        "outcome": outcome_word(result),
        "error": fault_part(result.fault) if isinstance(result, Failed | Unknown) else None,
        "warnings": [notice_part(n) for n in result.warnings] if isinstance(result, Done) else [],
    }


def outcome_word(result: Outcome) -> str:
    """Return the stable word for an outcome."""
    match result:
        case Done():
            return "done"
        case Failed():
            return "failed"
        case NotAttempted():
            return "not_attempted"
        case Unknown():
            return "unknown"


def fault_part(fault: Fault) -> Json:
    """Return the API's own words; a null stands for what it didn't say."""
    return {
        "http_status": fault.http_status or None,
        "code": fault.code or None,
        "description": fault.description or fault.sentence,
        "details": fault.details or None,
        "req_id": fault.req_id or None,
    }


def stop_part(stop: Stop | Absent) -> Json:
    """Return what stopped a run, null if nothing did."""
    if stop is ABSENT:
        return None
    fault = {} if stop.fault is ABSENT else _api_members(stop.fault)
    return {"code": stop.code, "sentence": stop.sentence, **fault}


def _api_members(fault: Fault) -> dict[str, Json]:
    words: dict[str, Json] = _filled(
        description=fault.description, details=fault.details, req_id=fault.req_id
    )
    numbers = {"http_status": fault.http_status, "api_code": fault.code}
    return {**{name: number for name, number in numbers.items() if number}, **words}


def notice_part(notice: Notice) -> Json:
    """Return a warning."""
    return {
        "code": notice.code,
        "sentence": notice.sentence,
        **_filled(key=notice.key, id=notice.id),
    }


def problem_part(problem: Problem) -> Json:
    """Return a problem of a file."""
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "code": problem.code,
        "severity": str(problem.severity),
        "sentence": problem.sentence,
        **_filled(
            hint=problem.hint,
            task=problem.task,
            for_each=problem.for_each,
            target=problem.target,
        ),
        **_place_member("used_at", problem.used_at),
    }


def task_members(live: Live, owner: str) -> dict[str, Json]:
    """Return the members for one live task."""
    key = live.mark.key if isinstance(live.mark, Stamp | NewerStamp) else ""
    whose = live.mark.owner if isinstance(live.mark, Stamp | NewerStamp) else ""
    return {
        "id": live.id,
        "name": live.name,
        "managed_by": owner_word(live, owner),
        **_filled(key=key, owner_of_task=whose),
        "status": status_of(live) or None,
        "task": live.spec,
    }


def _filled(**texts: str) -> dict[str, Json]:
    return {name: text for name, text in texts.items() if text}
