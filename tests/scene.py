"""One apply that creates, updates and deletes, in several requests each, amid tasks of others."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from tests.harness import declare
from tests.world import (
    CALM,
    Trouble,
    World,
    doubles_of,
    end_state,
    find_lies,
    find_losses,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.sandbox import Options
    from tests.world import Trial

Tasks = dict[str, dict[str, Any]]

BATCH = 2
OLD: Tasks = {key: {"name": f"Task {key}"} for key in "abcdef"}
NEW: Tasks = {
    **{key: {**OLD[key], "sample_ms": 5} for key in "abc"},
    "g": {"name": "Task g", "metadata": {"team": "red"}},
    "h": {"name": "Task h", "status": {"code": "TASK_DONE"}},
    "i": {"name": "Task i", "worker": {"strategy": "FULL", "user_ids": ["ana"]}},
}
DESIRED = declare(NEW)


class Scene:
    """A world before the apply, to be had again and again, and the end that it is to come to."""

    def __init__(self, folder: Path, options: Options) -> None:
        self._folder, self.options = folder, options
        folder.mkdir(parents=True, exist_ok=True)
        self._fresh = folder / "fresh.db"
        with self._open(self._fresh) as world:
            world.run(declare(OLD), CALM)
            for name in ("Theirs", "Task x"):
                world.post({"name": name})
            theirs = {"v": 1, "owner": "other", "key": "a", "nonce": "n"}
            world.post({"name": "Another's", "metadata": {"reconciler": theirs}})
        with self.world() as world:
            trial = world.run(DESIRED, CALM, batch_size=BATCH)
            self.requests = world.tried["requests"]
        self.tried: Counter[str] = Counter()
        assert trial.complete or options.list_delay
        self.end = end_state(trial.after.values())

    @contextmanager
    def world(self) -> Iterator[World]:
        """Open a world as it was before the apply, in which everything is listed."""
        db = self._folder / "db"
        with closing(sqlite3.connect(self._fresh)) as old, closing(sqlite3.connect(db)) as new:
            old.backup(new)
        with self._open(db) as world:
            yield world
        for file in self._folder.glob("db*"):
            file.unlink()

    @contextmanager
    def _open(self, db: Path) -> Iterator[World]:
        world = World(db, self.options)
        try:
            yield world
        finally:
            world.close()

    def survives(self, trouble: Trouble) -> str:
        """Apply amid *trouble* and again in calm; return what is wrong with either, or nothing."""
        with self.world() as world:
            first = world.run(DESIRED, trouble, batch_size=BATCH)
            wrong = [*find_lies(first, DESIRED), *find_losses(first, DESIRED)]
            if doubles_of(first.after) and not self.options.list_delay:
                wrong.append(f"doubled: {doubles_of(first.after)}")
            world.clock.sleep(self.options.list_delay + 1)
            trials = [first, world.run(DESIRED, CALM, batch_size=BATCH)]
            if not trials[-1].complete:
                # A listing that lags may have hidden one; what hid is seen by the next run.
                assert self.options.list_delay
                world.clock.sleep(self.options.list_delay + 1)
                trials.append(world.run(DESIRED, CALM, batch_size=BATCH))
            last = trials[-1]
            wrong += [*find_lies(last, DESIRED), *find_losses(last, DESIRED)]
            if end_state(last.after.values()) != self.end:
                wrong.append("the end is not that of a run to which nothing happened")
            if world.plan_calmly(DESIRED).actions:
                wrong.append("something is left to do")
            wrong += _touched(trials)
            self.tried.update(world.tried)
        return "; ".join(wrong)


def _touched(trials: list[Trial]) -> Iterator[str]:
    theirs = [
        {i: task for i, task in tasks.items() if not key_of(task)}
        for tasks in (trials[0].before, trials[-1].after)
    ]
    if theirs[0] != theirs[1]:
        yield "what isn't ours was touched"
