"""What do machines read? Runs → the JSON documents of `schemas/`.

An absent value is a missing member, but for the few members that the schemas allow to be null.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.live import status_of
from reconciler.model import (
    ABSENT,
    Absent,
    Action,
    Blocked,
    Change,
    Create,
    Delete,
    Fault,
    Json,
    Live,
    NewerStamp,
    Notice,
    Place,
    Problem,
    Stamp,
    Target,
    Update,
)
from reconciler.report import Done, Failed, NotAttempted, Outcome, Report, ReportOutcome, Summary
from reconciler.report import Unknown, summarize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model import Plan
    from reconciler.run import Run, Stop

FORMAT_VERSION = "1.0"


def plan_document(run: Run) -> Json:
    """Return the document of `schemas/plan.schema.json`."""
    plan = run.plan
    return {
        **_head(run),
        "summary": _plan_summary(plan),
        "actions": [] if plan is ABSENT else [_action(action) for action in plan.actions],
        "blocked": [] if plan is ABSENT else [_blocked(each) for each in plan.blocked],
        "refusals": _refusals(run.refusals),
        "problems": [_problem(problem) for problem in run.problems],
        "warnings": [] if plan is ABSENT else list(_plan_warnings(plan.actions)),
        "error": _stop(run.stop),
        "requests": _requests(run),
    }


def report_document(run: Run) -> Json:
    """Return the document of `schemas/report.schema.json`."""
    report = run.report
    plan = run.plan if report is ABSENT else report.plan
    stop = run.stop
    return {
        **_head(run),
        "outcome": str(_outcome(run)),
        "summary": _summary(Summary() if report is ABSENT else summarize(report)),
        "results": [] if report is ABSENT else [_result(result) for result in report.results],
        "blocked": [] if plan is ABSENT else [_blocked(each) for each in plan.blocked],
        "refusals": _refusals(run.refusals),
        "problems": [_problem(problem) for problem in run.problems],
        "warnings": [] if report is ABSENT else [_notice(notice) for notice in report.warnings],
        "error": _stop(stop) if report is ABSENT else _report_error(report, stop),
        "requests": _requests(run),
    }


def task_document(run: Run, live: Live, *, place: Place | Absent) -> Json:
    """Return one live task as `show` prints it."""
    return {**_view(run), **_task(live, run.owner), **_source(place)}


def list_document(run: Run, tasks: Iterable[Live]) -> Json:
    """Return live tasks as `list` prints them."""
    listed = [_task(live, run.owner) for live in tasks]
    return {**_view(run), "tasks": listed}


def _view(run: Run) -> dict[str, Json]:
    return {
        **_head(run),
        "problems": [_problem(problem) for problem in run.problems],
        "error": _stop(run.stop),
        "requests": _requests(run),
    }


def owner_word(live: Live, owner: str) -> str:
    """Return whose a live task is: "ours", "other" or "nobody"."""
    match live.mark:
        case Stamp(owner=whose) | NewerStamp(owner=whose):
            return "ours" if whose == owner else "other"
        case _:
            return "nobody"


def _head(run: Run) -> dict[str, Json]:
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "reconciler", "version": __version__},
        "target": None if run.target is ABSENT else _target(run.target),
        "owner": run.owner or None,
    }


def _target(target: Target) -> Json:
    return {
        "name": target.name,
        "url": target.url,
        "user_id": target.user_id or None,
        "app_id": target.app_id or None,
    }


def _plan_summary(plan: Plan | Absent) -> Json:
    actions = () if plan is ABSENT else plan.actions
    return {
        "create": sum(isinstance(action, Create) for action in actions),
        "update": sum(isinstance(action, Update) for action in actions),
        "adopt": 0,
        "release": 0,
        "delete": sum(isinstance(action, Delete) for action in actions),
        "blocked": 0 if plan is ABSENT else len(plan.blocked),
        "unchanged": 0 if plan is ABSENT else plan.unchanged,
        "unmanaged": 0 if plan is ABSENT else plan.unmanaged,
        "foreign": 0 if plan is ABSENT else plan.foreign,
    }


def _action(action: Action) -> Json:
    match action:
        case Create(desired=desired):
            return {
                "action": "create",
                "key": desired.key,
                "name": desired.name,
                "reason": "not_live",
                **_source(desired.place),
                "changes": [],
            }
        case Update(desired=desired):
            return {
                "action": "update",
                "key": desired.key,
                "name": desired.name,
                "id": action.live.id,
                "reason": str(action.reason),
                "changed_by": str(action.changed_by),
                **_source(desired.place),
                "changes": [_change(change) for change in action.changes],
            }
        case Delete(live=live, key=key):
            return {
                "action": "delete",
                "key": key,
                "name": live.name,
                "id": live.id,
                "reason": "not_declared",
                "changes": [],
            }


def _change(change: Change) -> Json:
    return {
        "path": list(change.path),
        **({} if change.before is ABSENT else {"before": change.before}),
        **({} if change.after is ABSENT else {"after": change.after}),
    }


def _blocked(blocked: Blocked) -> Json:
    return {
        "key": blocked.key,
        "name": blocked.name,
        **_filled(id=blocked.id),
        "reason": str(blocked.reason),
        "sentence": blocked.sentence,
        "release": blocked.release,
        **_source(blocked.place),
    }


def _source(place: Place | Absent) -> dict[str, Json]:
    if place is ABSENT:
        return {}
    return {"source": {"file": place.file, "line": place.line, "column": place.column}}


def _plan_warnings(actions: Iterable[Action]) -> Iterable[Json]:
    for notice in plan_notices(actions):
        yield _notice(notice)


def plan_notices(actions: Iterable[Action]) -> Iterable[Notice]:
    """Yield what a plan means beyond the changes that it lists."""
    for action in actions:
        if not isinstance(action, Update):
            continue
        for name in action.unmanaged:
            sentence = f"`{name}` is no longer declared: it is left as it is live"
            yield Notice("no_longer_managed", sentence, action.key, action.live.id)
        if action.deletes_annotations:
            sentence = "`delete_previous_annotations`: earlier annotations will be deleted"
            yield Notice("deletes_annotations", sentence, action.key, action.live.id)


def _result(result: Outcome) -> Json:
    action = result.action
    live_id = "" if isinstance(action, Create) else action.live.id
    place = ABSENT if isinstance(action, Delete) else action.desired.place
    source: Json = _source(place).get("source")
    return {
        "action": _word(action),
        "key": action.key,
        "name": action.live.name if isinstance(action, Delete) else action.desired.name,
        "id": (result.id if isinstance(result, Done) else live_id) or None,
        "source": source,
        "outcome": outcome_word(result),
        "error": _fault(result.fault) if isinstance(result, Failed | Unknown) else None,
        "warnings": [_notice(n) for n in result.warnings] if isinstance(result, Done) else [],
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


def _word(action: Action) -> str:
    return type(action).__name__.lower()


def _fault(fault: Fault) -> Json:
    return {
        "http_status": fault.http_status or None,
        "code": fault.code or None,
        "description": fault.description or fault.sentence,
        "details": fault.details or None,
        "req_id": fault.req_id or None,
    }


def _summary(summary: Summary) -> Json:
    numbers = asdict(summary)
    return {
        "created": numbers.pop("created"),
        "updated": numbers.pop("updated"),
        "adopted": 0,
        "released": 0,
        **numbers,
    }


def _outcome(run: Run) -> ReportOutcome:
    if run.report is not ABSENT:
        return run.report.outcome
    if run.interrupted:
        return ReportOutcome.INTERRUPTED
    return ReportOutcome.REFUSED if run.refusals else ReportOutcome.FAILED


def _report_error(report: Report, stop: Stop | Absent) -> Json:
    if report.error is ABSENT:
        return _stop(stop)
    return {"code": report.error.code, "sentence": report.error.sentence}


def _stop(stop: Stop | Absent) -> Json:
    if stop is ABSENT:
        return None
    fault = {} if stop.fault is ABSENT else _api_words(stop.fault)
    return {"code": stop.code, "sentence": stop.sentence, **fault}


def _api_words(fault: Fault) -> dict[str, Json]:
    words: dict[str, Json] = _filled(
        description=fault.description, details=fault.details, req_id=fault.req_id
    )
    numbers = {"http_status": fault.http_status, "api_code": fault.code}
    return {**{name: number for name, number in numbers.items() if number}, **words}


def _refusals(refusals: Iterable[Notice]) -> Json:
    return [{"code": notice.code, "sentence": notice.sentence} for notice in refusals]


def _notice(notice: Notice) -> Json:
    return {
        "code": notice.code,
        "sentence": notice.sentence,
        **_filled(key=notice.key, id=notice.id),
    }


def _problem(problem: Problem) -> Json:
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "code": problem.code,
        "severity": "error",
        "sentence": problem.sentence,
        **_filled(hint=problem.hint, for_each=problem.for_each),
    }


def _task(live: Live, owner: str) -> dict[str, Json]:
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


def _requests(run: Run) -> Json:
    return {"count": run.requests, "seconds": round(run.seconds, 3)}
