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

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33"}


def render_problems(problems: Iterable[Problem], *, colour: bool = False) -> str:
    """Return problems: for each where it is and what, the line with a caret, what to do."""
    return "\n".join(line for problem in problems for line in _lines(problem, colour=colour))


def render_validation(manifest: Manifest, *, colour: bool) -> str:
    """Return all that was found, and the line that counts it."""
    problems = manifest.problems
    shown = [render_problems(problems, colour=colour), ""] if problems else []
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


def _lines(problem: Problem, *, colour: bool) -> Iterator[str]:
    warning = "warning: " if problem.severity is Severity.WARNING else ""
    place = make_inert(str(problem.place))
    line = f"{place}: {problem.code}: {warning}{make_inert(problem.sentence)}"
    code = _COLOURS[problem.severity]
    yield f"\x1b[{code}m{line}\x1b[0m" if colour else line
    if problem.excerpt is not ABSENT:
        yield from _quote(problem.excerpt)
    for note in ([problem.hint] if problem.hint else []) + _notes(problem):
        yield f"  = {make_inert(note)}"


def _quote(excerpt: Excerpt) -> Iterator[str]:
    start = excerpt.column - 1
    before = excerpt.text[:start].replace("\t", " ")
    marked = excerpt.text[start : start + excerpt.width]
    after = excerpt.text[start + excerpt.width :]
    yield f"  | {make_inert(before)}{make_inert(marked)}{make_inert(after)}".rstrip()
    width = max(1, columns_of(make_inert(marked)))
    yield f"  | {' ' * columns_of(make_inert(before))}{'^' * width}"


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
    if problem.for_each:
        notes.append(f"for_each {problem.for_each}")
    if problem.target:
        notes.append(f"target {problem.target}")
    return notes


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
