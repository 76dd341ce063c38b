"""What do machines read? Runs → the JSON documents of `schemas/`.

An absent value is a missing member, but for the few members that the schemas allow to be null.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.actions import Plan, count_verbs
from reconciler.model import ABSENT, Absent, Json, Live, Place
from reconciler.notices import plan_notices
from reconciler.problem import Severity
from reconciler.render.parts import (
    action_part,
    blocked_part,
    notice_part,
    problem_part,
    result_part,
    source_member,
    stop_part,
    target_part,
    task_members,
)
from reconciler.report import Report, ReportOutcome, summarize
from reconciler.run import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.manifest import Manifest
    from reconciler.run import Run

FORMAT_VERSION = "1.0"


def plan_document(run: Run) -> Json:
    """Return the document of `schemas/plan.schema.json`."""
    plan = _plan_of(run)
    return {
        **_head(run),
        "summary": plan_summary(plan),
        "actions": [action_part(action) for action in plan.actions],
        "blocked": [blocked_part(blocked) for blocked in plan.blocked],
        "refusals": [notice_part(notice) for notice in (*run.refusals, *run.stale)],
        "problems": [problem_part(problem) for problem in run.problems],
        "warnings": [notice_part(notice) for notice in plan_notices(plan.actions)],
        "error": _error(run),
        "requests": _requests(run),
    }


def report_document(run: Run) -> Json:
    """Return the document of `schemas/report.schema.json`."""
    report = _report_of(run)
    return {
        **_head(run),
        "outcome": str(report.outcome),
        "summary": asdict(summarize(report)),
        "results": [result_part(result) for result in report.results],
        "blocked": [blocked_part(blocked) for blocked in report.plan.blocked],
        "refusals": [notice_part(notice) for notice in (*run.refusals, *run.stale)],
        "problems": [problem_part(problem) for problem in run.problems],
        "warnings": [notice_part(notice) for notice in report.warnings],
        "error": _error(run),
        "requests": _requests(run),
    }


def validation_document(manifest: Manifest) -> Json:
    """Return what `validate` found."""
    severities = [problem.severity for problem in manifest.problems]
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "reconciler", "version": __version__},
        "summary": {
            "files": manifest.files,
            "tasks": len(manifest.desired),
            "errors": severities.count(Severity.ERROR),
            "warnings": severities.count(Severity.WARNING),
        },
        "problems": [problem_part(problem) for problem in manifest.problems],
    }


def task_document(run: Run, live: Live, *, place: Place | Absent) -> Json:
    """Return one live task as `show` prints it."""
    return {**_view(run), **task_members(live, run.owner), **source_member(place)}


def list_document(run: Run, tasks: Iterable[Live]) -> Json:
    """Return live tasks as `list` prints them."""
    listed = [task_members(live, run.owner) for live in tasks]
    return {**_view(run), "tasks": listed}


def _error(run: Run) -> Json:
    """Return what stopped a run; one that was told to end must not look like one with no result."""
    if run.report is not ABSENT and run.report.error is not ABSENT:
        error = run.report.error
        return stop_part(Stop(error.code, error.sentence))
    if run.interrupted and run.stop is ABSENT:
        return stop_part(Stop("interrupted", "interrupted; nothing was changed"))
    return stop_part(run.stop)


def _view(run: Run) -> dict[str, Json]:
    return {
        **_head(run),
        "problems": [problem_part(problem) for problem in run.problems],
        "error": _error(run),
        "requests": _requests(run),
    }


def _plan_of(run: Run) -> Plan:
    """Return the plan of a run, an empty one if it ended before."""
    return Plan() if run.plan is ABSENT else run.plan


def _report_of(run: Run) -> Report:
    """Return the report of a run, one without results if it ended before."""
    if run.report is not ABSENT:
        return run.report
    if run.interrupted:
        outcome = ReportOutcome.INTERRUPTED
    else:
        outcome = ReportOutcome.REFUSED if run.refusals else ReportOutcome.FAILED
        outcome = ReportOutcome.STALE if run.stale else outcome
    return Report(_plan_of(run), outcome)


def _head(run: Run) -> dict[str, Json]:
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "reconciler", "version": __version__},
        "target": None if run.target is ABSENT else target_part(run.target),
        "owner": run.owner or None,
    }


def plan_summary(plan: Plan) -> dict[str, Json]:
    """Return how much a plan holds of each kind."""
    return {
        **{str(verb): count for verb, count in count_verbs(plan.actions).items()},
        "blocked": len(plan.blocked),
        "unchanged": plan.unchanged,
        "unmanaged": plan.unmanaged,
        "foreign": plan.foreign,
    }


def _requests(run: Run) -> Json:
    return {"count": run.requests, "seconds": round(run.seconds, 3)}
