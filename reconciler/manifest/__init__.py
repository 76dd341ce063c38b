"""Which tasks are desired? A folder of files → desired tasks, or every problem with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import ProblemsFoundError
from reconciler.manifest.expand import Expanded, expand_document, locate
from reconciler.manifest.files import find_files, name_file, read_file
from reconciler.manifest.rules import check_rules
from reconciler.manifest.schema import QUOTE, Violation, find_violations
from reconciler.manifest.yamltext import read_text
from reconciler.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from reconciler.model import Desired, Json, Place


def load_desired(directory: Path, variables: Mapping[str, Json]) -> tuple[Desired, ...]:
    """Return the desired tasks of a folder in the order of files and lines.

    *variables* fill the placeholders that `for_each` doesn't. Raise `ProblemsFoundError` with
    every problem of every file.
    """
    found: list[Expanded] = []
    problems: list[Problem] = []
    for path in find_files(directory):
        for result in _read_tasks(path, variables):
            if isinstance(result, Problem):
                problems.append(result)
            else:
                found.append(result)
    problems.extend(_find_double_keys(found))
    if problems:
        raise ProblemsFoundError(_sort_problems(problems))
    return tuple(expanded.desired for expanded in found)


def _sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems by place; what several tasks inherit or `for_each` repeats, once."""
    first: dict[tuple[Place, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.place, problem.sentence), problem)
    return tuple(sorted(first.values(), key=lambda p: (p.place, p.sentence)))


def _read_tasks(path: Path, variables: Mapping[str, Json]) -> Iterator[Expanded | Problem]:
    text, problems = read_file(path)
    if not problems:
        document, problems = read_text(text, file=name_file(path))
    yield from problems
    if problems:
        return
    for result in expand_document(document, variables):
        if isinstance(result, Problem):
            yield result
            continue
        violations = find_violations("task", result.desired.spec)
        violations = violations or tuple(check_rules(result.desired.spec))
        yield from (_place_violation(result, violation) for violation in violations)
        yield result


def _place_violation(task: Expanded, violation: Violation) -> Problem:
    spot = locate(task.document, task.path, violation.path)
    place = spot.key if violation.of_key else spot.value
    sentence, hint = violation.sentence, violation.hint
    if hint == QUOTE:
        sentence, hint = _explain_reading(sentence, spot.written)
    return Problem(place, violation.code, sentence, hint, task.for_each)


def _explain_reading(sentence: str, written: str) -> tuple[str, str]:
    """Return the sentence and the hint for *written* text that YAML doesn't read as text."""
    if "{{" in written:
        return f"{sentence}, which `{written}` stands for", "quote the value of the variable"
    if written and not sentence.endswith(f" {written}"):
        sentence = f"{sentence}: that is how YAML reads `{written}`"
    return sentence, f'{QUOTE}: "{written}"' if written else QUOTE


def _find_double_keys(tasks: Iterable[Expanded]) -> Iterator[Problem]:
    first: dict[str, Expanded] = {}
    for task in tasks:
        key, place = task.desired.key, task.desired.place
        if key not in first:
            first[key] = task
        elif task.for_each and first[key].desired.place == place:
            sentence = f"`for_each` makes more than one task with the key `{key}`"
            hint = "put each of its variables into the key"
            yield Problem(place, "key-not-told-apart", sentence, hint, task.for_each)
        else:
            sentence = f"the key `{key}` is also declared at {first[key].desired.place}"
            yield Problem(place, "key-twice", sentence, "rename one of them", task.for_each)
