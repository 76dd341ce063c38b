"""The schemas in an editor: what the YAML language server makes of the first line of a file."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import threading
from http.client import parse_headers
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json: TypeAlias = Any

ROOT: Final = Path(__file__).resolve().parents[1]
SCHEMA: Final = ROOT / "schemas" / "tasks.schema.json"
MODELINE: Final = "# yaml-language-server: $schema="
PATIENCE: Final = 60.0
"""Seconds that the server has for an answer."""


class Editor:
    """An editor as the server sees it: it has settings, opens files, asks about places in them.

    A server that doesn't answer in time is killed, which ends whatever waits for it.
    """

    def __init__(self, server: subprocess.Popen[bytes], settings: dict[str, Json]) -> None:
        assert server.stdin is not None
        assert server.stdout is not None
        self.server, self.to_server, self.from_server = server, server.stdin, server.stdout
        self.settings = settings
        self.ids = count(1)

    def start(self) -> None:
        """Shake hands; afterwards the server has the settings."""
        can = {"workspace": {"configuration": True}}
        self.ask("initialize", processId=os.getpid(), rootUri=ROOT.as_uri(), capabilities=can)
        self.send(method="initialized", params={})
        self.wait_for(lambda message: message.get("method") == "workspace/configuration")

    def stop(self) -> None:
        """Let the server end as it should."""
        self.ask("shutdown")
        self.send(method="exit")
        assert self.server.wait(PATIENCE) == 0

    def open(self, path: Path, text: str) -> list[Json]:
        """Return what is wrong with *text*, which needn't be saved; open a path only once."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self.send(method="textDocument/didOpen", params={"textDocument": document})
        published = self.wait_for(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == path.as_uri()
            )
        )
        diagnostics: list[Json] = published["params"]["diagnostics"]
        return diagnostics

    def ask_in_task(self, method: str, text: str) -> Json:
        """Return the answer about the place that `^` marks in a task in a new file of `tasks/`."""
        top = f"{MODELINE}../schemas/tasks.schema.json\ntasks:\n  annotate-owl:\n    "
        before, after = (top + text).split("^")
        path = ROOT / "tasks" / f"unsaved-{next(self.ids)}.yaml"
        self.open(path, before + after)
        *lines, last = before.split("\n")
        cursor = {"line": len(lines), "character": len(last)}
        return self.ask(method, textDocument={"uri": path.as_uri()}, position=cursor)

    def ask(self, method: str, **params: Json) -> Json:
        """Return the result of a request."""
        number = next(self.ids)
        self.send(id=number, method=method, **({"params": params} if params else {}))
        response = self.wait_for(
            lambda message: message.get("id") == number and "method" not in message
        )
        assert "error" not in response, response["error"]
        return response["result"]

    def wait_for(self, is_wanted: Callable[[Json], bool]) -> Json:
        """Return the first message of a kind; answer what the server asks until then."""
        alarm = threading.Timer(PATIENCE, self.server.kill)
        alarm.start()
        try:
            while True:
                message = self.receive()
                if "method" in message and "id" in message:
                    self.send(id=message["id"], result=self.answer(message))
                if is_wanted(message):
                    return message
        finally:
            alarm.cancel()

    def answer(self, request: Json) -> Json:
        """Return the settings that the server asks for; to all other requests, nothing."""
        if request["method"] != "workspace/configuration":
            return None
        return [self.settings.get(item["section"]) for item in request["params"]["items"]]

    def send(self, **message: Json) -> None:
        """Write one message."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.to_server.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.to_server.flush()

    def receive(self) -> Json:
        """Read one message."""
        length = parse_headers(self.from_server)["Content-Length"]
        if length is None:
            pytest.fail("the language server ended, or was too slow and had to be ended")
        return json.loads(self.from_server.read(int(length)))


def find_server() -> str:
    """Return the program; without one skip, or fail where CI has promised one."""
    promised = os.environ.get("YAML_LANGUAGE_SERVER", "")
    found = shutil.which(promised or "yaml-language-server")
    if found is None and promised and os.environ.get("CI") == "true":
        pytest.fail(f"YAML_LANGUAGE_SERVER is {promised}, and no program is there")
    return found or pytest.skip("to run this: npm install --global yaml-language-server")


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    """Return an editor with a running server; fail if that wanted anything from the network."""
    command = [find_server(), "--stdio"]
    pipe = subprocess.PIPE
    with (
        socket.create_server(("127.0.0.1", 0)) as proxy,
        subprocess.Popen(command, stdin=pipe, stdout=pipe) as server,
    ):
        address = "http://{}:{}".format(*proxy.getsockname())
        # Its telemetry the server gives to the editor, and this one drops it.
        off = {"schemaStore": {"enable": False}, "kubernetesCRDStore": {"enable": False}}
        editor = Editor(server, {"yaml": off, "http": {"proxy": address}})
        try:
            editor.start()
            yield editor
            editor.stop()
        finally:
            server.kill()
        calls, _, _ = select.select([proxy], [], [], 0)
        assert calls == []


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "tasks").glob("*.yaml")))
def test_nothing_is_wrong_with_our_own_files(editor: Editor, name: str) -> None:
    text = (ROOT / "tasks" / name).read_text(encoding="utf-8")
    assert text.startswith(MODELINE)
    assert editor.open(ROOT / "tasks" / name, text) == []


def test_a_schema_that_is_missing_is_reported(editor: Editor, tmp_path: Path) -> None:
    """So where nothing is reported, the schema was found."""
    (wrong,) = editor.open(tmp_path / "t.yaml", f"{MODELINE}missing.json\ntasks: {{}}\n")
    assert "missing.json" in wrong["message"]


TYPOS: Final = """
defaults:
  sampel_ms: 1000  # typo
