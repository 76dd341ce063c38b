"""Which other tools are there to compare with, and how are they run?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.benchmark.processes import PYTHON, CommandFailedError, run

if TYPE_CHECKING:
    from pathlib import Path

_MODULES: Final = {"check-jsonschema": "check_jsonschema", "octodns": "octodns.cmds.sync"}
_VERSION: Final = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that is there: its *name* with the version, and the *command* that runs it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A tool that isn't measured, and the *reason* in words for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Others:
    """The other tools: the interpreter that has them, and whether they are *wanted* at all.

    They may need other versions of what our own environment holds, so it can be one of theirs.
    """

    python: str
    wanted: bool

    def find(self, package: str, *, folder: Path) -> Tool | Missing:
        """Return the tool of a package; look for it by running the interpreter in *folder*."""
        if not self.wanted:
            return Missing(f"{package} is left out")
        try:
            version = run([self.python, "-c", _VERSION, package], folder=folder).output.strip()
        except CommandFailedError:
            what = '-e ".[benchmark]"' if self.python == PYTHON else package
            return Missing(f"{package} isn't installed: {self.python} -m pip install {what}")
        return Tool(f"{package} {version}", (self.python, "-m", _MODULES[package]))
