"""What files stand for, and what is wrong with them: a folder of `tests/cases/files` a behaviour.

`tasks/` holds the files. Where it has no `reconciler.yaml`, `variables.json` (if there) gives the
variables of the only target. `expected.json` holds the tasks unless there is an error,
`expected.txt` the problems as people read them. To write the expected outcome of a new case, run
the tests once with WRITE_CASES=1, and read it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.codes import read_pages
from reconciler.jsontext import print_json
from reconciler.manifest import Scope, read_manifest
from reconciler.manifest.ledger import Ledger
from reconciler.render.problems import render_problems
from reconciler.workflow import check_files

if TYPE_CHECKING:
    from reconciler.manifest import Manifest
    from reconciler.model import Desired

CASES = sorted((Path(__file__).parents[1] / "cases/files").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    manifest = read_case(case)
    assert {problem.code for problem in manifest.problems} <= read_pages().keys()
    tasks = "" if manifest.has_errors else print_json(list(map(shown, manifest.desired))) + "\n"
    compare(case / "expected.json", tasks)
    problems = render_problems(manifest.problems)
    compare(case / "expected.txt", problems + "\n" if problems else "")
    assert manifest.has_errors == case.name.startswith("bad-")


def read_case(case: Path) -> Manifest:
    if (case / "tasks/reconciler.yaml").exists():
        return check_files(Path("tasks"), target="", given={})
    given = case / "variables.json"
    variables: Any = json.loads(given.read_text()) if given.exists() else {}
    return read_manifest(Path("tasks"), (Scope(variables),), Ledger())


def shown(task: Desired) -> Any:
    life = task.lifecycle
    settings = {
        "id": task.id,
        "moved_from": task.moved_from,
        "prevent_destroy": life.prevent_destroy,
        "on_delete": "" if life.on_delete == "delete" else str(life.on_delete),
        "ignore_changes": sorted(life.ignore_changes),
    }
    declared = {name: value for name, value in settings.items() if value}
    return {"place": str(task.place), "key": task.key, "spec": task.spec, **declared}


def compare(path: Path, actual: str) -> None:
    if os.environ.get("WRITE_CASES") and actual:
        path.write_text(actual)
    expected = path.read_text() if path.exists() else ""
    assert actual == expected
