"""The token is said nowhere, not even in part: in no output, no log and no file."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Options
from tests.processes import serving_at_gate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.cli.conftest import Invoke

CANARY = "c4n4ry-9f1c2e7b4a6d8035"
_LONGEST_PART = 7

COMMANDS = [
    ("validate",),
    ("plan", "-v", "--out", "p.plan", "--json-file", "plan.json"),
    ("apply", "-v", "--auto-approve", "--plan", "p.plan", "--json-file", "saved.json"),
    ("apply", "-v", "--auto-approve", "--json-file", "report.json"),
    ("list", "-v"),
    ("show", "one", "-v"),
    ("destroy", "-v", "--auto-approve", "--json-file", "destroyed.json"),
]
WORDS = {
    "whole": f"no such key: {CANARY}",
    "as it was sent": f"bad header Authorization: Key {CANARY}.",
    "at the cut": "x" * 1990 + CANARY,
    "again and again": CANARY * 3,
    "a half": f"the key {CANARY[:12]}... is not known",
    "its end": f"the key ...{CANARY[-8:]} is not known",
}


def leaks(text: str) -> list[str]:
    """Return the parts of the token that *text* has."""
    length = _LONGEST_PART + 1
    parts = (CANARY[at : at + length] for at in range(len(CANARY) - length + 1))
    return [part for part in parts if part in text]


class Gossip:
    """A server that says what it was sent, from a request on that has this *method*."""

    def __init__(self, app: WSGIApplication, *, words: str, status: str, method: str) -> None:
        self._app, self._method = app, method
        self._status, self._words = status, words

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["HTTP_AUTHORIZATION"] == f"Key {CANARY}"
        if environ["REQUEST_METHOD"] != self._method:
            return self._app(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"].read(length)
        status = {
            "code": 11009,
            "description": self._words,
            "details": self._words,
            "req_id": self._words,
        }
        kind = "application/json"
        body = json.dumps({"status": status, "tasks": []})
        if self._status.startswith("404"):
            kind, body = "text/html", f"<html>{self._words}</html>"
        start_response(self._status, [("Content-Type", kind), ("X-Key", CANARY)])
        return [body.encode()]


def run_all(invoke: Invoke, project: Path, url: str) -> None:
    """Run every command in every format; nothing that it leaves behind may hold the token."""
    target = f"{{url: '{url}', requests_per_second: 1000}}"
    (project / "tasks/reconciler.yaml").write_text(f"owner: acme\ntargets: {{t: {target}}}\n")
    for command, output in product(COMMANDS, ("text", "json")):
        result = invoke(*command, "--format", output)
        assert leaks(result.out + result.err) == [], command
    left = [file for file in project.rglob("*") if file.is_file()]
    for file in left:
        assert leaks(file.read_text(errors="replace")) == [], file


@pytest.fixture(autouse=True)
def _plant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARIFAI_PAT", CANARY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_a_run_in_which_all_goes_well_says_no_token(invoke: Invoke, project: Path) -> None:
    with serving_at_gate(project / "db", Options(token=CANARY)) as gate:
        run_all(invoke, project, gate.url)
        assert gate.requests > 10


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("status", ["400 Bad", "401 Unauthorized", "404 Gone", "500 Broken"])
def test_not_even_where_the_server_says_it(
    invoke: Invoke, project: Path, words: str, status: str
) -> None:
    with serving_at_gate(project / "db", Options()) as gate:
        app = gate.app
        for method in ("GET", "POST", "PATCH", "DELETE"):
            gate.app = Gossip(app, words=WORDS[words], status=status, method=method)
            run_all(invoke, project, gate.url)
            gate.app = app


def test_a_part_of_the_token_is_a_leak() -> None:
    assert leaks(f"..{CANARY[3:11]}..") == [CANARY[3:11]]
    assert leaks(CANARY[:7]) == []
