"""Run the command line: `python -m reconciler`."""

from __future__ import annotations

import sys

from reconciler.cli import run


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
