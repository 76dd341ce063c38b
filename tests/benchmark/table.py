"""How do figures look? Rows of text → a plain table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmark.processes import Cost

COST = ("", "wall", "CPU", "peak memory")
"""What names the columns of `cost_row`."""


def render_table(title: str, rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> str:
    """Return a table whose first row names the columns; all but the first are right-aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_cells(row, widths)).rstrip() for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([title, "", lines[0], rule, *lines[1:], *(f"* {note}" for note in notes), ""])


def _cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]


def seconds(value: float) -> str:
    """Return a time as it stands in a table."""
    return f"{value:.2f} s"


def milliseconds(value: float) -> str:
    """Return a short time as it stands in a table."""
    return f"{value * 1000:.0f} ms"


def megabytes(value: int) -> str:
    """Return a number of bytes as it stands in a table."""
    return f"{value / 1e6:.1f} MB"


def ratio(value: float) -> str:
    """Return a ratio as it stands in a table."""
    return f"{value:.2f}x" if value < 2 else f"{value:.1f}x"


def cost_row(name: str, cost: Cost) -> tuple[str, ...]:
    """Return the cost of one command as a row."""
    return (name, seconds(cost.wall), seconds(cost.cpu), f"{cost.peak:.0f} MiB")


def ratio_row(name: str, cost: Cost, *, ours: Cost) -> tuple[str, ...]:
    """Return how many times ours another cost is, as a row."""
    against = (cost.wall / ours.wall, cost.cpu / ours.cpu, cost.peak / ours.peak)
    return (name, *map(ratio, against))
