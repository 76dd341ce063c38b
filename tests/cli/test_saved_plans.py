"""A saved plan: applied as it was reviewed, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke, Result

APPLY = ("apply", "--auto-approve", "--plan", "p.plan")


@pytest.fixture
def saved(invoke: Invoke, project: Path) -> Path:
    """Save a plan that creates one, updates one and deletes one of the tasks."""
    (project / "tasks/t.yaml").write_text(
        "tasks:\n  one: {name: One}\n  two: {name: Two}\n  other: {name: Other}\n"
    )
    invoke("apply", "--auto-approve")
    write(project)
    assert invoke("plan", "--out", "p.plan").code == 0
    return project / "p.plan"


def write(project: Path, **changes: str) -> None:
    bodies = {
        "one": "{name: One, sample_ms: 5}",
        "three": "{name: Three}",
        "other": "{name: Other}",
    }
    lines = "".join(f"  {key}: {body}\n" for key, body in {**bodies, **changes}.items() if body)
    (project / "tasks/t.yaml").write_text(f"tasks:\n{lines}")


def assert_stale(result: Result, *words: str) -> None:
    assert result.code == 5
    for word in words:
        assert f"Stale: {word}" in result.err
    assert result.err.count("Stale: ") == len(words)
    assert result.out == ""


@pytest.mark.usefixtures("saved")
def test_it_is_applied_as_reviewed(invoke: Invoke) -> None:
    result = invoke(*APPLY)
    assert result.code == 0
    assert result.out.splitlines()[-1] == "Apply complete: 1 created, 1 updated, 1 deleted."
    assert invoke("plan", "--detailed-exitcode").code == 0


@pytest.mark.usefixtures("saved")
def test_applied_twice_it_does_nothing(invoke: Invoke) -> None:
    invoke(*APPLY)
    again = invoke(*APPLY, "--format", "json")
    assert (again.code, again.document["outcome"], again.document["results"]) == (0, "complete", [])


@pytest.mark.usefixtures("saved")
def test_other_tasks_do_not_matter(invoke: Invoke, project: Path) -> None:
    write(project, other="{name: Other, sample_ms: 7}", new="{name: New}")
    result = invoke(*APPLY)
    assert result.out.splitlines()[-1] == "Apply complete: 1 created, 1 updated, 1 deleted."
    assert "new" in invoke("plan").out


@pytest.mark.usefixtures("saved")
def test_what_moved_in_the_files_is_named(invoke: Invoke, project: Path) -> None:
    write(project, one="{name: One, sample_ms: 6}", three="", two="{name: Two}")
    result = invoke(*APPLY)
    reasons = ("create three: the files changed", "update one: the files changed")
    assert_stale(result, *reasons, "delete two: the files changed")
    assert "2 tasks" not in invoke("list").out


@pytest.mark.usefixtures("saved")
def test_what_moved_outside_is_named(invoke: Invoke, project: Path) -> None:
    """Another run changes both live tasks before this one comes."""
    write(project, one="{name: One, description: hm}", two="{name: Two, priority: LOW}", three="")
    invoke("apply", "--auto-approve")
    write(project)
    result = invoke(*APPLY)
    assert_stale(
        result,
        "update one: somebody changed the live task",
        "delete two: somebody changed the live task",
    )


@pytest.mark.usefixtures("saved")
def test_a_part_that_is_done_already_is_not_done_again(invoke: Invoke) -> None:
    """As after a run that was killed in the middle."""
    invoke("apply", "--auto-approve", "--only", "one")
    result = invoke(*APPLY)
    assert result.out.splitlines()[-1] == "Apply complete: 1 created, 0 updated, 1 deleted."


@pytest.mark.usefixtures("saved")
def test_a_stale_plan_as_a_document(invoke: Invoke, project: Path) -> None:
    write(project, three="{name: Three, sample_ms: 1}")
    document = invoke(*APPLY, "--format", "json").document
    assert document["outcome"] == "stale"
    assert [refusal["key"] for refusal in document["refusals"]] == ["three"]
    assert document["results"] == []


@pytest.mark.parametrize(
    ("old", "new"), [("Three", "Drei"), ('"version": 1', '"version": 0'), ("create", "delete")]
)
def test_a_damaged_plan(invoke: Invoke, saved: Path, old: str, new: str) -> None:
    saved.write_text(saved.read_text().replace(old, new))
    result = invoke(*APPLY)
    assert (result.code, result.out) == (1, "")
    assert result.err == "Error: p.plan is damaged; make the plan again\n"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\x00", b'{"format": "x"}', None])
def test_what_is_no_plan(invoke: Invoke, project: Path, content: bytes | None) -> None:
    if content is not None:
        (project / "p.plan").write_bytes(content)
    result = invoke(*APPLY)
    assert result.code == 1
    assert result.err.startswith("Error: ")
    assert "p.plan" in result.err


def test_a_plan_of_a_later_version(invoke: Invoke, saved: Path) -> None:
    saved.write_text(saved.read_text().replace('"version": 1', '"version": 2'))
    assert "later version of reconciler; upgrade" in invoke(*APPLY).err


@pytest.mark.parametrize(
    "config",
    [
        "owner: other\ntargets: {sandbox: {url: 'sandbox:.reconciler/sandbox.db'}}",
        "owner: acme\ntargets: {sandbox: {url: 'sandbox:elsewhere.db'}}",
        "owner: acme\ntargets: {sandbox: {url: 'sandbox:.reconciler/sandbox.db'}}\nownership: app",
    ],
)
@pytest.mark.usefixtures("saved")
def test_a_plan_for_something_else(invoke: Invoke, project: Path, config: str) -> None:
    """It goes where the configuration says, or nowhere."""
    (project / "tasks/reconciler.yaml").write_text(config)
    result = invoke(*APPLY)
    assert (result.code, result.out) == (1, "")
    assert "p.plan was made for sandbox:.reconciler/sandbox.db, owner acme" in result.err


def test_flags_are_given_again(invoke: Invoke, project: Path) -> None:
    """A file can't disarm what asks a person."""
    invoke("apply", "--auto-approve")
    text = (project / "tasks/t.yaml").read_text()
    (project / "tasks/t.yaml").write_text(text.replace("  one:", "  uno:"))
    assert invoke("plan", "--allow-recreate", "uno", "--out", "p.plan").code == 0
    result = invoke(*APPLY)
    assert result.code == 64
    assert "was made with --allow-recreate uno" in result.err
    assert invoke(*APPLY, "--allow-recreate", "uno").code == 0


