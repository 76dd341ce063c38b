"""Exit code, text and documents agree, whatever the command, its end and the format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from jsonschema import Draft202012Validator

from reconciler.api.client import TasksApi
from reconciler.schemas import read_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Invoke, Result

PLAN, DETAILED = ("plan",), ("plan", "--detailed-exitcode")
APPLY, DESTROY = ("apply", "--auto-approve"), ("destroy", "--auto-approve")
SAVED = (*APPLY, "--plan", "p.plan")
# The API takes no metadata that nests as deep as a file may.
BAD = "{name: Bad, metadata: " + "{a: " * 70 + "1" + "}" * 71


class Story:
    """A project, and what happens in it before the command."""

    def __init__(self, invoke: Invoke, project: Path, patch: pytest.MonkeyPatch) -> None:
        self.invoke, self.project, self.patch = invoke, project, patch

    def write(self, *tasks: str) -> None:
        lines = "".join(f"  {task}\n" for task in tasks) or "  {}\n"
        (self.project / "tasks/t.yaml").write_text(f"tasks:\n{lines}")

    def apply(self) -> None:
        assert self.invoke(*APPLY).code == 0

    def save(self) -> None:
        assert self.invoke("plan", "--out", "p.plan").code in (0, 1, 4)

    def complete(self) -> None:
        self.apply()
        self.write("one: {name: One, sample_ms: 7}", "three: {name: Three, sample_ms: 1}")
        self.save()

    def nothing(self) -> None:
        self.apply()
        self.save()

    def nothing_owned(self) -> None:
        self.write()

    def partial(self) -> None:
        self.write("a: {name: A}", f"bad: {BAD}")
        self.save()

    def failed(self) -> None:
        self.write(f"bad: {BAD}")
        self.save()

    def refused(self) -> None:
        self.apply()
        self.write()

    def stale(self) -> None:
        self.complete()
        self.write("one: {name: One, sample_ms: 8}")

    def blocked(self) -> None:
        """Let the only task that is declared have the name of one of nobody."""
        self.write("one: {name: One, lifecycle: {on_delete: retain}}")
        self.apply()
        self.write()
        assert self.invoke(*APPLY, "--allow-empty").code == 0
        self.write("one: {name: One}")
        self.save()

    def protected(self) -> None:
        self.write("one: {name: One, lifecycle: {prevent_destroy: true}}")
        self.apply()

    def interrupted_writing(self) -> None:
        self.save()
        for name in ("create_tasks", "delete_tasks"):
            self.patch.setattr(TasksApi, name, _interrupt)

    def interrupted_deleting(self) -> None:
        self.apply()
        self.interrupted_writing()

    def interrupted_reading(self) -> None:
        self.save()
        self.patch.setattr(TasksApi, "list_tasks", _interrupt)

    def wrong_files(self) -> None:
        self.save()
        (self.project / "tasks/t.yaml").write_text("tasks: {a: {}}")

    def no_api(self) -> None:
        self.patch.setenv("CLARIFAI_PAT", "any")
        self.patch.setattr("time.sleep", lambda _: None)
        config = "owner: acme\ntargets: {sandbox: {url: 'http://127.0.0.1:9'}}\n"
        (self.project / "tasks/reconciler.yaml").write_text(config)


def _interrupt(*_: object, **__: object) -> NoReturn:
    raise KeyboardInterrupt


Case = tuple["tuple[str, ...]", "Callable[[Story], None]", int, str]
CASES: list[Case] = [
    (PLAN, Story.complete, 0, ""),
    (DETAILED, Story.complete, 2, ""),
    (APPLY, Story.complete, 0, "complete"),
    (SAVED, Story.complete, 0, "complete"),
    (DESTROY, Story.complete, 0, "complete"),
    (PLAN, Story.nothing, 0, ""),
    (DETAILED, Story.nothing, 0, ""),
    (APPLY, Story.nothing, 0, "complete"),
    (SAVED, Story.nothing, 0, "complete"),
    (DESTROY, Story.nothing_owned, 0, "complete"),
    (DETAILED, Story.partial, 2, ""),
    (APPLY, Story.partial, 3, "incomplete"),
    (SAVED, Story.partial, 3, "incomplete"),
    (APPLY, Story.failed, 1, "failed"),
    (SAVED, Story.failed, 1, "failed"),
    (PLAN, Story.refused, 4, ""),
    (DETAILED, Story.refused, 4, ""),
    (APPLY, Story.refused, 4, "refused"),
    (("apply",), Story.complete, 4, "refused"),
    (("destroy",), Story.complete, 4, "refused"),
    (SAVED, Story.stale, 5, "stale"),
    (PLAN, Story.blocked, 0, ""),
    (DETAILED, Story.blocked, 2, ""),
    (APPLY, Story.blocked, 4, "incomplete"),
    (DESTROY, Story.protected, 4, "incomplete"),
    (PLAN, Story.interrupted_reading, 130, ""),
    (DETAILED, Story.interrupted_reading, 130, ""),
    (APPLY, Story.interrupted_reading, 130, "interrupted"),
    (SAVED, Story.interrupted_reading, 130, "interrupted"),
    (DESTROY, Story.interrupted_reading, 130, "interrupted"),
    (APPLY, Story.interrupted_writing, 130, "interrupted"),
    (SAVED, Story.interrupted_writing, 130, "interrupted"),
    (DESTROY, Story.interrupted_deleting, 130, "interrupted"),
    (PLAN, Story.wrong_files, 1, ""),
    (DETAILED, Story.wrong_files, 1, ""),
    (APPLY, Story.wrong_files, 1, "failed"),
    (SAVED, Story.wrong_files, 1, "failed"),
    (PLAN, Story.no_api, 1, ""),
    (DETAILED, Story.no_api, 1, ""),
    (APPLY, Story.no_api, 1, "failed"),
    (DESTROY, Story.no_api, 1, "failed"),
]


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(
    ("command", "story", "code", "outcome"),
    CASES,
    ids=[f"{' '.join(c)} {s.__name__} {o}" for c, s, _, o in CASES],
)
def test_all_that_a_command_says_agrees(
    invoke: Invoke,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    command: tuple[str, ...],
    story: Callable[[Story], None],
    code: int,
    outcome: str,
    output: str,
) -> None:
    story(Story(invoke, project, monkeypatch))
    result = invoke(*command, "--format", output, "--json-file", "document.json")
    document = json.loads((project / "document.json").read_text())
    schema = json.loads(read_schema("plan" if command[0] == "plan" else "report"))
    Draft202012Validator(schema).validate(document)
    assert result.code == code
    assert document.get("outcome", "") == outcome
    if output == "json":
        assert result.document == document
    else:
        _check_text(result, document)
    _check_document(document, code)


def _check_text(result: Result, document: Any) -> None:
    """Check that the text says no more and no less than the document."""
    done = "Apply complete: " in result.out or "Destroy complete: " in result.out
    unchanged = result.out.startswith("No changes.") or "Nothing to destroy" in result.out
    results = document.get("results", [])
    if "outcome" in document:
        claims = done or (unchanged and not results)
        assert claims == (document["outcome"] == "complete"), result.out
    for entry in results:
        if entry["outcome"] == "done":
            assert entry["id"] in result.out
        if entry["error"]:
            assert entry["error"]["description"] in result.out + result.err
    assert bool(document["refusals"]) == ("Refused: " in result.err or "Stale: " in result.err)
    if document["error"] is not None:
        assert document["error"]["sentence"].lower() in result.err.lower()
    if result.code == 130:
        assert "nterrupted" in result.err + result.out


def _check_document(document: Any, code: int) -> None:
    """Check that the document alone tells the exit code, but for what plans leave pending."""
    if "outcome" not in document:
        wrong = bool(document["problems"] or document["error"])
        assert wrong == (code in (1, 130))
        assert (code == 130) == ((document["error"] or {}).get("code") == "interrupted")
        assert (code == 4) == bool(document["refusals"])
        return
    ends = [entry["outcome"] for entry in document["results"]]
    expected = {
        "complete": 0,
        "incomplete": 3 if ends else 4,
        "refused": 4,
        "stale": 5,
        "failed": 1,
        "interrupted": 130,
    }
    assert expected[document["outcome"]] == code
    summary = document["summary"]
    done = sum(summary[v] for v in ("created", "updated", "adopted", "released", "deleted"))
    assert done == ends.count("done")
    for end in ("failed", "not_attempted", "unknown"):
        assert summary[end] == ends.count(end)
