"""Where does the time of a plan go? `python -m tests.benchmark.stages DIR` prints JSON.

The steps of `reconciler plan`, one after the other over all tasks, in one process.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.api.channel import Channel
from reconciler.api.client import TasksApi
from reconciler.api.pace import Pace
from reconciler.config import choose_target, make_scope, read_config
from reconciler.live import read_live
from reconciler.manifest.expand import Expanded, expand_entry
from reconciler.manifest.files import find_files, read_file
from reconciler.manifest.frame import Entry, read_frame
from reconciler.manifest.rules import check_rules
from reconciler.manifest.schema import find_violations
from reconciler.manifest.yamltext import read_text
from reconciler.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

READ, EXPAND, SCHEMA, RULES = "read the files", "expand", "check the schema", "check the rules"
LIST, PLAN = "list live tasks", "compare"


def measure(directory: Path) -> dict[str, float]:
    """Return the seconds of each stage of one plan."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds[stage] = time.perf_counter() - start

    config = read_config(directory)
    target, owner = choose_target(config, name="", environ=os.environ)
    scope = make_scope(config, target.name, {})
    # As in a run of the command.
    gc.disable()
    with timed(READ):
        documents = [
            read_text(read_file(path)[0], file=path.name)[0] for path in find_files(directory)
        ]
    with timed(EXPAND):
        entries = [entry for document in documents for entry in read_frame(document)]
        results = [
            result
            for entry in entries
            if isinstance(entry, Entry)
            for result in expand_entry(entry, scope)
        ]
    desired = [result.desired for result in results if isinstance(result, Expanded)]
    with timed(SCHEMA):
        violations = [v for task in desired for v in find_violations("task", task.spec)]
    with timed(RULES):
        violations += [v for task in desired for v in check_rules(task.spec)]
    pace = Pace(target.requests_per_second, clock=time.monotonic, sleep=time.sleep)
    channel = Channel(
        target, pace=pace, clock=time.monotonic, sleep=time.sleep, random=random.random
    )
    with TasksApi(channel) as api, timed(LIST):
        live = read_live(api)
    with timed(PLAN):
        plan = make_plan(desired, live, owner=owner)
    assert (len(violations), plan.unchanged) == (0, len(results))
    return seconds


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))  # noqa: T201
