"""A served sandbox on a bad day, and what an apply makes of it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.cli import exits
from reconciler.cli.serving import command as serve
from tests.served import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke

_HEADERS = {"Authorization": "Key any"}


@pytest.fixture
def db(project: Path) -> Path:
    return project / "sandbox.db"


@pytest.fixture(autouse=True)
def _with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARIFAI_PAT", "any")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def _aim(project: Path, url: str, *, rate: float = 1000) -> None:
    target = f"{{url: '{url}', requests_per_second: {rate}}}"
    (project / "tasks/reconciler.yaml").write_text(f"owner: acme\ntargets: {{t: {target}}}\n")


def _live(url: str) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = httpx.get(f"{url}/v2/tasks", headers=_HEADERS).json()["tasks"]
    return tasks


def _declare(project: Path, count: int) -> None:
    lines = (f"  t{number:02}: {{name: Task {number}}}" for number in range(count))
    (project / "tasks/t.yaml").write_text("\n".join(["tasks:", *lines]) + "\n")


def test_an_answer_that_is_lost_doubles_no_task(project: Path, db: Path, invoke: Invoke) -> None:
    script = project / "faults.yaml"
    script.write_text("- {request: create, nth: 1, fault: drop-after}\n")
    with serving(db, "--faults", str(script)) as (url, process):
        _aim(project, url)
        assert invoke("apply", "--auto-approve").code == 0
        assert sorted(task["name"] for task in _live(url)) == ["One", "Two"]
        assert "No changes." in invoke("plan").out
        process.terminate()
        _, err = process.communicate(timeout=10)
    assert err == "fault: create 1: drop-after\n"


@pytest.mark.parametrize(("rate", "refused"), [(15, False), (1000, True)])
def test_a_run_at_the_pace_of_the_api_is_never_refused(
    project: Path, db: Path, rate: int, *, refused: bool
) -> None:
    """A faster one is, and comes to the same end."""
    _declare(project, 60)
    limits = ("--rate-limit", "15", "--retry-after", "1", "--latency", "0.2")
    with serving(db, *limits) as (url, _):
        _aim(project, url, rate=rate)
        command = ("apply", "-v", "--auto-approve", "--batch-size", "1")
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert len(_live(url)) == 60
    assert done.returncode == 0, done.stderr
    assert "60 created" in done.stdout
    assert done.stderr.count("HTTP Request: POST") >= 60
    assert ("429" in done.stderr) == refused


def test_one_refused_task_stops_no_other(project: Path, db: Path, invoke: Invoke) -> None:
    """Metadata may nest deeper in a file than in the sandbox."""
    deep = "{a: " * 70 + "1" + "}" * 70
    with (project / "tasks/t.yaml").open("a") as file:
        file.write(f"  bad: {{name: Bad, metadata: {deep}}}\n  last: {{name: Last}}\n")
    with serving(db, "--batch", "mixed") as (url, _):
        _aim(project, url)
        result = invoke("apply", "--auto-approve", "--format", "json")
        assert result.code == exits.IN_PART
        assert sorted(task["name"] for task in _live(url)) == ["Last", "One", "Two"]
    [failed] = [entry for entry in result.document["results"] if entry["outcome"] != "done"]
    assert (failed["key"], failed["outcome"]) == ("bad", "failed")
    assert "nested deeper" in str(failed)


def test_options_reach_the_sandbox(db: Path) -> None:
    arguments = ("--status-on-create", "keep", "--token", "t", "--latency", "0.2")
    with serving(db, *arguments) as (url, _):
        task = {"name": "Done", "status": {"code": "TASK_DONE"}}
        headers = {"Authorization": "Key t"}
        reply = httpx.post(f"{url}/v2/tasks", json={"tasks": [task]}, headers=headers)
        assert reply.json()["tasks"][0]["status"]["code"] == 54002
        assert reply.elapsed.total_seconds() >= 0.2
        assert httpx.get(f"{url}/v2/tasks", headers=_HEADERS).status_code == 401


def test_a_script_that_is_wrong_is_refused(project: Path, invoke: Invoke) -> None:
    (project / "faults.yaml").write_text(
        '- {request: create, nth: 0, fault: drop}\n- {request: "\\x1b[2J", nth: 1}\n'
    )
    result = invoke("sandbox", "serve", "--port", "0", "--faults", "faults.yaml")
    assert (result.code, result.out) == (exits.FAILED, "")
    *problems, error = result.err.splitlines()
    places = [problem.split(" ")[0] for problem in problems]
    assert places == [
        "faults.yaml:1:26:",
        "faults.yaml:1:36:",
        "faults.yaml:2:3:",
        "faults.yaml:2:13:",
    ]
    assert r"\x1b[2J" in problems[3]
    assert error == "Error: Nothing is served; mend the script of faults, or leave it out."


@pytest.mark.parametrize(
    "arguments",
    [
        ("--rate-limit", "0"),
        ("--retry-after", "1"),
        ("--latency", "nan"),
        ("--list-delay", "-1"),
        ("--batch", "half"),
        ("--status-on-create", "maybe"),
    ],
)
def test_options_that_make_no_sense(invoke: Invoke, arguments: tuple[str, str]) -> None:
    result = invoke("sandbox", "serve", "--port", "0", *arguments)
    assert (result.code, result.out) == (exits.USAGE, "")
    assert arguments[0].removeprefix("--").replace("-", "_") in result.err.replace("-", "_")


def test_the_help_shows_every_option_once_and_an_example_that_runs(
    project: Path, invoke: Invoke
) -> None:
    text = invoke("sandbox", "serve", "--help").out
    shown = re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE)
    options = [option.opts[-1] for option in serve.params]
    assert sorted(shown) == sorted(options)
    program, *arguments = shlex.split(text.splitlines()[-1])
    assert program == "reconciler"
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert re.fullmatch(r"Listening on http://127\.0\.0\.1:\d+\n", line)
