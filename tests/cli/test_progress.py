"""Who waits sees that something happens; who reads the output later sees nothing of it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from reconciler.actions import Create
from reconciler.cli.progress import Progress
from reconciler.model import Fault
from reconciler.report import Done, Failed, Sending, Unknown
from tests.api.clients import Time
from tests.harness import declare
from tests.served import serving

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.report import Event

ACTIONS = [Create(task) for task in declare({f"k{n}": {"name": f"K{n}"} for n in range(200)})]


def show(*, screen: bool, ended: int, columns: int = 80, seconds: float = 10.0) -> str:
    """Return what is shown when of 200 tasks some have ended, the first two badly."""
    time, stream = Time(), StringIO()
    progress = Progress(200, stream, clock=time.clock, screen=screen)
    events: list[Event] = [Sending(tuple(ACTIONS))]
    for number, action in enumerate(ACTIONS[:ended]):
        ends: dict[int, Event] = {0: Failed(action, Fault("no")), 1: Unknown(action, Fault("no"))}
        events.append(ends.get(number, Done(action, "id")))
    assert list(progress.count(events)) == events
    time.now = seconds
    progress.show(columns)
    return stream.getvalue()


def test_a_log_gets_plain_lines() -> None:
    line = "50 of 200 done, 5.0 a second, 2 failed, 30 s left\n"
    assert show(screen=False, ended=50) == line
    assert show(screen=False, ended=0) == "0 of 200 done, 0.0 a second\n"
    assert "2 min 30 s left" in show(screen=False, ended=50, seconds=50.0)


@pytest.mark.parametrize(("ended", "bar"), [(0, "." * 20), (100, "#" * 10 + "." * 10)])
def test_a_screen_gets_a_bar(ended: int, bar: str) -> None:
    columns = len(show(screen=False, ended=ended)) - 1 + 20 + 4
    shown = show(screen=True, ended=ended, columns=columns)
    assert shown.startswith(f"\r\x1b[K[{bar}] {ended} of 200 done")
    assert "\n" not in shown


@pytest.mark.parametrize("columns", [1, 5, 30, 50, 53, 54, 55, 80, 300])
def test_a_bar_is_narrower_than_the_screen(columns: int) -> None:
    shown = show(screen=True, ended=50, columns=columns).removeprefix("\r\x1b[K")
    assert len(shown) < columns
    assert len(shown) <= 90


@pytest.mark.parametrize("arguments", [[], ["--format", "json"]])
def test_a_bar_is_gone_before_the_report(project: Path, arguments: list[str]) -> None:
    tasks = "".join(f"  t{n:02}: {{name: Task {n:02}}}\n" for n in range(20))
    (project / "tasks/t.yaml").write_text(f"tasks:\n{tasks}")
    parent, child = pty.openpty()
    with serving(project / "s.db", "--latency", "0.7") as (url, _):
        (project / "tasks/reconciler.yaml").write_text(
            f"owner: acme\ntargets: {{t: {{url: '{url}'}}}}"
        )
        command = ["apply", "--auto-approve", "--batch-size", "1", *arguments]
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *command],
            env={**os.environ, "CLARIFAI_PAT": "any", "TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=child,
            check=True,
            timeout=60,
        )
    os.close(child)
    shown = os.read(parent, 100_000).decode()
    os.close(parent)
    assert " of 20 done" in shown
    assert shown.endswith("\r\x1b[K")
    assert b" of 20 done" not in done.stdout


def test_a_quick_run_shows_nothing(project: Path) -> None:
    parent, child = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "reconciler", "apply", "--auto-approve"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=child,
        check=True,
        timeout=60,
    )
    os.write(child, b"end")
    os.close(child)
    assert os.read(parent, 1000) == b"end"
    os.close(parent)
