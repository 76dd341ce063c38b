"""What does it cost to create tasks, beside one request a task?"""

from __future__ import annotations

import json
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmark.processes import PYTHON, RECONCILER, run
from tests.benchmark.table import ratio, render_table, seconds
from tests.benchmark.tasks import write_folder

if TYPE_CHECKING:
    from pathlib import Path

_PACE = 15
_PART = 45


def measure_apply(folder: Path, count: int, *, url: str, repetitions: int) -> str:
    """Return the table for *count* creates on an empty app at the default pace."""
    walls: list[float] = []
    requests = 0
    for repetition in range(repetitions):
        app = f"apply-{count}-{repetition}"
        tasks = write_folder(folder / app, count, url=url, app=app)
        report = folder / "report.json"
        command = [RECONCILER, "apply", "--auto-approve", "--json-file", str(report)]
        walls.append(run([*command, str(tasks.path)], folder=folder).wall)
        document = json.loads(report.read_text(encoding="utf-8"))
        assert document["summary"]["created"] == count, document["summary"]
        requests = document["requests"]["count"]
    ours = median(walls)
    rows = [("", "wall", "requests", "of ours")]
    rows.append(("reconciler apply", seconds(ours), f"{requests:,}", ratio(1.0)))
    floor = count / _PACE
    rows.append(("one request a task, at best", seconds(floor), f"{count:,}", ratio(floor / ours)))
    notes = [f"median of {repetitions}; at best is {count:,} / {_PACE} a second"]
    if find_spec("clarifai_grpc"):
        official = _measure_official(folder, url=url) * count / _PART
        rows.append(
            (
                "clarifai-grpc, a task a call",
                seconds(official),
                f"{count:,}",
                ratio(official / ours),
            )
        )
        notes.append(f"clarifai-grpc: measured on {_PART} tasks, extrapolated to {count:,}")
    else:
        notes.append("clarifai-grpc isn't installed: no figure for the official client")
    return render_table(f"Apply of {count:,} creates, {_PACE} requests a second", rows, notes)


def _measure_official(folder: Path, *, url: str) -> float:
    module = "tests.benchmark.official"
    command = [PYTHON, "-m", module, url, "official", str(_PART), str(_PACE)]
    return float(run(command, folder=folder).output)
