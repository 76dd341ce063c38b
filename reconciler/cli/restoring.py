"""How do the tasks that a run changed come back into a file?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.errors import NotFoundError, UsageError
from reconciler.manifest.yamlprint import print_yaml
from reconciler.render.inert import make_inert
from reconciler.restore import restore_tasks

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.history import PastRun
    from reconciler.restore import Restored


def restore(run: PastRun, file: Path) -> int:
    """Write the tasks as they were before *run* to a new *file*; say what to do with it."""
    restored = restore_tasks(run)
    if not restored.tasks:
        sentence = f"the run {run.start.run} updated, adopted, released or deleted no task"
        raise NotFoundError(f"{sentence}; choose another one")
    head = f"# The tasks that the run {run.start.run} changed, as they were before it.\n"
    _write_new(file, head + print_yaml({"tasks": restored.tasks}))
    click.echo(_tell(restored, file), err=True)
    return 0


def _write_new(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UsageError(f"--restore {file} exists; name a new file") from None
    except OSError as error:
        sentence = f"--restore {file} can't be written: {(error.strerror or str(error)).lower()}"
        raise UsageError(sentence) from None


def _tell(restored: Restored, file: Path) -> str:
    """Return how many tasks came back, and the next step."""
    count = len(restored.tasks)
    lines = [f"{count} task{'s' if count > 1 else ''} written to {file}."]
    if restored.deleted:
        lines.append(
            f"Of them {restored.deleted} deleted: created again, a task has a new id and no labels."
        )
    lines += [
        f"{make_inert(key)} had no {', '.join(fields)}: a file can't take that away again."
        for key, fields in restored.lasting.items()
    ]
    lines.append(
        "Put them among your task files, in place of what these say under the same keys; then run"
        " `reconciler plan`."
    )
    return "\n".join(lines)
