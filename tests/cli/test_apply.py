from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke


def test_an_apply_creates_updates_and_deletes(invoke: Invoke, project: Path) -> None:
    first = invoke("apply", "--auto-approve")
    assert first.code == 0
    assert first.out.splitlines()[-1] == "Apply complete: 2 created, 0 updated, 0 deleted."
    assert '+ created one "One" (id ' in first.out
    file = project / "tasks/t.yaml"
    file.write_text(
        file.read_text()
        .replace("1000", "2000")
        .replace("  two:\n    name: Two", "  three:\n    name: Three")
    )
    second = invoke("apply", "--auto-approve")
    assert second.out.splitlines()[-1] == "Apply complete: 1 created, 1 updated, 1 deleted."
    third = invoke("apply", "--auto-approve")
    assert third.out == "No changes. 2 tasks match.\n"
    assert third.code == 0


def test_the_document_of_an_apply(invoke: Invoke) -> None:
    document = invoke("apply", "--auto-approve", "--format", "json").document
    assert document["outcome"] == "complete"
    assert document["summary"]["created"] == 2
    one, _two = document["results"]
    assert (one["action"], one["key"], one["outcome"]) == ("create", "one", "done")
    assert one["source"] == {"file": "tasks/t.yaml", "line": 2, "column": 3}
    assert len(one["id"]) == 32
    assert one["error"] is None
    again = invoke("apply", "--auto-approve", "--format", "json").document
    assert (again["outcome"], again["results"]) == ("complete", [])


def test_without_a_terminal_nothing_is_applied_unasked(invoke: Invoke) -> None:
    result = invoke("apply")
    assert result.code == 4
    assert "--auto-approve" in result.err
    assert result.out.splitlines()[-1] == "Plan: 2 to create, 0 to update, 0 to delete."
    document = invoke("apply", "--format", "json").document
    assert document["outcome"] == "refused"
    assert document["refusals"][0]["code"] == "not_approved"
    assert "2 to create" in invoke("plan").out


def test_with_nothing_to_do_nobody_is_asked(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    assert invoke("apply").code == 0


def test_what_is_blocked_does_not_stop_the_rest(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    config = project / "tasks/reconciler.yaml"
    config.write_text(config.read_text().replace("acme", "other"))
    file = project / "tasks/t.yaml"
    file.write_text(file.read_text().replace("name: Two", "name: Three"))
    # The same names belong to another owner, so nothing is blocked and nothing is shared.
    assert "2 created" in invoke("apply", "--auto-approve").out
    assert len(invoke("list").out.splitlines()) == 6


@pytest.mark.parametrize("size", ["1", "2", "1000"])
def test_the_size_of_batches_changes_nothing(invoke: Invoke, size: str) -> None:
    assert "2 created" in invoke("apply", "--auto-approve", "--batch-size", size).out


def test_apply_refuses_wrong_files_before_it_sends_anything(invoke: Invoke, project: Path) -> None:
    (project / "tasks/t.yaml").write_text("tasks: {a: {}}")
    result = invoke("apply", "--auto-approve", "--format", "json")
    assert result.code == 1
    assert result.document["outcome"] == "failed"
    assert result.document["requests"]["count"] == 0
    assert result.document["problems"][0]["sentence"] == "`name` is missing"


def test_destroy_deletes_what_is_owned_and_nothing_else(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    config = project / "tasks/reconciler.yaml"
    config.write_text(config.read_text().replace("acme", "other"))
    invoke("apply", "--auto-approve")
    assert invoke("destroy").code == 4
    result = invoke("destroy", "--auto-approve")
    assert result.code == 0
    assert result.out.splitlines()[-1] == "Apply complete: 0 created, 0 updated, 2 deleted."
    assert "2 tasks listed." in invoke("list").out
    assert "acme" in invoke("list").out


def test_destroy_does_not_need_valid_task_files(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    (project / "tasks/t.yaml").write_text("tasks: [")
    assert invoke("destroy", "--auto-approve").code == 0
