"""Does any file break the reading or the checking of files? `python -m tests.fuzz --help`.

Files are drawn by mutation: led by the branches of `reconciler.manifest` that they reach where
atheris can be imported, else at random. It ends at the first that breaks an assertion.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeAlias

_ATHERIS: Final[Any] = import_module("atheris") if find_spec("atheris") else None

# Atheris sees what is imported under its eyes.
with _ATHERIS.instrument_imports(include=["reconciler.manifest"]) if _ATHERIS else nullcontext():
    from reconciler.codes import read_pages
    from reconciler.errors import ReconcilerError
    from reconciler.jsontext import print_json
    from reconciler.manifest import Manifest
    from reconciler.render.document import validation_document
    from reconciler.render.github import render_github
    from reconciler.render.problems import render_validation
    from reconciler.render.sarif import sarif_document
    from reconciler.workflow import check_files
    from tests.mutation import CONFIG, MOST_BYTES, mutate, read_seeds

Check: TypeAlias = Callable[[bytes], frozenset[str]]
_TASKS: Final = b"tasks: {a: {name: 'A {{ x }}', worker: {user_ids: '{{ y }}'}}}\n"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_COMMAND: Final = re.compile(r"::(error|warning) file=[^:,]+(,[a-zC]+=[\w-]+)*::\S.*")


def check_bytes(data: bytes, folder: Path) -> frozenset[str]:
    """Check *data* as each kind of file, in *folder*; return the codes of the problems."""
    tasks, divided, config = data.partition(CONFIG)
    kinds = [{"t.yaml": tasks, "reconciler.yaml": config} if divided else {"t.yaml": data}]
    if b"\\u" in data:
        kinds.append({"t.json": data})
    if b"target" in data and not divided:
        kinds.append({"t.yaml": _TASKS, "reconciler.yaml": data})
    try:
        return frozenset().union(*(_check_files(files, folder) for files in kinds))
    except Exception:
        print(f"broken by {data!r}", flush=True)  # noqa: T201
        raise


def _check_files(files: dict[str, bytes], folder: Path) -> set[str]:
    for path in folder.iterdir():
        path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    # The processor's time: how busy the computer is doesn't count.
    signal.setitimer(signal.ITIMER_VIRTUAL, 5)
    try:
        manifest = check_files(folder, target="", given={})
    except ReconcilerError as error:
        manifest = Manifest((), getattr(error, "problems", ()), 0)
    check_manifest(manifest)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return {problem.code for problem in manifest.problems}


def _end(*_: object) -> None:
    raise AssertionError("more than 5 seconds")


def check_manifest(manifest: Manifest) -> None:
    """Assert that each problem makes sense and that every format holds it safely."""
    problems = manifest.problems
    for problem in problems:
        assert min(problem.place.line, problem.place.column) >= 1, problem
        assert problem.sentence.strip(), problem
        assert problem.code in read_pages(), problem
    for line in render_validation(manifest, colour=False, width=80).split("\n"):
        assert not _UNSEEN.intersection(map(unicodedata.category, line)), line
        assert not line.lstrip().startswith(("::", "##[")), line
    lines = render_github(problems).split("\n") if problems else []
    assert len(lines) == len(problems), lines
    assert all(line.isprintable() and _COMMAND.fullmatch(line) for line in lines), lines
    for document in (sarif_document(problems), validation_document(manifest)):
        assert json.loads(print_json(document)) == document, document


def run_plainly(check: Check, corpus: Path, seconds: int) -> None:
    """Mutate what is in *corpus*, and what has led to a new set of codes."""
    pool = [path.read_bytes() for path in corpus.iterdir()]
    chance, seen, runs = random.Random(), {check(data) for data in pool}, 0  # noqa: S311 - no secret
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutate(chance.choice(pool), chance)
        if (codes := check(data)) not in seen:
            seen.add(codes)
            pool.append(data)
        runs += 1
    print(f"{runs} files in {seconds} s, {len(seen)} sets of codes: nothing is broken")  # noqa: T201


def run_guided(check: Check, corpus: Path, seconds: int) -> None:
    """Let atheris choose what to mutate; it keeps in *corpus* what reaches a new branch."""

    def draw(data: bytes, max_size: int, seed: int) -> bytes:
        return mutate(data, random.Random(seed))[:max_size]  # noqa: S311 - no secret

    limits = (f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-artifact_prefix={corpus}/")
    _ATHERIS.Setup([sys.argv[0], *limits, str(corpus)], check, custom_mutator=draw)
    _ATHERIS.Fuzz()


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="60 if left out")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="begin with these files too")
    options = parser.parse_args()
    signal.signal(signal.SIGVTALRM, _end)
    with tempfile.TemporaryDirectory() as name:
        corpus, folder = options.corpus or Path(name, "corpus"), Path(name, "files")
        corpus.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        check = partial(check_bytes, folder=folder)
        for number, data in enumerate(read_seeds()):
            (corpus / f"seed-{number}").write_bytes(data)
        run = run_guided if _ATHERIS else run_plainly
        # Atheris ends its process on the spot, and somebody must clean up.
        process = get_context("fork").Process(target=run, args=(check, corpus, options.seconds))
        process.start()
        process.join()
    sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
