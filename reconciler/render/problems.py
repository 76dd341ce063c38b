"""How do people read what is wrong with files? Problems → text, each with its line."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from reconciler.model import ABSENT
from reconciler.problem import Excerpt, Problem, Severity
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.codes import Page
    from reconciler.manifest import Manifest

_GUTTER = "  | "
_COLUMNS = 100
_LEAST = 12
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33"}


def render_problems(
    problems: Iterable[Problem], *, colour: bool = False, width: int = _COLUMNS
) -> str:
    """Return problems: for each where it is and what, the line with a caret, what to do.

    Of a long line so much is shown that it fits into *width* columns.
    """
    lines = (_lines(problem, colour=colour, width=width) for problem in problems)
    return "\n".join(line for each in lines for line in each)


def render_validation(manifest: Manifest, *, colour: bool, width: int) -> str:
    """Return all that was found, and the line that counts it."""
    problems = manifest.problems
    shown = [render_problems(problems, colour=colour, width=width), ""] if problems else []
    return "\n".join([*shown, count_validation(manifest)])


def count_validation(manifest: Manifest) -> str:
    """Return the line that counts what is wrong with some files."""
    files = _count(manifest.files, "file")
    if not manifest.problems:
        return f"No problems: {_count(len(manifest.desired), 'task')} in {files}."
    return f"{count_problems(manifest.problems)} in {files}."


def count_problems(problems: Iterable[Problem]) -> str:
    """Return how many errors and warnings there are."""
    severities = [problem.severity for problem in problems]
    counts = (
        (severities.count(Severity.ERROR), "error"),
        (severities.count(Severity.WARNING), "warning"),
    )
    return ", ".join(_count(count, word) for count, word in counts if count)


def say_all(problem: Problem) -> str:
    """Return a problem in one line, without its place: for an audience that shows the file."""
    parts = [problem.sentence, *([problem.hint] if problem.hint else []), *_notes(problem)]
    return "; ".join(parts)


def render_page(page: Page) -> str:
    """Return what a code means, with its example."""
    lines = [f"{page.code} ({page.severity}): {page.title}", "", page.text]
    for title, example in (("Wrong", page.wrong), ("Right", page.right)):
        if example:
            where = f" in {page.file}" if page.file else ""
            lines += ["", f"{title}{where}:", *(f"    {line}" for line in example.splitlines())]
    return "\n".join(lines)


def _lines(problem: Problem, *, colour: bool, width: int) -> Iterator[str]:
    warning = "warning: " if problem.severity is Severity.WARNING else ""
    place = make_inert(str(problem.place))
    if place.startswith(("::", "##[")):
        # A file may be called like a command of a CI system.
        place = f"./{place}"
    line = f"{place}: {problem.code}: {warning}{make_inert(problem.sentence)}"
    code = _COLOURS[problem.severity]
    yield f"\x1b[{code}m{line}\x1b[0m" if colour else line
    if problem.excerpt is not ABSENT:
        yield from _quote(problem.excerpt, width=width - len(_GUTTER))
    for note in ([problem.hint] if problem.hint else []) + _notes(problem):
        yield f"  = {make_inert(note)}"


def _quote(excerpt: Excerpt, *, width: int) -> Iterator[str]:
    """Yield the line and the caret under it, cut to *width* columns around that."""
    start = excerpt.column - 1
    before = make_inert(excerpt.text[:start].replace("\t", " "))
    marked = make_inert(excerpt.text[start : start + excerpt.width])
    after = make_inert(excerpt.text[start + excerpt.width :])
    if columns_of(marked) > width // 2:
        marked = marked[: width // 2] + "…"
    if columns_of(before + marked + after) > width:
        room = max(_LEAST, width - columns_of(marked))
        keep = max(_LEAST, room - min(columns_of(after), room // 3))
        if columns_of(before) > keep:
            before = "…" + before[-keep:]
        rest = max(_LEAST, width - columns_of(before + marked))
        if columns_of(after) > rest:
            after = after[: rest - 1] + "…"
    yield f"{_GUTTER}{before}{marked}{after}".rstrip()
    yield f"{_GUTTER}{' ' * columns_of(before)}{'^' * max(1, columns_of(marked))}"


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_WIDTHS.get(unicodedata.east_asian_width(c), 1) for c in text if not _joins(c))


_WIDTHS = {"W": 2, "F": 2}


def _joins(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me", "Cf")


def _notes(problem: Problem) -> list[str]:
    """Return with what a problem appears, a note each."""
    notes = []
    if problem.used_at is not ABSENT:
        notes.append(f"used at {problem.used_at}")
    if problem.task:
        notes.append(f"task {problem.task}")
    if problem.for_each:
        notes.append(f"for_each {problem.for_each}")
    if problem.target:
        notes.append(f"target {problem.target}")
    return notes


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
