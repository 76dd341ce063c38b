"""What does it cost to check the files, beside check-jsonschema on the very same ones?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.benchmark.others import Missing, Tool
from tests.benchmark.processes import RECONCILER, ROOT, Cost, median_cost, run
from tests.benchmark.table import COST, cost_row, ratio_row, render_table
from tests.benchmark.tasks import Folder, write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA: Final = str(ROOT / "schemas" / "tasks.schema.json")
_CHEAP: Final = 1000
"""Up to so many tasks check-jsonschema is repeated as often as ours."""
_PARSER: Final = "import ruamel.yaml as r; print(r.YAML(typ='safe').Parser.__name__)"
_PARSERS: Final = {
    "Parser": "its YAML parser is in Python; with ruamel.yaml.clib installed it is in C",
    "CParser": "its YAML parser is in C: ruamel.yaml.clib is installed",
}
_SCHEMA_ONLY: Final = "check-jsonschema knows the schema only, which can't tell a stranger's weight"


def measure_validate(
    folder: Path, count: int, *, tool: Tool | Missing, repetitions: int
) -> Iterator[str]:
    """Yield the tables for *count* tasks: all valid, one in a hundred wrong."""
    for wrong in (0, max(1, count // 100)):
        work = folder / f"validate-{count}-{wrong}"
        # Nothing is sent, so any URL will do.
        tasks = write_folder(work / "tasks", count, url="http://localhost", app="a", wrong=wrong)
        yield _compare(tasks, wrong=wrong, tool=tool, repetitions=repetitions)


def _compare(tasks: Folder, *, wrong: int, tool: Tool | Missing, repetitions: int) -> str:
    folder, code = tasks.path.parent, 1 if wrong else 0
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for repetition in range(repetitions):
        command = [RECONCILER, "validate", "--format", "json", str(tasks.path)]
        ours.append(run(command, folder=folder, code=code))
        if isinstance(tool, Tool) and (repetition == 0 or tasks.count <= _CHEAP):
            command = [*tool.command, "--output-format", "json", "--schemafile", _SCHEMA]
            files = map(str, tasks.files)
            theirs.append(run([*command, *files], folder=folder, code=code))
    mine = median_cost(ours)
    found = json.loads(mine.output)["summary"]
    assert (found["tasks"], found["errors"]) == (tasks.count, wrong), found
    rows = [(*COST, "errors"), (*cost_row("reconciler validate", mine), str(wrong))]
    match tool:
        case Tool(name):
            other = median_cost(theirs)
            # The schema can't tell a stranger among the weights, which is every third mistake.
            errors = len(json.loads(other.output)["errors"])
            assert errors == wrong - wrong // 3, other.output
            rows.append((*cost_row(name, other), str(errors)))
            rows.append((*ratio_row("ratio", other, ours=mine), ""))
            parser = run([tool.command[0], "-c", _PARSER], folder=folder).output.strip()
            notes = [f"median of {len(ours)} and of {len(theirs)}", _SCHEMA_ONLY, _PARSERS[parser]]
        case Missing(reason):
            notes = [f"median of {len(ours)}", reason]
    what = f"{wrong:,} wrong" if wrong else "all valid"
    title = f"Validate {tasks.count:,} tasks in {len(tasks.files)} files, {what}"
    return render_table(title, rows, notes)