tasks:
  annotate-owl:
    name: Annotate owls
    type: CONCEPT_CLASSIFICATION  # typo
    concept_idz: [owl]  # typo
    worker:
      strategy: FULLL  # typo
      partitioned_strategy_info: {worker_per_input: 1}  # typo
    review: {strategy: NONE}
"""


def test_each_typo_is_reported_in_its_line(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "typos.yaml"
    path.write_text(MODELINE + SCHEMA.as_uri() + TYPOS, encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    reported = [wrong["range"]["start"]["line"] for wrong in editor.open(path, "\n".join(lines))]
    assert sorted(reported) == [i for i, line in enumerate(lines) if line.endswith("# typo")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("^", {"worker", "concept_ids", "for_each"}, id="fields"),
        pytest.param("name: Owls\n    wor^", {"worker"}, id="the rest of a field"),
        pytest.param("worker:\n      ^", {"strategy", "user_ids"}, id="members of a message"),
        pytest.param("type: ^", {"CONCEPTS_CLASSIFICATION", "POLYGON_DETECTION"}, id="values"),
        pytest.param("worker: {strategy: ^}", {"FULL", "DYNAMIC"}, id="values in a message"),
    ],
)
def test_completion_offers(editor: Editor, text: str, expected: set[str]) -> None:
    answer = editor.ask_in_task("textDocument/completion", text)
    assert expected <= {item["label"] for item in answer["items"]}


@pytest.mark.parametrize(
    ("message", "field", "text"),
    [
        pytest.param("task", "worker", "wor^ker: {strategy: FULL}", id="of a field"),
        pytest.param("worker", "strategy", "worker: {stra^tegy: FULL}", id="of a member"),
    ],
)
def test_hover_shows_the_description(editor: Editor, message: str, field: str, text: str) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    answer = editor.ask_in_task("textDocument/hover", text)
    shown = answer["contents"]["value"].replace("\\", "")  # which escapes what Markdown styles
    assert schema["$defs"][message]["properties"][field]["description"] in shown
