"""Whatever is refused or blocked says how to go on, and that works as it is printed."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Invoke

CONFIG = """\
owner: {owner}
targets: {{sandbox: {{url: "sandbox:.reconciler/sandbox.db"}}}}
"""


def declare(project: Path, text: str, *, owner: str = "acme", more: str = "") -> None:
    config = CONFIG.format(owner=owner) + more
    (project / "tasks/reconciler.yaml").write_text(config, encoding="utf-8")
    (project / "tasks/t.yaml").write_text(text, encoding="utf-8")


def tasks(*names: str, more: str = "") -> str:
    lines = "".join(f"  {name.lower()}: {{name: {name}{more}}}\n" for name in names)
    return f"tasks:\n{lines}" if names else "tasks: {}\n"


def flag_in(text: str) -> list[str]:
    """Return the flag that a message tells to pass."""
    found = re.search(r"pass (--[a-z-]+(?: (?!\[)[\w-]+)?)", text)
    assert found, text
    return shlex.split(found[1])


def test_no_task_at_all(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    declare(project, tasks())
    for command in (["plan"], ["apply", "--auto-approve"]):
        result = invoke(*command)
        assert result.code == 4
        assert "no task is declared" in result.err
    assert invoke("list").out.endswith("2 tasks listed.\n")
    document = invoke("apply", "--auto-approve", "--format", "json").document
    assert (document["outcome"], document["refusals"][0]["code"]) == ("refused", "empty")
    flag = flag_in(result.err)
    assert invoke("plan", *flag).code == 0
    assert invoke("apply", "--auto-approve", *flag).code == 0
    assert invoke("list").out == "0 tasks listed.\n"


@pytest.mark.parametrize("where", ["guards: {max_deletes: 1}\n", ""])
def test_too_many_deletes(invoke: Invoke, project: Path, where: str) -> None:
    names = [f"N{number}" for number in range(12)]
    declare(project, tasks(*names))
    invoke("apply", "--auto-approve")
    declare(project, tasks(*names[:8]), more=where)
    result = invoke("apply", "--auto-approve")
    assert result.code == 4
    limit = "the limit is 1 (max_deletes 1, set at tasks/reconciler.yaml:3:23)"
    default = "the limit is 3 (max_deletes 30%, the default)"
    assert f"this would delete 4 of 12 owned tasks, and {limit if where else default}" in result.err
    assert invoke("plan").code == 4
    assert invoke("plan", "--allow-deletes", "3").code == 4, "as many as are allowed, no more"
    flag = flag_in(result.err)
    assert flag == ["--allow-deletes", "4"]
    assert invoke("apply", "--auto-approve", *flag).code == 0
    assert invoke("plan", "--detailed-exitcode").code == 0


def test_a_target_has_guards_of_its_own(invoke: Invoke, project: Path) -> None:
    declare(project, tasks("A", "B", "C"))
    invoke("apply", "--auto-approve")
    config = (project / "tasks/reconciler.yaml").read_text()
    own = config.replace('db"}', 'db", guards: {max_deletes: 1}}') + "guards: {max_deletes: 100%}\n"
    (project / "tasks/reconciler.yaml").write_text(own)
    (project / "tasks/t.yaml").write_text(tasks("A"))
    assert "max_deletes 1, set at tasks/reconciler.yaml:2:" in invoke("plan").err


def test_a_protected_task(invoke: Invoke, project: Path) -> None:
    declare(project, tasks("A", "B", more=", lifecycle: {prevent_destroy: true}"))
    invoke("apply", "--auto-approve")
    declare(project, tasks("B"))
    result = invoke("apply", "--auto-approve")
    assert "blocked a" in result.out
    assert result.out.splitlines()[-1].endswith("1 blocked.")
    flag = flag_in(result.out)
    assert invoke("apply", "--auto-approve", *flag).code == 0
    assert invoke("list").out.endswith("1 task listed.\n")


def test_a_protected_task_is_unprotected_first(invoke: Invoke, project: Path) -> None:
    """The other way out."""
    declare(project, tasks("A", "B", more=", lifecycle: {prevent_destroy: true}"))
    invoke("apply", "--auto-approve")
    declare(project, tasks("A", "B", more=", lifecycle: {prevent_destroy: false}"))
    assert invoke("apply", "--auto-approve").code == 0
    declare(project, tasks("B"))
    assert invoke("apply", "--auto-approve").code == 0


def test_destroy_keeps_what_is_protected_and_what_is_retained(
    invoke: Invoke, project: Path
) -> None:
    declare(
        project,
        "tasks:\n"
        "  a: {name: A, lifecycle: {prevent_destroy: true}}\n"
        "  b: {name: B, lifecycle: {on_delete: retain}}\n"
        "  c: {name: C}\n",
    )
    invoke("apply", "--auto-approve")
    result = invoke("destroy", "--auto-approve")
    assert result.code == 3
    expected = "Apply incomplete: 0 created, 0 updated, 1 released, 1 deleted. 1 blocked."
    assert result.out.splitlines()[-1] == expected
    again = invoke("destroy", "--auto-approve")
    assert again.code == 4, "what is left is blocked"
    assert invoke("destroy", "--auto-approve", *flag_in(again.out)).code == 0
    assert invoke("list", "--unmanaged").out.endswith("1 task listed.\n")


def test_a_likely_rename(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    file = project / "tasks/t.yaml"
    before = file.read_text()
    file.write_text(before.replace("  one:", "  uno:"))
    result = invoke("apply", "--auto-approve")
    assert result.code == 4
    said = re.search(r"write `(moved_from: one)` into `uno`", result.out)
    assert said
    moved = before.replace("  one:", f"  uno:\n    {said[1]}")
    file.write_text(moved)
    (live,) = invoke("list", "--format", "json").document["tasks"][:1]
    assert invoke("apply", "--auto-approve").code == 0
    assert invoke("show", "uno", "--format", "json").document["id"] == live["id"]
    file.write_text(before.replace("  one:", "  eins:"))
    result = invoke("plan")
    assert invoke("apply", "--auto-approve", *flag_in(result.out)).code == 0
    assert invoke("show", "eins", "--format", "json").document["id"] != live["id"]


def unmanage(invoke: Invoke, project: Path) -> str:
    """Leave a task of nobody with the name One, and return its id."""
    declare(project, tasks("One", more=", lifecycle: {on_delete: retain}"))
    invoke("apply", "--auto-approve")
    declare(project, tasks())
    assert invoke("apply", "--auto-approve", "--allow-empty").code == 0
    (live,) = invoke("list", "--unmanaged", "--format", "json").document["tasks"]
    return str(live["id"])


@pytest.mark.parametrize("way", ["id", "flag"])
def test_a_name_that_is_taken(invoke: Invoke, project: Path, way: str) -> None:
    task_id = unmanage(invoke, project)
    declare(project, tasks("One"))
    result = invoke("apply", "--auto-approve")
    assert result.code == 4
    assert "[name_taken]" in result.out
    if way == "id":
        written = re.search(r"write `(id: \S+)`", result.out)
        assert written
        declare(project, tasks("One", more=f", {written[1]}"))
        result = invoke("apply", "--auto-approve")
    else:
        result = invoke("apply", "--auto-approve", *flag_in(result.out))
    assert result.code == 0
    assert result.out.splitlines()[-1].endswith("1 adopted, 0 deleted.")
    assert invoke("show", "one", "--format", "json").document["id"] == task_id
    assert invoke("plan", "--detailed-exitcode").code == 0


def test_an_app_that_drops_the_mark(
    invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first create goes alone and stops the run; `ownership: app` goes on from there."""
    from reconciler import sandbox  # noqa: PLC0415

    create_app = sandbox.create_app
    forgetful = sandbox.Options(keep_metadata=False)
    monkeypatch.setattr(sandbox, "create_app", lambda db: create_app(db, options=forgetful))
    result = invoke("apply", "--auto-approve")
    assert result.code == 3
    assert "did not keep the mark" in result.out
    assert "`ownership: app`" in result.out
    assert invoke("list").out.endswith("1 task listed.\n")
    text = (project / "tasks/t.yaml").read_text()
    declare(project, text, more="ownership: app\n")
    assert invoke("apply", "--auto-approve").code == 0
    assert invoke("plan", "--detailed-exitcode").code == 0
    assert invoke("list").out.endswith("2 tasks listed.\n")
    assert invoke("destroy", "--auto-approve").code == 0
    assert invoke("list").out == "0 tasks listed.\n"


