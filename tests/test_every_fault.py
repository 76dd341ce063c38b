"""Each fault, in each place, alone and followed by others: nothing lost, doubled or made up."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeGuard

import pytest

from reconciler.actions import Delete
from reconciler.model import ABSENT
from reconciler.report import Done, Failed
from reconciler.sandbox import Options, Writes
from reconciler.sandbox.faults import Asked, Fault, Step
from reconciler.sandbox.options import Batch
from tests.scene import BATCH, DESIRED, Scene
from tests.world import Trouble, doubles_of, ids_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.report import Outcome

ASKED = (Asked.CREATE, Asked.LIST, Asked.OVERWRITE, Asked.DELETE)
OPTIONS = {
    "current": Options(),
    "classic, in part": Options(writes=Writes.CLASSIC, batch=Batch.MIXED, page_cap=2),
    "mirrors, status kept": Options(writes=Writes.MIRRORS, keep_status_on_create=True),
    "listed late": Options(list_delay=3),
    "listed too late": Options(list_delay=30, batch=Batch.MIXED),
}
KINDS = {
    "drop-before": Step(Asked.ANY, Fault.DROP_BEFORE),
    "drop-after": Step(Asked.ANY, Fault.DROP_AFTER),
    "500-before": Step(Asked.ANY, Fault.ERROR_BEFORE),
    "500-after": Step(Asked.ANY, Fault.ERROR_AFTER),
    "503-after": Step(Asked.ANY, Fault.ERROR_AFTER, status=503),
    "429": Step(Asked.ANY, Fault.THROTTLE),
    "429-in-2": Step(Asked.ANY, Fault.THROTTLE, retry_after=2),
    "truncate": Step(Asked.ANY, Fault.TRUNCATE),
    "wrong-type": Step(Asked.ANY, Fault.WRONG_TYPE),
    "slow": Step(Asked.ANY, Fault.SLOW, seconds=2),
}


def place(kind: str, asked: Asked, *numbers: int) -> Step:
    """Return the step at which a fault happens to these requests."""
    step = KINDS[kind]
    return Step(
        asked, step.fault, frozenset(numbers), 0, step.status, step.retry_after, step.seconds
    )


def find_wrongs(scene: Scene, troubles: Mapping[str, Trouble]) -> dict[str, str]:
    """Return what is wrong after each trouble that the program doesn't survive."""
    found = {name: scene.survives(trouble) for name, trouble in troubles.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("asked", ASKED)
def test_each_fault_in_each_place(options: str, asked: Asked, tmp_path: Path) -> None:
    troubles = {
        f"{kind} at {number}": Trouble((place(kind, asked, number),), latency=0.05)
        for kind, number in product(KINDS, (1, 2))
    }
    assert find_wrongs(Scene(tmp_path, OPTIONS[options]), troubles) == {}


@pytest.mark.parametrize("options", ["current", "listed too late"])
@pytest.mark.parametrize("asked", [Asked.CREATE, Asked.OVERWRITE, Asked.DELETE])
def test_each_fault_and_then_another_for_good(options: str, asked: Asked, tmp_path: Path) -> None:
    """What the first left open, the others must not settle wrongly."""
    troubles = {
        f"{first}, then {then}": Trouble(
            (place(first, asked, number), place(then, asked, *range(number + 1, number + 9)))
        )
        for first, then in product(KINDS, KINDS)
        for number in [2 if asked is Asked.OVERWRITE else 1]
    }
    assert find_wrongs(Scene(tmp_path, OPTIONS[options]), troubles) == {}


@pytest.mark.parametrize("options", OPTIONS)
def test_killed_at_any_request_and_run_again_it_ends_as_if_never_killed(
    options: str, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, OPTIONS[options])
    troubles = {
        f"{'after' if after else 'before'} {number}": Trouble(kill_at=number, after=after)
        for number, after in product(range(1, scene.requests + 1), (False, True))
    }
    assert find_wrongs(scene, troubles) == {}


def test_what_a_lost_answer_left_open_stays_open_in_the_halves(tmp_path: Path) -> None:
    """The delete was done; its repeat finds both tasks gone; of the halves one is throttled."""
    steps = (
        place("500-after", Asked.DELETE, 1),
        place("429", Asked.DELETE, *range(4, 12)),
    )
    assert Scene(tmp_path, Options()).survives(Trouble(steps)) == ""


@pytest.mark.parametrize("key", [*"abcdef"])
def test_what_people_change_after_the_plan_is_left_alone(key: str, tmp_path: Path) -> None:
    """Be it to be overwritten or deleted; all else is done."""
    with Scene(tmp_path, Options()).world() as world:
        plan = world.plan_calmly(DESIRED)
        [task_id] = ids_of(world.tasks(), key)
        world.edit(task_id, description="in a hurry")
        theirs = world.tasks()[task_id]
        trial = world.run(DESIRED, plan=plan)
        assert trial.after[task_id] == theirs
        assert trial.report is not ABSENT
        ends = {result.action.key: type(result) for result in trial.report.results}
        assert ends == {**dict.fromkeys("abcdefghi", Done), key: Failed}


@pytest.mark.parametrize("key", [*"abcdef"])
def test_what_others_delete_while_live_is_listed_makes_nothing_done(
    key: str, tmp_path: Path
) -> None:
    """Tasks move to a page that was read already, and no listing shows them."""
    scene = Scene(tmp_path, Options(page_cap=2))
    for number in range(1, scene.requests + 1):
        with scene.world() as world:
            [task_id] = ids_of(world.tasks(), key)
            meanwhile = {number: lambda w=world, i=task_id: i in w.tasks() and w.delete(i)}
            trial = world.run(DESIRED, Trouble(meanwhile=meanwhile), batch_size=BATCH)
            assert trial.report is not ABSENT
            done = {r.id for r in trial.report.results if _deletes(r)}
            assert done.isdisjoint(trial.after), number
            assert doubles_of(trial.after) == {}, number


def _deletes(result: Outcome) -> TypeGuard[Done]:
    return isinstance(result, Done) and isinstance(result.action, Delete)
