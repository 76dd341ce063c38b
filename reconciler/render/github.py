"""What makes GitHub show problems beside the lines of a pull request? Workflow commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model import ABSENT
from reconciler.render.problems import say_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.problem import Problem


def render_github(problems: Iterable[Problem]) -> str:
    """Return a workflow command for each problem, a line each.

    Source of the syntax and of the encoding: "Workflow commands for GitHub Actions", and
    command.ts of GitHub's toolkit.
    """
    return "\n".join(_command(problem) for problem in problems)


def _command(problem: Problem) -> str:
    place = problem.place
    properties = {
        "file": place.file,
        "line": str(place.line),
        "col": str(place.column),
        "title": problem.code,
    }
    if problem.excerpt is not ABSENT:
        properties["endColumn"] = str(place.column + problem.excerpt.width)
    pairs = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::{problem.severity} {pairs}::{_escape(say_all(problem))}"


def _escape(text: str) -> str:
    """Percent-encode what would end the command, and whatever isn't plainly visible."""
    text = text.replace("%", "%25")
    return "".join(c if c.isprintable() else _percent(c) for c in text)


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _percent(character: str) -> str:
    data = character.encode("utf-8", errors="backslashreplace")
    return "".join(f"%{byte:02X}" for byte in data)
