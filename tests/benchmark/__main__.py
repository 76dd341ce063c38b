"""Measure, and print the tables: `python -m tests.benchmark --help`."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmark.applies import measure_apply
from tests.benchmark.beside import measure_beside
from tests.benchmark.others import Others
from tests.benchmark.plans import measure_plans
from tests.benchmark.processes import PYTHON, serve_sandbox
from tests.benchmark.starts import measure_starts
from tests.benchmark.validates import measure_validate

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREATES = 1000
_LATENCIES = (0.1, 0.2)


def measure_all(
    folder: Path,
    counts: list[int],
    *,
    repetitions: int,
    starts: int,
    naive: bool,
    others: Others,
) -> Iterator[str]:
    """Yield each table as soon as it is measured."""
    most = max(counts)
    yield measure_starts(folder, repetitions=starts)
    checker = others.find("check-jsonschema", folder=folder)
    yield from measure_validate(folder, most, tool=checker, repetitions=repetitions)
    for latency in _LATENCIES:
        yield measure_apply(folder, _CREATES, latency=latency, repetitions=repetitions)
    with serve_sandbox(folder) as url:
        for count in counts:
            yield from measure_plans(folder, count, url=url, repetitions=repetitions, naive=naive)
        if others.wanted:
            planner = others.find("octodns", folder=folder)
            yield from measure_beside(folder, most, url=url, tool=planner, repetitions=repetitions)


def _find_program(path: str) -> str:
    found = shutil.which(path)
    if not found:
        raise argparse.ArgumentTypeError(f"there is no program {path}")
    # Not resolved: an environment is known by its link to the interpreter.
    return str(Path(found).absolute())


def main() -> None:
    """Read the options and print what is measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--tasks", type=int, metavar="N", help="plan N tasks (1,000 and 10,000)")
    parser.add_argument("--quick", action="store_true", help="1,000 tasks, fewer repetitions")
    parser.add_argument("--no-naive", action="store_true", help="leave the naive plan out")
    parser.add_argument("--no-others", action="store_true", help="leave other tools out")
    parser.add_argument(
        "--others-python",
        default=PYTHON,
        metavar="PATH",
        type=_find_program,
        help="the Python that has the other tools (this one)",
    )
    options = parser.parse_args()
    counts = [options.tasks] if options.tasks else [1000] if options.quick else [1000, 10_000]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(  # noqa: T201
        f"{python}, {os.cpu_count()} cores, sandbox on loopback."
        " Compare within one run only: the ratios say more than the times.\n"
    )
    with tempfile.TemporaryDirectory() as name:
        for table in measure_all(
            Path(name).resolve(),
            counts,
            repetitions=2 if options.quick else 3,
            starts=5 if options.quick else 15,
            naive=not options.no_naive,
            others=Others(options.others_python, wanted=not options.no_others),
        ):
            print(table, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
