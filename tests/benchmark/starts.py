"""How long until `--help` is there, beside importing click alone?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmark.processes import PYTHON, RECONCILER, Cost, median_cost, run
from tests.benchmark.table import milliseconds, ratio, render_table

if TYPE_CHECKING:
    from pathlib import Path

_COMMANDS = {
    "python -c 'import click'": [PYTHON, "-c", "import click"],
    "python -c pass": [PYTHON, "-c", "pass"],
    "reconciler --help": [RECONCILER, "--help"],
    "reconciler plan --help": [RECONCILER, "plan", "--help"],
}


def measure_starts(folder: Path, *, repetitions: int) -> str:
    """Return the table of start times."""
    costs: dict[str, list[Cost]] = {name: [] for name in _COMMANDS}
    for _ in range(repetitions):
        for name, command in _COMMANDS.items():
            costs[name].append(run(command, folder=folder))
    medians = {name: median_cost(each) for name, each in costs.items()}
    click = next(iter(medians.values()))
    rows = [("", "wall", "CPU", "beside click")]
    rows += [
        (name, milliseconds(cost.wall), milliseconds(cost.cpu), ratio(cost.wall / click.wall))
        for name, cost in medians.items()
    ]
    return render_table("Start", rows, [f"median of {repetitions}, in turn"])
