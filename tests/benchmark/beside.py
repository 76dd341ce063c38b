"""What does a plan cost beside that of octoDNS, which plans DNS records from YAML?

octoDNS runs as `octodns-sync` does without `--doit`. Its records are one zone, as our tasks are
one set: in as many files as the tasks, which is our shape, and in one, which is its usual one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.benchmark.others import Missing, Tool
from tests.benchmark.processes import RECONCILER, Cost, median_cost, run
from tests.benchmark.table import COST, cost_row, megabytes, ratio_row, render_table
from tests.benchmark.tasks import FILES, Folder, write_folder
from tests.benchmark.zones import LIVE, ZONE, Zone, write_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_COLD: Final = "reconciler plan, cold"
_AGAIN: Final = "reconciler plan, again"
_SHAPES: Final = {f"zone in {FILES} files": FILES, "zone in one file": 1}
_NOTES: Final = (
    "cold: in a new folder; again: once more in the same",
    "one zone, as the tasks are one set; its records are of the plainest types, with two values",
    "what is live: ours is listed over HTTP, octoDNS's is read from a JSON file",
)


def measure_beside(
    folder: Path, count: int, *, url: str, tool: Tool | Missing, repetitions: int
) -> Iterator[str]:
    """Yield the tables for *count* tasks and records: all equal, one in a hundred changed."""
    app = f"beside-{count}"
    live = write_folder(folder / app / "tasks", count, url=url, app=app)
    run([RECONCILER, "apply", "--auto-approve", str(live.path)], folder=folder / app)
    for changed in (0, max(1, count // 100)):
        work = folder / f"{app}-{changed}"
        folders = [
            write_folder(work / str(number) / "tasks", count, url=url, app=app, changed=changed)
            for number in range(repetitions)
        ]
        zones = {
            shape: write_zone(work / f"zone-{files}", count, files=files, changed=changed)
            for shape, files in _SHAPES.items()
        }
        yield _compare(folders, zones, changed=changed, tool=tool)


def _compare(
    folders: Sequence[Folder], zones: Mapping[str, Zone], *, changed: int, tool: Tool | Missing
) -> str:
    ours: dict[str, list[Cost]] = {_COLD: [], _AGAIN: []}
    theirs: dict[str, list[Cost]] = {shape: [] for shape in zones}
    for tasks in folders:
        for costs in ours.values():
            costs.append(_plan_tasks(tasks, changed=changed))
        for shape, zone in zones.items():
            if isinstance(tool, Tool):
                theirs[shape].append(_plan_zone(zone, changed=changed, tool=tool))
    mine = {name: median_cost(costs) for name, costs in ours.items()}
    size = megabytes(folders[0].size)
    rows = [(*COST, "YAML"), *((*cost_row(name, cost), size) for name, cost in mine.items())]
    notes = [f"median of {len(folders)}, in turn", *_NOTES]
    match tool:
        case Tool(name):
            others = {shape: median_cost(costs) for shape, costs in theirs.items()}
            for shape, cost in others.items():
                rows.append((*cost_row(f"{name}, {shape}", cost), megabytes(zones[shape].size)))
            for shape, cost in others.items():
                rows.append((*ratio_row(f"{shape} / cold", cost, ours=mine[_COLD]), ""))
        case Missing(reason):
            notes.append(reason)
    count = f"{folders[0].count:,}"
    what = f"{changed:,} changed" if changed else "nothing changed"
    title = f"Plan of {count} tasks beside octoDNS's of {count} records, {what}"
    return render_table(title, rows, notes)


def _plan_tasks(tasks: Folder, *, changed: int) -> Cost:
    command = [RECONCILER, "plan", "--format", "json", str(tasks.path)]
    cost = run(command, folder=tasks.path.parent)
    summary = json.loads(cost.output)["summary"]
    assert summary["update"] == changed, summary
    return cost


def _plan_zone(zone: Zone, *, changed: int, tool: Tool) -> Cost:
    command = [*tool.command, "--quiet", "--config-file", str(zone.config)]
    cost = run(command, folder=zone.path)
    plan = json.loads(cost.output).get(LIVE, {ZONE: {"changes": []}})
    found = [change["type"] for change in plan[ZONE]["changes"]]
    assert found == ["update"] * changed, found
    return cost
