"""What does it cost to create tasks, beside one request a task?"""

from __future__ import annotations

import json
from importlib.util import find_spec
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmark.processes import PYTHON, RECONCILER, run, serve_sandbox
from tests.benchmark.table import ratio, render_table, seconds
from tests.benchmark.tasks import write_folder

if TYPE_CHECKING:
    from pathlib import Path

_PACE = 15
_PART = 45
_BATCH = 128


def measure_apply(folder: Path, count: int, *, latency: float, repetitions: int) -> str:
    """Return the table for *count* creates on an empty app, answered *latency* seconds later.

    All keep to the API's pace; the server doesn't watch it.
    """
    name = f"apply-{latency}"
    with serve_sandbox(folder, "--latency", str(latency), name=name) as url:
        walls: list[float] = []
        for repetition in range(repetitions):
            app = f"{name}-{repetition}"
            tasks = write_folder(folder / app, count, url=url, app=app)
            report = folder / "report.json"
            command = [RECONCILER, "apply", "--auto-approve", "--json-file", str(report)]
            walls.append(run([*command, str(tasks.path)], folder=folder).wall)
            document = json.loads(report.read_text(encoding="utf-8"))
            assert document["summary"]["created"] == count, document["summary"]
        has_official = find_spec("clarifai_grpc") is not None
        official = _measure_official(folder, url=url) * count / _PART if has_official else 0.0
    ours, requests = median(walls), document["requests"]["count"]
    batches = ceil(count / _BATCH)
    floor = batches / _PACE + latency
    rows = [
        ("", "wall", "requests", "of ours"),
        ("reconciler apply, whole", seconds(ours), f"{requests:,}", ratio(1.0)),
        ("the floor", seconds(floor), f"{batches + 1:,}", ratio(floor / ours)),
        (
            "a task a call, at best",
            seconds(count / _PACE),
            f"{count:,}",
            ratio(count / _PACE / ours),
        ),
    ]
    note = f"median of {repetitions}; at best is {count:,} / {_PACE} a second"
    notes = [f"{note}; the floor is {batches + 1} requests at that pace, and one latency"]
    if has_official:
        row = ("clarifai-grpc, a task a call", seconds(official), f"{count:,}")
        rows.append((*row, ratio(official / ours)))
        notes.append(f"clarifai-grpc: measured on {_PART} tasks, extrapolated to {count:,}")
    else:
        notes.append("clarifai-grpc isn't installed: no figure for the official client")
    title = (
        f"Apply of {count:,} creates, {_PACE} requests a second, {latency * 1000:.0f} ms latency"
    )
    return render_table(title, rows, notes)


def _measure_official(folder: Path, *, url: str) -> float:
    module = "tests.benchmark.official"
    command = [PYTHON, "-m", module, url, "official", str(_PART), str(_PACE)]
    return float(run(command, folder=folder).output)
