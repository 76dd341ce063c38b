"""What a run tells that ends in the middle, whatever ends it."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.actions import Create, Plan
from reconciler.cli import carrying
from reconciler.cli.carrying import carry_out_recorded, publish_report
from reconciler.cli.connection import Setup
from reconciler.cli.interrupting import Interruption
from reconciler.cli.options import Options
from reconciler.cli.recording import Recording
from reconciler.errors import NestingError
from reconciler.guard import DEFAULT_MAX_DELETES
from reconciler.live import read_live
from reconciler.manifest import Scope
from reconciler.model import ABSENT, Fault, Ownership, Target
from reconciler.plan import make_plan
from reconciler.report import Done, make_report
from reconciler.run import Run
from tests.harness import OWNER, declare
from tests.shelf import Shelf

if TYPE_CHECKING:
    from reconciler.model import Spec
    from tests.shelf import Bodies


OPTIONS = Options(Path("tasks"), "", (), "text", None, no_color=True, verbose=False)


@pytest.mark.parametrize("error", [NestingError, RecursionError])
def test_what_was_sent_is_told(error: type[Exception]) -> None:
    def fail(_: Bodies) -> list[Fault]:
        raise error

    target = Target("t", "sandbox:x", "")
    setup = Setup(target, OWNER, Scope(), Ownership.STAMP, DEFAULT_MAX_DELETES)
    shelf = Shelf()

    def apply(tasks: dict[str, Spec]) -> Recording:
        recording = Recording(owner=OWNER, target=target)
        plan = make_plan(declare(tasks), read_live(shelf), owner=OWNER)
        with suppress(error):
            carry_out_recorded(
                plan, shelf, recording=recording, options=OPTIONS, setup=setup, question=None
            )
        return recording

    apply({"a": {"name": "A"}})
    shelf.on_overwrite.append(fail)
    recording = apply({"a": {"name": "B"}, "c": {"name": "C"}})
    assert shelf.on_overwrite == []
    assert recording.report is not ABSENT
    done = [r.action.key for r in recording.report.results if isinstance(r, Done)]
    assert done == ["c"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_do_not_disturb_the_making_of_the_report(number: signal.Signals) -> None:
    interruption = Interruption()
    with interruption.heeded():
        signal.raise_signal(number)
        assert interruption.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        interruption.end()
        signal.raise_signal(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_report_whose_printing_is_interrupted_is_in_the_record(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(carrying, "publish", lambda *_, **__: signal.raise_signal(number))
    [task] = declare({"a": {"name": "A"}})
    run = Run(report=make_report(Plan(actions=(Create(task),)), ()))
    assert publish_report(run, OPTIONS) == 130
    assert "reconciler history latest" in capsys.readouterr().err
