"""What a run tells that ends in the middle, whatever ends it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.carrying import carry_out_recorded
from reconciler.cli.connection import Setup
from reconciler.cli.options import Options
from reconciler.cli.recording import Recording
from reconciler.errors import NestingError
from reconciler.guard import DEFAULT_MAX_DELETES
from reconciler.live import read_live
from reconciler.manifest import Scope
from reconciler.model import ABSENT, Fault, Ownership, Target
from reconciler.plan import make_plan
from reconciler.report import Done
from tests.harness import OWNER, declare
from tests.shelf import Shelf

if TYPE_CHECKING:
    from reconciler.model import Spec
    from tests.shelf import Bodies


@pytest.mark.parametrize("error", [NestingError, RecursionError])
def test_what_was_sent_is_told(error: type[Exception]) -> None:
    def fail(_: Bodies) -> list[Fault]:
        raise error

    options = Options(Path("tasks"), "", (), "text", None, no_color=True, verbose=False)
    target = Target("t", "sandbox:x", "")
    setup = Setup(target, OWNER, Scope(), Ownership.STAMP, DEFAULT_MAX_DELETES)
    shelf = Shelf()

    def apply(tasks: dict[str, Spec]) -> Recording:
        recording = Recording(owner=OWNER, target=target)
        plan = make_plan(declare(tasks), read_live(shelf), owner=OWNER)
        with suppress(error):
            carry_out_recorded(
                plan, shelf, recording=recording, options=options, setup=setup, question=None
            )
        return recording

    apply({"a": {"name": "A"}})
    shelf.on_overwrite.append(fail)
    recording = apply({"a": {"name": "B"}, "c": {"name": "C"}})
    assert shelf.on_overwrite == []
    assert recording.report is not ABSENT
    done = [r.action.key for r in recording.report.results if isinstance(r, Done)]
    assert done == ["c"]
