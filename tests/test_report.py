from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from reconciler.actions import Blocked, BlockedReason, Create, Delete, Plan
from reconciler.cli.exits import code_of_report
from reconciler.live import make_live
from reconciler.model import Fault, Notice
from reconciler.render.document import report_document
from reconciler.render.report import count_report, render_report
from reconciler.report import (
    Done,
    Event,
    Failed,
    Halted,
    NotAttempted,
    ReportOutcome,
    Sending,
    Unknown,
    make_report,
)
from reconciler.run import Run
from reconciler.schemas import read_schema
from tests.harness import declare

ONE, TWO = (Create(d) for d in declare({"one": {"name": "One"}, "two": {"name": "Two"}}))
GONE = Delete(make_live({"id": "3", "name": "Three"}), "three")
BLOCKED = Blocked("four", "Four", BlockedReason.NAME_TAKEN, "it is taken", "rename it", "9")
FAULT = Fault("bad concept (HTTP 400, code 11102)", 400, 11102, "bad concept", "", "req")
PLAN = Plan(actions=(ONE, TWO, GONE))


def test_every_action_has_one_end() -> None:
    events: list[Event] = [Sending((ONE, TWO)), Done(ONE, "1"), Failed(TWO, FAULT)]
    report = make_report(PLAN, events)
    assert report.results == (Done(ONE, "1"), Failed(TWO, FAULT), NotAttempted(GONE))
    assert report.outcome is ReportOutcome.INCOMPLETE
    assert count_report(report) == (
        "Apply incomplete: 1 created, 0 updated, 0 deleted, 1 failed, 1 not attempted."
    )


def test_what_was_being_sent_at_an_interrupt_is_unknown() -> None:
    report = make_report(PLAN, [Sending((ONE, TWO)), Done(ONE, "1")], interrupted=True)
    assert isinstance(report.results[1], Unknown)
    assert report.results[2] == NotAttempted(GONE)
    assert report.outcome is ReportOutcome.INTERRUPTED
    assert count_report(report).endswith(", 1 not attempted, 1 unknown.")


def test_what_ended_the_run_early_stands_in_the_report() -> None:
    notice = Notice("stamp_dropped", "the API did not keep the mark", "one", "1")
    report = make_report(PLAN, [Sending((ONE,)), Done(ONE, "1"), Halted(notice)])
    assert report.error == notice
    alone = make_report(Plan(actions=(ONE,)), [Sending((ONE,)), Done(ONE, "1"), Halted(notice)])
    assert alone.outcome is ReportOutcome.INCOMPLETE
    assert count_report(alone) == "Apply incomplete: 1 created, 0 updated, 0 deleted."
    run = Run(report=alone)
    assert code_of_report(run) == 3
    document = report_document(run)
    Draft202012Validator(json.loads(read_schema("report"))).validate(document)
    assert "error: the API did not keep the mark" in render_report(report, colour=False)


CODES = {
    "all done": ((Done(ONE, "1"),), (), False, 0),
    "nothing to do": ((), (), False, 0),
    "some done": ((Done(ONE, "1"), Failed(TWO, FAULT)), (), False, 3),
    "none done": ((Failed(ONE, FAULT),), (), False, 1),
    "all unknown": ((Unknown(ONE, FAULT),), (), False, 1),
    "done and blocked": ((Done(ONE, "1"),), (BLOCKED,), False, 3),
    "blocked alone": ((), (BLOCKED,), False, 4),
    "interrupted": ((Done(ONE, "1"),), (), True, 130),
}


@pytest.mark.parametrize("case", CODES)
def test_exit_code_text_and_document_agree(case: str) -> None:
    ends, blocked, interrupted, code = CODES[case]
    plan = Plan(actions=tuple(end.action for end in ends), blocked=blocked)
    report = make_report(plan, ends, interrupted=interrupted)
    run = Run(report=report, plan=plan)
    assert code_of_report(run) == code
    document = report_document(run)
    assert isinstance(document, dict)
    outcome = document["outcome"]
    assert (outcome == "complete") == (code == 0)
    line = count_report(report)
    if interrupted:
        return
    if ends or blocked:
        assert line.startswith("Apply complete:") == (code == 0)
    else:
        assert line == "No changes. 0 tasks match."


def test_a_failure_stands_beside_its_task_with_file_and_line() -> None:
    text = render_report(make_report(PLAN, [Failed(ONE, FAULT)]), colour=False)
    assert '! create failed: one "One" (tasks/t.yaml:1:1)' in text
    assert "  | bad concept (HTTP 400, code 11102) [request req]" in text
