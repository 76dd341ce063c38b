"""Does an apply ever lose or double a task? `python -m tests.soak --minutes 10 --seed 1`.

Tries what the tests try, for longer and at random: machines of people, files and faults, every
pair of faults in every place, processes that are killed, and runs at the same time. It stops at
the first promise that is broken, says how to break it again, and ends with what was tried.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from reconciler.sandbox import Options, Writes
from reconciler.sandbox.faults import Asked
from reconciler.sandbox.options import Batch
from tests.scene import Scene
from tests.test_every_fault import KINDS, place
from tests.test_machine import TRIED, Life, fast_folder
from tests.test_processes import kill_and_run_again, run_two_at_once
from tests.world import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MACHINES: Final = 40
_SCENES: Final = 100
_ASKED: Final = (Asked.CREATE, Asked.LIST, Asked.OVERWRITE, Asked.DELETE)
_MACHINE_SETTINGS: Final = settings(
    max_examples=_MACHINES,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    verbosity=Verbosity.normal,
    suppress_health_check=list(HealthCheck),
)


class BrokenPromiseError(Exception):
    """What an apply promises isn't so; `str()` says how to see it."""


def run_machines(rng: random.Random, folder: Path, tried: Counter[str]) -> None:
    """Let some apps live at random."""
    del folder, tried
    number = rng.randrange(2**32)
    try:
        run_state_machine_as_test(seed(number)(Life), settings=_MACHINE_SETTINGS)
    except (AssertionError, ExceptionGroup) as error:
        found = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
        shown = ("\n".join([str(each), *getattr(each, "__notes__", ())]) for each in found)
        raise BrokenPromiseError("\n".join([f"machine with seed {number}", *shown])) from error


def run_scenes(rng: random.Random, folder: Path, tried: Counter[str]) -> None:
    """Apply amid faults drawn at random, and kill some of the runs."""
    scene = Scene(folder, draw_options(rng))
    for _ in range(_SCENES):
        trouble = draw_trouble(rng, scene.requests)
        tried["scenes"] += 1
        check(scene.survives(trouble), f"Scene(folder, {scene.options}).survives({trouble})")
    tried.update(scene.tried)


def run_kills(rng: random.Random, folder: Path, tried: Counter[str]) -> None:
    """Kill a real process at each of its requests."""
    scene = Scene(folder, replace(draw_options(rng), list_delay=0.0))
    for number in range(1, scene.requests + 1):
        after = rng.random() < 0.5
        tried[f"processes killed {'after' if after else 'before'}"] += 1
        call = f"kill_and_run_again(Scene(folder, {scene.options}), {number}, {after=})"
        check(kill_and_run_again(scene, number, after=after), call)


def run_pairs(rng: random.Random, folder: Path, tried: Counter[str]) -> None:
    """Let two real processes apply at the same time."""
    scene = Scene(folder, replace(draw_options(rng), list_delay=0.0))
    for _ in range(10):
        tried["pairs of processes"] += 1
        check(run_two_at_once(scene), f"run_two_at_once(Scene(folder, {scene.options}))")
    tried.update(scene.tried)


def draw_options(rng: random.Random) -> Options:
    """Draw how a server behaves where nothing is documented."""
    return Options(
        writes=rng.choice(list(Writes)),
        batch=rng.choice(list(Batch)),
        keep_status_on_create=rng.random() < 0.5,
        page_cap=rng.choice([None, None, 2, 5]),
        list_delay=rng.choice([0.0, 0.0, 3.0, 30.0]),
    )


def draw_trouble(rng: random.Random, requests: int) -> Trouble:
    """Draw faults that come alone, in rows and together, and perhaps a kill."""
    steps = []
    for _ in range(rng.randint(0, 4)):
        first = rng.randint(1, 6)
        numbers = range(first, first + rng.choice([1, 1, 2, 3, 4, 8]))
        steps.append(place(rng.choice(list(KINDS)), rng.choice(_ASKED), *numbers))
    return Trouble(
        tuple(steps),
        kill_at=rng.choice([0, rng.randint(1, requests + 5)]),
        after=rng.random() < 0.5,
        latency=rng.choice([0.0, 0.05, 0.5]),
    )


def check(wrong: str, call: str) -> None:
    """Raise what is *wrong*, with the *call* that shows it."""
    if wrong:
        raise BrokenPromiseError(f"{wrong}\n{call}")


PARTS: Final[Sequence[Callable[[random.Random, Path, Counter[str]], None]]] = (
    run_machines,
    run_scenes,
    run_kills,
    run_pairs,
)


def soak(minutes: float, number: int) -> Counter[str]:
    """Try for some time; return what was tried, raise `BrokenPromiseError` at the first break."""
    rng = random.Random(number)  # noqa: S311 - to be drawn again, not to be secret
    tried: Counter[str] = Counter()
    end = time.monotonic() + minutes * 60
    try:
        while time.monotonic() < end:
            for part in PARTS:
                with tempfile.TemporaryDirectory(dir=fast_folder()) as folder:
                    part(rng, Path(folder), tried)
    finally:
        for name, count in sorted((tried + TRIED).items()):
            print(f"{count:>9,} {name}")  # noqa: T201
    return tried


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))  # noqa: S311
    given = parser.parse_args(arguments)
    print(f"seed {given.seed}", flush=True)  # noqa: T201
    try:
        soak(given.minutes, given.seed)
    except BrokenPromiseError as broken:
        print(f"BROKEN: {broken}")  # noqa: T201
        return 1
    print("nothing lost, nothing doubled")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
