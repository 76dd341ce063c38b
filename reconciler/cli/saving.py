"""How is a plan kept in a file, and applied as it was reviewed?"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import PlanFileError, UsageError
from reconciler.jsontext import print_json
from reconciler.planfile import Identity, check_flags, check_identity, load, save

if TYPE_CHECKING:
    from reconciler.actions import Plan
    from reconciler.cli.connection import Setup
    from reconciler.cli.options import Options
    from reconciler.planfile import SavedPlan


def save_plan(plan: Plan, file: Path, *, setup: Setup, options: Options) -> None:
    """Write *plan* to *file*, whole or not at all; raise `UsageError` if it can't be written."""
    identity = Identity.of(setup.target, setup.owner, setup.ownership)
    text = print_json(save(plan, identity, options.allowances)) + "\n"
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        sentence = f"--out {file} can't be written: {(error.strerror or str(error)).lower()}"
        raise UsageError(sentence) from None


def read_plan(file: str, *, setup: Setup, options: Options) -> SavedPlan:
    """Return the plan in *file*, if it was made for what *setup* applies to."""
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        sentence = f"--plan {file} can't be read: {(error.strerror or str(error)).lower()}"
        raise PlanFileError(sentence) from None
    saved = load(data, file)
    check_identity(saved, Identity.of(setup.target, setup.owner, setup.ownership), file)
    check_flags(saved, options.allowances)
    return saved
