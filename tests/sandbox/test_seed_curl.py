"""The documentation's own commands, run with curl, do what the page says that they do.

`tests/data/seed-requests.txt` has them in the order of the page, letter by letter; only the host,
the key and the placeholders are replaced. The page lost the line ends behind its backslashes.
"""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import run_server
from .requests import KEY

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None, reason="the documentation's commands need curl, which isn't here"
)

_COMMANDS = (
    (Path(__file__).parent.parent / "data/seed-requests.txt").read_text("utf-8").splitlines()
)
_NAMES = (
    "create unassigned",
    "create with review",
    "create partitioned",
    "create with consensus",
    "get",
    "list",
    "list of a worker",
    "list of a reviewer",
    "overwrite",
    "delete",
)
_PEOPLE = {
    "concept_id": "cat",
    "worker_user_id": "ana",
    "reviewer_user_id": "rev",
    "user_id1": "ana",
    "user_id2": "bo",
    "user_id3": "cy",
    "user_id4": "rev",
}


def _fill(command: str, values: dict[str, str]) -> list[str]:
    """Return the words of *command*, with *values* for `{name}` and `{{name}}`."""
    filled = re.sub(r"\{\{?([a-z_0-9]+)\}\}?", lambda match: values[match[1]], command)
    return shlex.split(filled.replace("\\", " "))


def _run(command: str, url: str, **values: str) -> dict[str, Any]:
    assert "https://api.clarifai.com/v2/tasks" in command
    assert "Key YOUR_API_KEY" in command
    command = command.replace("https://api.clarifai.com", url).replace("YOUR_API_KEY", KEY)
    program, *arguments = _fill(command, _PEOPLE | values)
    done = subprocess.run(
        [program, "--silent", "--show-error", "--noproxy", "*", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    reply: dict[str, Any] = json.loads(done.stdout)
    assert reply["status"]["code"] == 10000, reply
    return reply


@pytest.fixture(scope="module")
def replies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Run the commands in the order of the page; the last two change and delete the third task."""
    found: dict[str, dict[str, Any]] = {}
    with run_server(tmp_path_factory.mktemp("seed") / "sandbox.db") as (url, _):
        for name, command in zip(_NAMES, _COMMANDS, strict=True):
            third = found.get("create partitioned", {"tasks": [{"id": ""}]})["tasks"][0]["id"]
            person = "rev" if name == "list of a reviewer" else "bo"
            found[name] = _run(command, url, task_id=third, user_id=person)
        found["list afterwards"] = _run(_COMMANDS[_NAMES.index("list")], url)
    return found


def _names_of(replies: dict[str, dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [replies[name]["tasks"][0] for name in names]


def test_each_create_makes_the_task_that_it_describes(replies: dict[str, Any]) -> None:
    created = _names_of(replies, *_NAMES[:4])
    assert [task["name"] for task in created] == ["Annotate cat"] * 4
    assert [task["worker"]["strategy"] for task in created] == [3, 3, 2, 2]
    assert [task["review"]["strategy"] for task in created] == [1, 2, 1, 3]
    workers = [
        [each["user"]["id"] for each in task["worker"].get("workers", [])] for task in created
    ]
    assert workers == [[], ["ana"], ["ana", "bo"], ["ana", "bo", "cy"]]
    partition = created[2]["worker"]["partitioned_strategy_info"]
    assert partition == {"type": 2, "workers_per_input": 1, "weights": {"ana": 90, "bo": 10}}
    assert created[3]["review"]["consensus_strategy_info"]["approval_threshold_labelers"] == 2
    assert len({task["id"] for task in created}) == 4


def test_get_and_list(replies: dict[str, Any]) -> None:
    created = _names_of(replies, *_NAMES[:4])
    assert replies["get"]["task"] == created[2]
    assert replies["list"]["tasks"] == created
    assert replies["list of a worker"]["tasks"] == created[2:]
    assert replies["list of a reviewer"]["tasks"] == [created[1], created[3]]


def test_overwrite_and_delete(replies: dict[str, Any]) -> None:
    created = _names_of(replies, *_NAMES[:4])
    [changed] = replies["overwrite"]["tasks"]
    assert (changed["id"], changed["status"]["code"]) == (created[2]["id"], 54002)
    assert changed["review"]["users"] == [{"id": "cy"}]
    assert list(replies["delete"]) == ["status"]
    assert replies["list afterwards"]["tasks"] == [*created[:2], created[3]]
