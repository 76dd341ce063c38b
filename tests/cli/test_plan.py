from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke


def test_a_plan_says_what_would_be_done_and_does_nothing(invoke: Invoke) -> None:
    first = invoke("plan")
    assert first.code == 0
    assert first.out.splitlines() == [
        "Plan: 2 to create, 0 to update, 0 to delete.",
        "Target sandbox (sandbox:.reconciler/sandbox.db), owner acme",
        "",
        '+ create one "One": not live (tasks/t.yaml:2:3)',
        '+ create two "Two": not live (tasks/t.yaml:6:3)',
        "",
        "0 unchanged, 0 unmanaged, 0 of other owners. Applying takes 5 requests, about 0.0 s.",
        "Plan: 2 to create, 0 to update, 0 to delete.",
    ]
    assert invoke("plan").out == first.out


def test_no_changes(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    result = invoke("plan", "--detailed-exitcode")
    assert result.out.splitlines()[-1] == "No changes. 2 tasks match."
    assert result.code == 0


def test_one_task_matches_in_the_singular(invoke: Invoke, project: Path) -> None:
    (project / "tasks/t.yaml").write_text("tasks: {one: {name: One}}")
    invoke("apply", "--auto-approve")
    assert invoke("plan").out.splitlines()[-1] == "No changes. 1 task matches."


def test_pending_changes_exit_with_2_only_if_asked_for(invoke: Invoke) -> None:
    assert invoke("plan").code == 0
    assert invoke("plan", "--detailed-exitcode").code == 2
    assert invoke("plan", "--detailed-exitcode", "--format", "json").code == 2


def test_an_update_shows_what_differs_in_the_words_of_the_file(
    invoke: Invoke, project: Path
) -> None:
    invoke("apply", "--auto-approve")
    file = project / "tasks/t.yaml"
    file.write_text(file.read_text().replace("[ana]", "[ana, bo]").replace("sample_ms: 1000", ""))
    result = invoke("plan")
    assert result.out.splitlines()[3:] == [
        '~ update one "One": changed in the files (tasks/t.yaml:2:3)',
        "  | worker.user_ids: + bo",
        "  | `sample_ms` is no longer managed: it is left as it is live",
        "",
        "1 unchanged, 0 unmanaged, 0 of other owners. Applying takes 3 requests, about 0.0 s.",
        "Plan: 0 to create, 1 to update, 0 to delete.",
    ]


def test_the_document_of_a_plan(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    file = project / "tasks/t.yaml"
    file.write_text(
        file.read_text()
        .replace("1000", "2000")
        .replace("  two:\n    name: Two", "  three:\n    name: Three")
    )
    document = invoke("plan", "--format", "json").document
    assert document["format_version"] == "1.0"
    assert document["target"] == {
        "name": "sandbox",
        "url": "sandbox:.reconciler/sandbox.db",
        "user_id": None,
        "app_id": None,
    }
    assert document["owner"] == "acme"
    assert document["summary"] == {
        "create": 1,
        "update": 1,
        "adopt": 0,
        "release": 0,
        "delete": 1,
        "blocked": 0,
        "unchanged": 0,
        "unmanaged": 0,
        "foreign": 0,
    }
    create, update, delete = document["actions"]
    assert (create["action"], create["key"], create["reason"]) == ("create", "three", "not_live")
    assert update["changes"] == [{"path": ["sample_ms"], "before": 1000, "after": 2000}]
    assert update["changed_by"] == "files"
    assert update["source"] == {"file": "tasks/t.yaml", "line": 2, "column": 3}
    assert (delete["action"], delete["reason"]) == ("delete", "not_declared")
    assert document["requests"]["count"] == 2


def test_the_document_goes_to_a_file_beside_any_format(invoke: Invoke, project: Path) -> None:
    result = invoke("plan", "--json-file", "plan.json")
    assert "Target sandbox" in result.out
    assert json.loads((project / "plan.json").read_text())["summary"]["create"] == 2


def test_a_json_file_that_cannot_be_written_is_wrong_usage(invoke: Invoke) -> None:
    result = invoke("plan", "--json-file", "no/such/plan.json")
    assert result.code == 64
    assert "no/such/plan.json" in result.err


def test_only_and_exclude_choose_by_key(invoke: Invoke) -> None:
    assert "1 to create" in invoke("plan", "--only", "o*").out
    assert "1 to create" in invoke("plan", "--exclude", "one").out
    assert "0 to create" in invoke("plan", "--only", "one", "--exclude", "*").out or (
        "No changes." in invoke("plan", "--only", "one", "--exclude", "*").out
    )


def test_an_only_that_matches_nothing_is_wrong_usage(invoke: Invoke) -> None:
    result = invoke("plan", "--only", "one", "--only", "nix*")
    assert result.code == 64
    assert result.err == (
        "Error: --only `nix*` matches no key; `reconciler list` shows the live ones\n"
    )


def test_only_reaches_live_tasks_that_no_file_declares(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    (project / "tasks/t.yaml").write_text("tasks: {}")
    assert "1 to delete" in invoke("plan", "--only", "two").out


def test_variables_of_the_command_line_win_over_the_targets(invoke: Invoke, project: Path) -> None:
    (project / "tasks/reconciler.yaml").write_text(
        "targets: {sandbox: {url: 'sandbox:s.db', variables: {who: target, n: 1}}}"
    )
    (project / "tasks/t.yaml").write_text('tasks: {a: {name: "{{ who }} {{ n }}"}}')
    assert '"target 1"' in invoke("plan").out
    assert '"person 1"' in invoke("plan", "--var", "who=person").out


@pytest.mark.parametrize("assignment", ["who", "=x", "1a=x", "who=[", "who=!!set {}"])
def test_a_variable_that_cannot_be_read_is_wrong_usage(invoke: Invoke, assignment: str) -> None:
    result = invoke("plan", "--var", assignment)
    assert result.code == 64
    assert "--var" in result.err


def test_problems_of_all_files_come_at_once_and_nothing_is_sent(
    invoke: Invoke, project: Path
) -> None:
    (project / "tasks/t.yaml").write_text("tasks:\n  a: {name: A, nane: B}\n  b: {nme: C}\n")
    (project / "tasks/u.yaml").write_text("tasks: [\n")
    result = invoke("plan", "--format", "json")
    assert result.code == 1
    problems = result.document["problems"]
    assert [(p["file"], p["line"], p["column"], p["code"]) for p in problems] == [
        ("tasks/t.yaml", 2, 16, "unknown-field"),
        ("tasks/t.yaml", 3, 3, "missing-field"),
        ("tasks/t.yaml", 3, 7, "unknown-field"),
        ("tasks/u.yaml", 1, 9, "yaml-syntax"),
    ]
    assert problems[0]["hint"] == "did you mean `name`?"
    assert result.document["requests"]["count"] == 0
    assert result.err.splitlines()[-1] == "Error: 4 errors found; nothing was sent."
    assert not (project / ".reconciler").exists()


def test_control_characters_of_files_are_printed_inert(invoke: Invoke, project: Path) -> None:
    (project / "tasks/t.yaml").write_text(
        'tasks: {a: {name: "x\\u200b::error::y", description: "\\e[31m\\n::error::z\\u202e"}}'
    )
    assert r"x\u200b::error::y" in invoke("plan").out
    invoke("apply", "--auto-approve")
    (project / "tasks/t.yaml").write_text(
        'tasks: {a: {name: "x\\u200b::error::y", description: d}}'
    )
    result = invoke("plan")
    assert "\x1b" not in result.out
    assert "\u202e" not in result.out
    assert not any(line.startswith("::") for line in (result.out + result.err).splitlines())
    assert r"  |   - \x1b[31m" in result.out
    assert r"  |   - ::error::z\u202e" in result.out
