"""What do people read of live tasks? A table of them, or one as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.jsontext import print_json
from reconciler.live import owner_word, status_of
from reconciler.model import ABSENT, Absent, Live, NewerStamp, Place, Stamp
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.run import Run


def render_list(tasks: Sequence[Live]) -> str:
    """Return live tasks as a table: id, key, status, owner, name."""
    rows = [("ID", "KEY", "STATUS", "OWNER", "NAME"), *(_row(live) for live in tasks)]
    count = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    return "\n".join([*(render_table(rows) if tasks else []), f"{count} listed."])


def render_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose columns are as wide as they must be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return [line.rstrip() for line in padded]


def render_task(run: Run, live: Live, *, place: Place | Absent) -> str:
    """Return one live task: what it is to us, then its body as the API returned it."""
    mark = live.mark
    whose = {"ours": "ours", "other": "another owner's", "nobody": "nobody's"}
    lines = [
        f"id:       {make_inert(live.id)}",
        f"name:     {make_inert(live.name)}",
        f"owner:    {whose[owner_word(live, run.owner)]}",
    ]
    if isinstance(mark, Stamp | NewerStamp):
        lines[2] += f" ({make_inert(mark.owner)})"
        lines.append(f"key:      {make_inert(mark.key)}")
    declared = "nowhere" if place is ABSENT else make_inert(str(place))
    lines.append(f"declared: {declared}")
    lines.extend(f"  | {make_inert(line)}" for line in print_json(live.spec).splitlines())
    return "\n".join(lines)


def _row(live: Live) -> tuple[str, ...]:
    mark = live.mark
    key = mark.key if isinstance(mark, Stamp | NewerStamp) else "-"
    whose = mark.owner if isinstance(mark, Stamp | NewerStamp) else "-"
    cells = (live.id, key, status_of(live) or "-", whose, live.name)
    return tuple(make_inert(cell) for cell in cells)
