"""Where are the published JSON Schemas?"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

NAMES: Final = ("task", "tasks", "config", "plan", "report")
"""The schemas by name: one expanded task, a file of tasks, `reconciler.yaml`, the documents.

Beside them stands `settings`: what a file of tasks says beyond the fields of the API.
"""


@cache
def read_schema(name: str) -> str:
    """Return the text of one of the published schemas."""
    package = Path(__file__).parent
    installed = package / "schemas"
    # An editable install runs from a checkout, where the schemas stand beside the package.
    folder = installed if installed.is_dir() else package.parent / "schemas"
    return (folder / f"{name}.schema.json").read_text(encoding="utf-8")
