"""A project folder of its own for each test, and the command line in this process."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli import run
from reconciler.schemas import read_schema

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
owner: acme
targets:
  sandbox:
    url: sandbox:.reconciler/sandbox.db
"""

TASKS = """\
tasks:
  one:
    name: One
    sample_ms: 1000
    worker: {strategy: FULL, user_ids: [ana]}
  two:
    name: Two
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Invoke(Protocol):
    def __call__(self, *arguments: str) -> Result: ...


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with two tasks and a sandbox target, and go there."""
    for name in list(os.environ):
        if name.startswith(("CLARIFAI_", "RECONCILER_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    tasks = tmp_path / "tasks"
    tasks.mkdir()
    (tasks / "reconciler.yaml").write_text(CONFIG)
    (tasks / "t.yaml").write_text(TASKS)
    return tmp_path


@pytest.fixture
def invoke(capfd: pytest.CaptureFixture[str]) -> Invoke:
    """Run a command; a JSON document that it prints is valid under its schema."""

    def call(*arguments: str) -> Result:
        code = run(arguments)
        out, err = capfd.readouterr()
        result = Result(code, out, err)
        if "json" in arguments and arguments[0] in SCHEMAS and out:
            schema = json.loads(read_schema(SCHEMAS[arguments[0]]))
            Draft202012Validator(schema).validate(result.document)
        assert "Traceback" not in err
        return result

    return call


SCHEMAS = {"plan": "plan", "apply": "report", "destroy": "report"}
