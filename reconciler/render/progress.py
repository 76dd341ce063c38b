"""What do people read of the labelling of tasks? A table, with a row for each worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.model import list_of, mapping_of
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model import Json, Spec

_HEAD: Final = ("TASK", "STATUS", "DONE", "WORKER", "TO DO", "CONSENSUS", "REVIEW", "OK", "DENIED")
_NUMBERS: Final = ("pending", "consensus", "review", "approved", "rejected")
_FIRST_NUMBER: Final = len(_HEAD) - len(_NUMBERS)


def render_progress(document: Spec) -> str:
    """Return the tasks of what `sandbox show` prints as JSON, and their workers, as a table."""
    tasks = [mapping_of(task) for task in list_of(document.get("tasks"))]
    rows = [_HEAD, *(row for task in tasks for row in _rows(task))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows] if tasks else []
    count = "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"
    return "\n".join([*lines, f"{count} shown."])


def _rows(task: Spec) -> list[tuple[str, ...]]:
    head = (
        _cell(task["name"]),
        _cell(task["status"]).removeprefix("TASK_"),
        f"{task['done']}/{task['inputs']}",
    )
    workers = [mapping_of(worker) for worker in list_of(task["workers"])]
    cells = [tuple(_cell(worker[name]) for name in ("worker", *_NUMBERS)) for worker in workers]
    first, *others = cells or [("-", *[""] * len(_NUMBERS))]
    return [(*head, *first), *(("", "", "", *other) for other in others)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
    return "  ".join([*words[:_FIRST_NUMBER], *numbers[_FIRST_NUMBER:]]).rstrip()


def _cell(value: Json) -> str:
    return make_inert(str(value))
