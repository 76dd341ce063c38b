"""What does a plan cost, ours beside the naive one, and where does its time go?"""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmark.processes import PYTHON, RECONCILER, Cost, median_cost, run
from tests.benchmark.table import COST, cost_row, milliseconds, ratio, ratio_row, render_table
from tests.benchmark.tasks import Folder, write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHEAP = 1000
"""Up to so many tasks the naive plan is repeated as often as ours."""


def measure_plans(
    folder: Path, count: int, *, url: str, repetitions: int, naive: bool
) -> Iterator[str]:
    """Yield the tables for *count* tasks: all equal, one in a hundred changed, the stages."""
    app = f"plan-{count}"
    equal = write_folder(folder / app, count, url=url, app=app)
    apply = [RECONCILER, "apply", "--auto-approve", str(equal.path)]
    run(apply, folder=folder)
    yield _compare(equal, url=url, app=app, changed=0, repetitions=repetitions, naive=naive)
    some = count // 100
    edited = write_folder(folder / f"{app}-edited", count, url=url, app=app, changed=some)
    yield _compare(edited, url=url, app=app, changed=some, repetitions=repetitions, naive=naive)
    yield _show_stages(equal, repetitions=repetitions)


def _compare(
    tasks: Folder, *, url: str, app: str, changed: int, repetitions: int, naive: bool
) -> str:
    folder, document = tasks.path.parent, tasks.path.parent / "plan.json"
    ours_command = [RECONCILER, "plan", "--json-file", str(document), str(tasks.path)]
    naive_command = [PYTHON, "-m", "tests.benchmark.naive", str(tasks.path), url, app]
    ours: list[Cost] = []
    others: list[Cost] = []
    for repetition in range(repetitions):
        ours.append(run(ours_command, folder=folder))
        if naive and (repetition == 0 or tasks.count <= _CHEAP):
            others.append(run(naive_command, folder=folder))
    plan = json.loads(document.read_text(encoding="utf-8"))
    assert plan["summary"]["update"] == changed, plan["summary"]
    mine = median_cost(ours)
    rows: list[tuple[str, ...]] = [(*COST, "requests")]
    rows.append((*cost_row("reconciler plan", mine), str(plan["requests"]["count"])))
    if others:
        other = median_cost(others)
        found = json.loads(other.output)
        assert (found["errors"], found["differing"]) == (0, changed), found
        row = cost_row("SafeLoader, jsonschema, DeepDiff", other)
        rows.append((*row, str(found["requests"])))
        rows.append((*ratio_row("ratio", other, ours=mine), ""))
    what = f"{changed:,} changed" if changed else "nothing changed"
    size = f"{len(tasks.files)} files, {tasks.size / tasks.count:.0f} bytes a task"
    note = f"median of {len(ours)}" + (f" and of {len(others)}" if others else "")
    return render_table(f"Plan of {tasks.count:,} tasks ({size}), {what}", rows, [note])


def _show_stages(tasks: Folder, *, repetitions: int) -> str:
    command = [PYTHON, "-m", "tests.benchmark.stages", str(tasks.path)]
    runs = [json.loads(run(command, folder=tasks.path.parent).output) for _ in range(repetitions)]
    stages = {stage: median(times[stage] for times in runs) for stage in runs[0]}
    read = stages[next(iter(stages))]
    rows = [("", "wall", "of reading the files")]
    rows += [(name, milliseconds(time), ratio(time / read)) for name, time in stages.items()]
    rest = sum(stages.values()) - read
    rows.append(("all but reading", milliseconds(rest), ratio(rest / read)))
    title = f"Stages of the plan of {tasks.count:,} tasks, in one process"
    return render_table(title, rows, [f"median of {repetitions}; listing waits for the server"])
