"""A sandbox that is served by the command line, as a person serves it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Served = tuple[str, "subprocess.Popen[str]"]


@contextmanager
def serving(db: Path, *arguments: str) -> Iterator[Served]:
    """Run `reconciler sandbox serve` on a free port; yield its URL and the process."""
    command = ("-m", "reconciler", "sandbox", "serve", "--port", "0", "--db", str(db))
    process = subprocess.Popen(
        [sys.executable, *command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().removeprefix("Listening on "), process
        finally:
            process.kill()
