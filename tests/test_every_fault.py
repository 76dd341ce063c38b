"""Each fault, in each place, alone and followed by others: nothing lost, doubled or made up."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import Options, Writes
from reconciler.sandbox.faults import Asked, Fault, Step
from reconciler.sandbox.options import Batch
from tests.scene import Scene
from tests.world import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def every_trouble(positions: int) -> Iterator[tuple[str, Trouble]]:
    """Yield each fault at each position, alone, and then followed by each kind without end."""
    for asked, number, kind in product(ASKED, range(1, positions + 1), KINDS):
        first = place(kind, asked, number)
        yield f"{asked} {number}: {kind}", Trouble((first,), latency=0.05)
        for later in KINDS:
            rest = place(later, asked, *range(number + 1, number + 9))
            yield f"{asked} {number}: {kind}, then {later}", Trouble((first, rest), latency=0.05)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("asked", ASKED)
def test_nothing_is_lost_doubled_or_made_up(options: str, asked: Asked, tmp_path: Path) -> None:
    scene = Scene(tmp_path, OPTIONS[options])
    wrong = {
        name: found
        for name, trouble in every_trouble(2)
        if name.startswith(asked) and (found := scene.survives(trouble))
    }
    assert wrong == {}


@pytest.mark.parametrize("options", OPTIONS)
def test_killed_at_any_request_and_run_again_it_ends_as_if_never_killed(
    options: str, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, OPTIONS[options])
    wrong = {
        (number, after): found
        for number, after in product(range(1, scene.requests + 1), (False, True))
        if (found := scene.survives(Trouble(kill_at=number, after=after)))
    }
    assert wrong == {}
