"""Real processes that are killed, or run at the same time: the end is the same."""

from __future__ import annotations

import threading
from itertools import product
from typing import TYPE_CHECKING

import pytest

from reconciler.model import ABSENT
from reconciler.report import Failed
from reconciler.sandbox import Options
from tests.harness import declare
from tests.processes import serving_at_gate, start_apply, write_project
from tests.scene import BATCH, DESIRED, NEW, Scene, Tasks
from tests.world import (
    CALM,
    Trouble,
    doubles_of,
    end_state,
    key_of,
)

if TYPE_CHECKING:
    from pathlib import Path


def kill_and_run_again(scene: Scene, number: int, *, after: bool) -> str:
    """Kill an apply upon a request, run another; return what is wrong, or nothing."""
    with scene.world() as world:
        with serving_at_gate(world.db, world.options, kill_at=number, after=after) as gate:
            write_project(world.db.parent, gate.url)
            with start_apply(world.db.parent) as client:
                gate.watch(client)
                client.communicate(timeout=60)
            assert client.returncode == -9, f"it was to be killed, and ended {client.returncode}"
        killed = world.tasks()
        trial = world.run(DESIRED, CALM)
        if doubles_of(killed):
            return f"doubled before: {doubles_of(killed)}"
        if end_state(trial.after.values()) != scene.end:
            return "the end is not that of a run that nobody killed"
        return "" if world.plan_calmly(DESIRED).actions == () else "something is left to do"


def run_two_at_once(scene: Scene) -> str:
    """Let two applies of one owner race; return what is wrong after one more, or nothing."""
    with scene.world() as world:
        barrier = threading.Barrier(2)
        with serving_at_gate(world.db, world.options, barrier=barrier) as gate:
            write_project(world.db.parent, gate.url)
            with start_apply(world.db.parent) as one, start_apply(world.db.parent) as two:
                codes = {client.wait(60) for client in (one, two)}
        world.tried["pairs that doubled"] += bool(doubles_of(world.tasks()))
        scene.tried.update(world.tried)
        world.run(DESIRED, CALM)
        trial = world.run(DESIRED, CALM)
        if not codes <= {0, 1, 3}:
            return f"one ended with {codes}"
        if end_state(trial.after.values()) != scene.end:
            return "the end is not that of one run"
        return "" if doubles_of(trial.after) == {} else "doubles were not healed"


KILLS = [*product(range(1, 14), (False, True))]


def test_killed_at_any_request_and_run_again_it_ends_as_if_never_killed(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Options())
    assert scene.requests == len(KILLS) / 2
    wrong = {
        (number, after): found
        for number, after in KILLS
        if (found := kill_and_run_again(scene, number, after=after))
    }
    assert wrong == {}


@pytest.mark.parametrize("attempt", range(3))
def test_two_runs_at_once_come_to_one_end(attempt: int, tmp_path: Path) -> None:
    del attempt
    assert run_two_at_once(Scene(tmp_path, Options())) == ""


@pytest.mark.parametrize("number", range(1, 14))
def test_a_run_within_a_run_doubles_nothing_for_good(number: int, tmp_path: Path) -> None:
    """The other does all its work right before one request of this one arrives."""
    with Scene(tmp_path, Options()).world() as world:
        inner = Trouble(meanwhile={number: lambda: world.run(DESIRED, CALM)})
        world.run(DESIRED, inner, batch_size=2)
        world.run(DESIRED, CALM)
        trial = world.run(DESIRED, CALM)
        assert doubles_of(trial.after) == {}
        assert trial.complete


THEIRS: Tasks = {**NEW, **{key: {**NEW[key], "sample_ms": 7} for key in "abc"}}


@pytest.mark.parametrize("number", range(1, 14))
def test_of_two_runs_of_different_files_each_task_is_as_one_of_them_says(
    number: int, tmp_path: Path
) -> None:
    """The other does all its work right before one request of this one arrives.

    What it did before the second, which reads live again, is never overwritten unseen.
    """
    desired, theirs = declare(NEW), declare(THEIRS)
    with Scene(tmp_path, Options()).world() as world:
        trouble = Trouble(meanwhile={number: lambda: world.run(theirs, CALM)})
        trial = world.run(desired, trouble, batch_size=BATCH)
        assert trial.report is not ABSENT
        live = {key_of(task): task.get("sample_ms") for task in trial.after.values()}
        assert {live[key] for key in "abc"} <= {5, 7}
        failed = {r.action.key for r in trial.report.results if isinstance(r, Failed)}
        assert number != 2 or failed == NEW.keys()
        assert {live[key] for key in failed.intersection("abc")} <= {7}
        world.run(desired, CALM)
        again = world.run(desired, CALM)
        assert again.complete
        assert doubles_of(again.after) == {}
        assert end_state(again.after.values()) == Scene(tmp_path / "calm", Options()).end
