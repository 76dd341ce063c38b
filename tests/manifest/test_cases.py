"""What files stand for, and what is wrong with them: a folder of `tests/cases/files` a behaviour.

`tasks/` holds the files, `variables.json` (if there) the target's variables, `expected.json` either
the tasks or the problems. To write the expected outcome of a new case, run the tests once with
WRITE_CASES=1, and read it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ProblemsFoundError
from reconciler.jsontext import print_json
from reconciler.manifest import load_desired

CASES = sorted((Path(__file__).parents[1] / "cases/files").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    given = case / "variables.json"
    variables: Any = json.loads(given.read_text()) if given.exists() else {}
    actual = print_json(outcome(variables)) + "\n"
    expected = case / "expected.json"
    if os.environ.get("WRITE_CASES") and not expected.exists():
        expected.write_text(actual)
    assert actual == expected.read_text()


def outcome(variables: Any) -> Any:
    try:
        desired = load_desired(Path("tasks"), variables)
    except ProblemsFoundError as error:
        return {
            "problems": [
                {
                    "place": str(p.place),
                    "code": p.code,
                    "sentence": p.sentence,
                    "hint": p.hint,
                    "for_each": p.for_each,
                }
                for p in error.problems
            ]
        }
    return {"tasks": [{"place": str(d.place), "key": d.key, "spec": d.spec} for d in desired]}
