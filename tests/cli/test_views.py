"""`list`, `show`, `schema` and what every command has in common."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli import cli
from reconciler.schemas import NAMES, read_schema

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke

COMMANDS = [*cli.list_commands(cli.make_context("reconciler", [], resilient_parsing=True))]
EVERY_HELP = [[], *([name] for name in COMMANDS), ["sandbox", "serve"], ["sandbox", "reset"]]


def test_list_shows_what_is_live(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    header, one, two, count = invoke("list").out.splitlines()
    assert header.split() == ["ID", "KEY", "STATUS", "OWNER", "NAME"]
    assert one.split()[1:] == ["one", "TASK_IN_PROGRESS", "acme", "One"]
    assert two.split()[1:] == ["two", "TASK_IN_PROGRESS", "acme", "Two"]
    assert count == "2 tasks listed."


def test_list_narrows_by_worker_and_reviewer(invoke: Invoke, project: Path) -> None:
    (project / "tasks/t.yaml").write_text(
        "tasks:\n"
        "  a: {name: A, worker: {strategy: FULL, user_ids: [ana]}}\n"
        "  b: {name: B, review: {strategy: MANUAL, user_ids: [ana]}}\n"
    )
    invoke("apply", "--auto-approve")
    by_worker = invoke("list", "--worker", "ana", "--format", "json").document
    assert [task["key"] for task in by_worker["tasks"]] == ["a"]
    by_reviewer = invoke("list", "--reviewer", "ana", "--format", "json").document
    assert [task["key"] for task in by_reviewer["tasks"]] == ["b"]
    assert invoke("list", "--worker", "nobody").out == "0 tasks listed.\n"
    assert invoke("list", "--unmanaged").out == "0 tasks listed.\n"


def test_show_by_key_and_by_id(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    by_key = invoke("show", "one", "--format", "json").document
    by_id = invoke("show", by_key["id"], "--format", "json").document
    for document in (by_key, by_id):
        assert document["source"] == {"file": "tasks/t.yaml", "line": 2, "column": 3}
        assert document["managed_by"] == "ours"
        assert document["task"]["name"] == "One"
    assert by_id["requests"]["count"] == 1
    text = invoke("show", "one").out
    assert "declared: tasks/t.yaml:2:3\n" in text
    assert all(
        line.startswith(("  |", "id:", "name:", "owner:", "key:", "declared:"))
        for line in text.splitlines()
    )


@pytest.mark.parametrize("name", ["nothing", "0" * 32])
def test_show_of_what_is_not_there(invoke: Invoke, name: str) -> None:
    result = invoke("show", name)
    assert result.code == 1
    assert f"`{name}`" in result.err
    assert result.out == ""


def test_show_works_beside_wrong_files(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    (project / "tasks/t.yaml").write_text("tasks: [")
    assert "declared: nowhere" in invoke("show", "one").out


@pytest.mark.parametrize("name", NAMES)
def test_schema_prints_the_published_files(invoke: Invoke, name: str) -> None:
    assert invoke("schema", name).out == read_schema(name)
    assert json.loads(invoke("schema").out)["title"] == json.loads(read_schema("tasks"))["title"]


@pytest.mark.parametrize("command", EVERY_HELP, ids=" ".join)
def test_every_help_ends_with_an_example_of_real_options(
    invoke: Invoke, command: list[str]
) -> None:
    text = invoke(*command, "--help").out
    example = text.rstrip().splitlines()[-1].split()
    assert example[: 1 + len(command)] == ["reconciler", *command]
    for option in re.findall(r"--[a-z-]+", " ".join(example)):
        assert option in text


@pytest.mark.parametrize(
    "arguments", [["nix"], ["plan", "--nix"], ["plan", "a", "b"], ["show"], ["schema", "nix"], []]
)
def test_wrong_usage_exits_with_64(invoke: Invoke, arguments: list[str]) -> None:
    assert invoke(*arguments).code == 64


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "list"])
def test_a_missing_folder_is_named(invoke: Invoke, command: str) -> None:
    result = invoke(command, "nowhere")
    assert result.code == 1
    assert result.err.startswith("nowhere:1:1: no-directory: there is no such folder\n")


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "list"])
def test_an_unknown_target_is_wrong_usage(invoke: Invoke, command: str) -> None:
    result = invoke(command, "--target", "sandbx")
    assert result.code == 64
    assert result.err == (
        "Error: tasks/reconciler.yaml has no target `sandbx`; did you mean `sandbox`?\n"
    )


def test_sandbox_reset_empties_the_sandbox(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    assert invoke("sandbox", "reset").out == "2 tasks deleted.\n"
    assert "2 to create" in invoke("plan").out


def test_a_reader_that_has_seen_enough_is_no_error(project: Path) -> None:
    """A closed pipe ends the run without a traceback."""
    script = f"{sys.executable} -m reconciler schema tasks | head -c 10"
    done = subprocess.run(
        ["bash", "-c", script], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.startswith("{")


def test_the_version(invoke: Invoke) -> None:
    assert re.fullmatch(r"reconciler \d+\.\d+\.\d+\n", invoke("--version").out)
