"""The tool as a process of its own, against a server on this machine: signals, secrets, errors."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.served import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "canary-3f1c9e"
HOSTILE = b'{"status": {"code": 11102, "description": "::error::\\u001b[2J"}}'


class Script:
    """What the server answers to GET and to POST; an empty answer to POST never comes."""

    def __init__(self) -> None:
        self.get = (200, "application/json", b'{"status": {"code": 10000}, "tasks": []}')
        self.post = (200, "application/json", b"")
        self.seen: list[str] = []
        self.keys: set[str | None] = set()
        self.end = threading.Event()


@contextmanager
def serve(script: Script) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(*script.get)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if not script.post[2]:
                script.seen.append("POST")
                script.end.wait(20)
                return
            self.answer(*script.post)

        def answer(self, status: int, kind: str, body: bytes) -> None:
            script.seen.append(self.command)
            script.keys.add(self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        script.end.set()
        server.shutdown()
        thread.join()
        server.server_close()


def command(project: Path, url: str, *arguments: str) -> subprocess.Popen[str]:
    (project / "tasks/reconciler.yaml").write_text(f"owner: acme\ntargets: {{t: {{url: '{url}'}}}}")
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=project,
        env={**os.environ, "CLARIFAI_PAT": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    assert TOKEN not in out + err
    assert "Traceback" not in err
    return process.returncode, out, err


SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_that_is_told_to_end_waits_for_what_is_under_way(
    project: Path, number: signal.Signals
) -> None:
    """What the server did is done, and the rest isn't attempted."""
    tasks = "".join(f"  t{n:02}: {{name: Task {n:02}}}\n" for n in range(60))
    (project / "tasks/t.yaml").write_text(f"tasks:\n{tasks}")
    with serving(project / "s.db", "--latency", "1") as (url, _):
        arguments = ("apply", "--auto-approve", "--batch-size", "1", "--format", "json")
        process = command(project, url, *arguments)
        while len(live := names_at(url)) < 2 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        code, out, err = finish(process)
        live = names_at(url)
    document = json.loads(out)
    assert (code, document["outcome"]) == (130, "interrupted")
    assert "Stopping" in err
    ends = {result["name"]: result["outcome"] for result in document["results"]}
    assert live == {name for name, end in ends.items() if end == "done"}
    assert set(ends.values()) == {"done", "not_attempted"}


def names_at(url: str) -> set[str]:
    answer = httpx.get(f"{url}/v2/tasks", headers={"Authorization": "Key any"}, trust_env=False)
    return {task["name"] for task in answer.json()["tasks"]}


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_that_is_told_twice_reports_at_once(project: Path, number: signal.Signals) -> None:
    """What was being sent is unknown, what wasn't is not attempted; the server never answers."""
    script = Script()
    with serve(script) as url:
        process = command(project, url, "apply", "--auto-approve", "--format", "json")
        deadline = time.monotonic() + 20
        while "POST" not in script.seen and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        assert process.stderr is not None
        while "Stopping" not in process.stderr.readline():
            pass
        told = time.monotonic()
        process.send_signal(number)
        code, out, _ = finish(process)
        assert time.monotonic() - told < 5, "half of what is under way may take"
    document = json.loads(out)
    assert code == 130
    assert document["outcome"] == "interrupted"
    ends = {result["key"]: result["outcome"] for result in document["results"]}
    assert ends == {"one": "unknown", "two": "not_attempted"}


@pytest.mark.parametrize("output", ["text", "json"])
def test_the_token_is_masked_even_in_the_servers_own_words(project: Path, output: str) -> None:
    script = Script()
    words = {"code": 11009, "description": f"no key {TOKEN}", "details": TOKEN, "req_id": TOKEN}
    script.get = (401, "application/json", json.dumps({"status": words, "tasks": []}).encode())
    with serve(script) as url:
        code, out, err = finish(command(project, url, "plan", "-v", "--format", output))
        assert script.keys == {f"Key {TOKEN}"}
    assert code == 1
    assert "the API doesn't accept the token" in err
    if output == "json":
        error = json.loads(out)["error"]
        assert (error["http_status"], error["api_code"]) == (401, 11009)