def test_guards_are_asked_again(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    (project / "tasks/t.yaml").write_text("tasks: {}")
    assert invoke("plan", "--allow-empty", "--out", "p.plan").code == 0
    assert invoke(*APPLY).code == 4
    assert invoke(*APPLY, "--allow-empty").code == 0


def test_a_refused_plan_is_not_saved(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    (project / "tasks/t.yaml").write_text("tasks: {}")
    assert invoke("plan", "--out", "p.plan").code == 4
    assert not (project / "p.plan").exists()


def test_it_holds_no_secret_and_nothing_of_the_bodies(saved: Path) -> None:
    document: Any = json.loads(saved.read_text())
    assert document.keys() == {
        *("format", "version", "target", "owner", "ownership", "flags", "actions", "checksum")
    }
    assert "sample_ms" not in saved.read_text()


def test_a_place_where_nothing_can_be_written(invoke: Invoke) -> None:
    result = invoke("plan", "--out", "no/such/p.plan")
    assert result.code == 64
    assert "no/such/p.plan can't be written" in result.err
    assert invoke("plan", "--out", "tasks/p.yaml").code == 64


@pytest.mark.parametrize(
    "arguments",
    [("apply", "--auto-approve", "--plan", ""), ("plan", "--out", ""), ("apply", "")],
)
def test_an_empty_path_is_no_path_left_out(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    result = invoke(*arguments)
    assert (result.code, result.out) == (64, "")
    assert "the path is empty" in result.err
    assert invoke("list").out == "0 tasks listed.\n"


@pytest.mark.usefixtures("saved")
def test_a_plan_says_itself_which_tasks_take_part(invoke: Invoke) -> None:
    result = invoke(*APPLY, "--only", "one")
    assert result.code == 64
    assert "drop --only and --exclude" in result.err


def test_a_delete_that_became_a_move_is_not_done(invoke: Invoke, saved: Path) -> None:
    """Its task is still there."""
    assert '"action": "delete"' in saved.read_text()
    write(saved.parent, three="{name: Three, moved_from: two}")
    assert_stale(invoke(*APPLY), "delete two: ", "create three: ")


def test_to_delete_annotations_is_a_change_of_the_files(invoke: Invoke, saved: Path) -> None:
    write(saved.parent, one="{name: One, sample_ms: 5, delete_previous_annotations: true}")
    assert_stale(invoke(*APPLY), "update one: the files changed")


def test_a_plan_nested_without_end(invoke: Invoke, saved: Path) -> None:
    for depth in (300, 2_000):
        saved.write_text('{"format": ' + "[" * depth + "]" * depth + "}")
        result = invoke(*APPLY)
        assert result.code == 1
        assert "not a saved plan" in result.err


def test_a_file_for_the_report_is_checked_before_anything_is_sent(
    invoke: Invoke, project: Path
) -> None:
    result = invoke("apply", "--auto-approve", "--json-file", "nowhere/report.json")
    assert result.code == 64
    assert "its folder doesn't exist" in result.err
    assert invoke("list").out == "0 tasks listed.\n"
    assert not (project / "nowhere").exists()
