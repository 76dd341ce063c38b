"""What would a plan cost if the usual libraries were simply put together?

`python -m tests.benchmark.naive DIR URL APP`: PyYAML's SafeLoader, jsonschema on every task,
the listing over httpx, DeepDiff on every pair. It has neither marks of ownership nor a form in
which two spellings of a task are equal, so the server has to answer in the spelling of the files.
"""

from __future__ import annotations

import json
import sys
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import yaml
from deepdiff import DeepDiff
from jsonschema import Draft202012Validator

from tests.benchmark.processes import ROOT
from tests.benchmark.tasks import TOKEN, USER

_PER_PAGE = 1000


def read_tasks(directory: Path) -> dict[str, Any]:
    """Return every task of a folder by key."""
    tasks: dict[str, Any] = {}
    for path in sorted(directory.glob("file-*.yaml")):
        # SafeLoader is what `yaml.safe_load` uses: the parser that is written in Python.
        tasks |= yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)["tasks"]
    return tasks


def count_errors(tasks: dict[str, Any]) -> int:
    """Return how many errors jsonschema finds."""
    schema = (ROOT / "schemas" / "task.schema.json").read_text(encoding="utf-8")
    validator = Draft202012Validator(json.loads(schema))
    return sum(1 for task in tasks.values() for _ in validator.iter_errors(task))


def list_tasks(url: str, app: str) -> tuple[dict[str, Any], int]:
    """Return the live tasks by name, and the number of requests."""
    live: dict[str, Any] = {}
    path = f"{url}/v2/users/{USER}/apps/{app}/tasks"
    with httpx.Client(headers={"Authorization": f"Key {TOKEN}"}, trust_env=False) as client:
        for page in count(1):
            response = client.get(path, params={"page": page, "per_page": _PER_PAGE}, timeout=60)
            tasks = response.raise_for_status().json().get("tasks", [])
            if not tasks:
                return live, page
            live |= {task["name"]: task for task in tasks}
    raise AssertionError


def count_differing(tasks: dict[str, Any], live: dict[str, Any]) -> int:
    """Return how many tasks are not live as the files declare them."""
    differing = 0
    for task in tasks.values():
        found = live.get(task["name"], {})
        have = {name: value for name, value in found.items() if name in task}
        differing += bool(DeepDiff(have, task, ignore_order=True, ignore_numeric_type_changes=True))
    return differing


def main(directory: str, url: str, app: str) -> None:
    """Plan once and print the counts as JSON."""
    tasks = read_tasks(Path(directory))
    errors = count_errors(tasks)
    live, requests = list_tasks(url, app)
    differing = count_differing(tasks, live)
    print(json.dumps({"errors": errors, "requests": requests, "differing": differing}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
