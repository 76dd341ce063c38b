"""What does a command cost? Runs it as a process of its own, measured by the kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from tests.benchmark.tasks import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RECONCILER: Final = str(Path(sys.executable).with_name("reconciler"))
PYTHON: Final = sys.executable
ROOT: Final = Path(__file__).resolve().parents[2]
_SAID: Final = "Listening on "


class CommandFailedError(Exception):
    """A measured command ended as it should not, and what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process cost: *wall* and *cpu* in seconds, *peak* in MiB, and what it printed."""

    wall: float
    cpu: float
    peak: float
    output: str


def run(arguments: Sequence[str], *, folder: Path, code: int = 0) -> Cost:
    """Run a command in *folder* and return its cost.

    Raise `CommandFailedError` if it ends with another exit code than *code*.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            arguments, cwd=folder, env=_environment(), stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != code:
            said = f"exit code {process.returncode}: {errors.read().decode()[-2000:]}"
            raise CommandFailedError(f"{' '.join(arguments)}: {said}")
        # The kernel counts the memory of the process that starts another one in, so that one
        # has to stay small: whatever is large is imported in a process of its own.
        peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        return Cost(wall, usage.ru_utime + usage.ru_stime, peak, output.read().decode())


def median_cost(costs: Sequence[Cost]) -> Cost:
    """Return the median of each measure, with the output of the last."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.peak for cost in costs),
        costs[-1].output,
    )


@contextmanager
def serve_sandbox(folder: Path, *options: str, name: str = "sandbox") -> Iterator[str]:
    """Serve an empty sandbox on a free port in a process of its own; yield its URL.

    *name* is the one of its database, *options* are more of `sandbox serve`.
    """
    database = str(folder / f"{name}.db")
    command = [RECONCILER, "sandbox", "serve", "--port", "0", "--writes", "classic"]
    with subprocess.Popen(
        [*command, "--db", database, *options],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not line.startswith(_SAID):
                raise CommandFailedError(f"the sandbox doesn't listen: {line!r}")
            yield line.removeprefix(_SAID).strip()
        finally:
            server.terminate()


def _environment() -> dict[str, str]:
    """Return the environment of what is measured: the same wherever this runs."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy")
        and not name.startswith(("CLARIFAI_", "RECONCILER_", "PYTHON"))
    }
    return {**kept, "CLARIFAI_PAT": TOKEN, "NO_PROXY": "*", "PYTHONPATH": str(ROOT)}