def test_without_stamps_destroy_takes_only_what_is_declared(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    declare(project, tasks("One"), more="ownership: app\n")
    result = invoke("destroy", "--auto-approve")
    assert result.out.splitlines()[-1] == "Apply complete: 0 created, 0 updated, 1 deleted."
    assert invoke("list").out.endswith("1 task listed.\n")


def test_without_stamps_the_rest_of_the_app_is_deleted(invoke: Invoke, project: Path) -> None:
    invoke("apply", "--auto-approve")
    declare(project, tasks("One"), more="ownership: app\n")
    result = invoke("apply", "--auto-approve")
    assert result.code == 4, "of two tasks one is more than 30%"
    assert invoke("apply", "--auto-approve", *flag_in(result.err)).code == 0
    assert invoke("plan", "--detailed-exitcode").code == 0


def test_destroy_heeds_what_the_files_protect_by_name(invoke: Invoke, project: Path) -> None:
    more = "ownership: app\n"
    declare(project, tasks("One", "Two"), more=more)
    assert invoke("apply", "--auto-approve").code == 0
    protected = (
        "tasks:\n  one: {name: One, lifecycle: {prevent_destroy: true}}\n  two: {name: Two}\n"
    )
    declare(project, protected, more=more)
    result = invoke("destroy", "--auto-approve")
    assert "protected by `prevent_destroy`" in result.out
    assert invoke("list").out.endswith("1 task listed.\n")


def test_destroy_heeds_what_is_not_applied_yet(invoke: Invoke, project: Path) -> None:
    declare(project, tasks("One", "Two"))
    invoke("apply", "--auto-approve")
    declare(project, "tasks:\n  one: {name: One, lifecycle: {prevent_destroy: true}}\n")
    invoke("destroy", "--auto-approve")
    assert invoke("list").out.endswith("1 task listed.\n")


def test_destroy_needs_no_files_where_tasks_are_marked(invoke: Invoke, project: Path) -> None:
    declare(project, tasks("One"))
    invoke("apply", "--auto-approve")
    (project / "tasks/t.yaml").write_text("tasks: [")
    assert invoke("destroy", "--auto-approve").code == 0
    assert invoke("list").out == "0 tasks listed.\n"
