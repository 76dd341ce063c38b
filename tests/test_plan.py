"""The plan in each of its cases: a folder holds files, what is live, and the expected plan.

`live.json` lists live tasks. The member `applied` of one stands for the stamp that an apply of
that body would have left: its key is in `key`, the owner in `owner` (acme if left out), its
lifecycle in `lifecycle`, another version in `v`. `options.json`, if there is one, holds what the
command line and the configuration say, and the ids of tasks on which nobody has worked. To write
the expected outputs of new cases, delete them and run the tests once with WRITE_CASES=1.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.actions import Create, Delete, Update
from reconciler.canon import canonical_task
from reconciler.guard import DEFAULT_MAX_DELETES, Allowances, MaxDeletes, check_guards
from reconciler.jsontext import print_json
from reconciler.live import make_live
from reconciler.manifest import Scope, load_desired
from reconciler.model import Desired, Live, Ownership, Place, Stamp, Target
from reconciler.payload import managed_spec
from reconciler.plan import make_plan
from reconciler.render.document import plan_document
from reconciler.render.plan import render_plan
from reconciler.run import Run
from reconciler.schemas import read_schema
from reconciler.stamp import digest_fields, read_lifecycle, write_stamp
from tests.harness import declare

CASES = sorted(path for path in (Path(__file__).parent / "cases/plan").iterdir() if path.is_dir())
TARGET = Target(name="case", url="https://api.clarifai.com", token="secret-token")


def read_case_live(path: Path) -> tuple[Live, ...]:
    return tuple(make_live(stamped(task)) for task in json.loads(path.read_text()))


def stamped(task: dict[str, Any]) -> dict[str, Any]:
    task = {"created_at": "2026-01-01T00:00:00Z", **task}
    if "applied" not in task:
        return task
    lifecycle = read_lifecycle(task.pop("lifecycle", {}))
    applied = Desired("", task.pop("applied"), Place("t"), lifecycle=lifecycle)
    digests = digest_fields(canonical_task(managed_spec(applied)))
    nonce = task.pop("nonce", f"nonce of {task['id']}")
    stamp = Stamp(task.pop("owner", "acme"), task.pop("key"), nonce, digests, lifecycle)
    written = {**write_stamp(stamp), "v": task.pop("v", 1)}
    return {**task, "metadata": {**task.get("metadata", {}), "reconciler": written}}


@dataclass(frozen=True)
class Given:
    """What the command line and the configuration of a case say."""

    ownership: Ownership
    allowances: Allowances
    max_deletes: MaxDeletes
    untouched: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> Given:
        given: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        limit = given.pop("max_deletes", None)
        sets: dict[str, Any] = {
            name: frozenset(given.pop(name, ())) for name in ("destroy", "recreate")
        }
        return cls(
            ownership=Ownership(given.pop("ownership", "stamp")),
            untouched=frozenset(given.pop("untouched", ())),
            max_deletes=DEFAULT_MAX_DELETES if limit is None else MaxDeletes(limit, source="t"),
            allowances=Allowances(**sets, **given),
        )


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    given = Given.read(case / "options.json")
    live = read_case_live(case / "live.json")
    desired = load_desired(Path("tasks"), Scope()).desired
    plans = [
        make_plan(
            each_desired,
            each_live,
            owner="acme",
            ownership=given.ownership,
            allowances=given.allowances,
            untouched=given.untouched,
        )
        for each_desired, each_live in ((desired, live), (desired[::-1], live[::-1]))
    ]
    plan = plans[0]
    assert plan == plans[1], "the order in which things arrive doesn't matter"
    refusals = check_guards(
        plan,
        desired=len(desired),
        max_deletes=given.max_deletes,
        allowances=given.allowances,
        ownership=given.ownership,
    )
    run = Run(target=TARGET, owner="acme", plan=plan, refusals=refusals)
    text = render_plan(run, plan, colour=False, width=100) + "\n"
    text += "".join(f"Refused: {refusal.sentence}\n" for refusal in refusals)
    document: Any = plan_document(run)
    Draft202012Validator(json.loads(read_schema("plan"))).validate(document)
    del document["tool"]["version"]
    compare(case / "expected.txt", text)
    compare(case / "expected.json", print_json(document) + "\n")
    assert "secret-token" not in text + print_json(document)


def compare(path: Path, actual: str) -> None:
    if os.environ.get("WRITE_CASES") and not path.exists():
        path.write_text(actual)
    assert actual == path.read_text()


def test_actions_come_in_the_order_in_which_they_are_safe() -> None:
    live = [
        make_live(stamped({"id": f"id {key}", "key": key, "name": key, "applied": {"name": key}}))
        for key in "dcba"
    ]
    desired = declare({key: {"name": key.upper()} for key in "cbxy"})
    plan = make_plan(desired, live, owner="acme")
    order = [(type(action), action.key) for action in plan.actions]
    assert order == [
        (Create, "x"),
        (Create, "y"),
        (Update, "b"),
        (Update, "c"),
        (Delete, "a"),
        (Delete, "d"),
    ]