@pytest.mark.parametrize(
    ("status", "kind", "body", "words"),
    [
        (200, "text/html", b"<html>login</html>", "isn't an answer of the Tasks API"),
        (404, "text/html", b"<html>not found</html>", "isn't an answer of the Tasks API"),
        (302, "text/html", b"", "isn't an answer of the Tasks API"),
        (200, "application/json", b'{"status": {"code": 10000}}', "can't be read whole"),
        (403, "application/json", b'{"status": {"code": 11007}}', "check the token's scopes"),
        (400, "application/json", HOSTILE, r"\x1b"),
    ],
)
def test_a_server_that_answers_something_else(
    project: Path, status: int, kind: str, body: bytes, words: str
) -> None:
    script = Script()
    script.get = (status, kind, body)
    with serve(script) as url:
        code, out, err = finish(command(project, url, "apply", "--auto-approve"))
    assert (code, out) == (1, "")
    assert words in err
    assert err.count("\n") == 1
    assert script.seen == ["GET"]


def test_no_server(project: Path) -> None:
    code, out, err = finish(command(project, "http://127.0.0.1:9", "plan", "--format", "json"))
    assert code == 1
    assert "no connection to http://127.0.0.1:9" in err
    assert json.loads(out)["error"]["code"] == "api"


def test_verbose_logs_each_request(project: Path) -> None:
    with serve(Script()) as url:
        code, _, err = finish(command(project, url, "plan", "-v"))
    assert code == 0
    assert err.count("HTTP Request: GET") == 1


def shell(project: Path, script: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", script.replace("reconciler", f"{sys.executable} -m reconciler")],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done


def test_the_exit_code_tells_of_the_plan_whoever_reads_the_output(project: Path) -> None:
    script = "reconciler apply --auto-approve | head -c 1; echo ${PIPESTATUS[0]}"
    assert shell(project, script).stdout.endswith("0\n")
    assert shell(project, "reconciler plan --detailed-exitcode").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_an_output_that_cannot_be_written(project: Path) -> None:
    done = shell(project, "reconciler plan --format json >/dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: standard output can't be written")
    done = shell(project, "reconciler apply --auto-approve >/dev/full")
    assert done.returncode == 1, "the plan could not be shown, so nothing was done"
    assert "2 to create" in shell(project, "reconciler plan").stdout
    done = shell(project, "reconciler apply --auto-approve --format json >/dev/full")
    assert done.returncode == 0, "everything was done"
    assert "Error: standard output can't be written" in done.stderr
    assert "No changes." in shell(project, "reconciler plan").stdout


def test_closed_outputs(project: Path) -> None:
    assert shell(project, "reconciler plan >&-").returncode == 0
    assert shell(project, "reconciler plan 2>&-").returncode == 0
    assert shell(project, "reconciler apply <&-").returncode == 4


@pytest.mark.parametrize(
    ("answer", "code"),
    [(b"yes\n", 0), (b"no\n", 4), (b"y\n", 4), (b"\n", 4), (b"\x04", 4), (b"\x03", 130)],
)
def test_apply_asks_on_a_terminal(project: Path, answer: bytes, code: int) -> None:
    """Only `yes` means yes; Ctrl-D is no, Ctrl-C an interrupt."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply"],
        cwd=project,
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    )
    os.close(child)
    assert process.stderr is not None
    asked = b""
    while not asked.endswith(b"[yes/no]: "):
        asked += process.stderr.read(1)
    os.write(parent, answer)
    out, err = process.communicate(timeout=30)
    os.close(parent)
    assert process.returncode == code
    assert out.count(b"Plan: 2 to create, 0 to update, 0 to delete.") == 2
    assert (b"2 created" in out) == (code == 0)
    assert b"Traceback" not in err


def test_the_document_does_not_go_among_the_task_files(project: Path) -> None:
    done = shell(project, "reconciler plan --json-file tasks/t.json")
    assert done.returncode == 64
    assert not (project / "tasks/t.json").exists()
