"""What is wrong with the tasks of the files, and where must a person mend it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.manifest.frame import defaults_of
from reconciler.manifest.rules import check_rules
from reconciler.manifest.schema import QUOTE, find_violations
from reconciler.manifest.scope import Scope
from reconciler.manifest.settings import check_settings
from reconciler.manifest.together import find_clashes
from reconciler.manifest.trace import Origin, Traced, locate, trace
from reconciler.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.manifest.expand import Expanded
    from reconciler.manifest.places import Violation
    from reconciler.manifest.yamltext import Document
    from reconciler.model import Json


def judge_task(task: Expanded) -> Iterator[Problem]:
    """Yield what is wrong with one task."""
    spec = task.desired.spec
    violations = find_violations("task", spec)
    wrong = {violation.path[0] for violation in violations if violation.path} | task.unfilled
    if wrong:
        # What follows from a field whose shape is wrong is no news.
        spec = {name: value for name, value in spec.items() if name not in wrong}
    violations += tuple(check_rules(spec))
    if task.settings:
        violations += tuple(check_settings(task.settings, task.origin.scope))
    for violation in violations:
        if not violation.path or violation.path[0] not in task.unfilled:
            yield place_violation(task.origin, violation, for_each=task.for_each)


def judge_defaults(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the defaults of a file, whether or not a task uses them."""
    defaults: Json = defaults_of(document)
    for violation in find_violations("tasks", defaults, part="defaults"):
        yield place_violation(Origin(document, ("defaults",), Scope(), {}), violation)


def judge_set(tasks: Iterable[Expanded], scope: Scope) -> Iterator[Problem]:
    """Yield what is wrong with tasks beside each other."""
    filled = [task for task in tasks if task.keyed and not task.unfilled]
    for task, violation in find_clashes(filled, unique_names=scope.unique_names):
        yield place_violation(task.origin, violation, for_each=task.for_each)


def place_violation(origin: Origin, violation: Violation, *, for_each: str = "") -> Problem:
    """Return a violation as a problem of the place that a person must edit."""
    if violation.misplaced:
        traced = Traced(locate(origin, violation.path)[0])
    else:
        traced = trace(origin, violation.path, of_key=violation.of_key)
    place = traced.spot.key if violation.of_key else traced.spot.value
    sentence, hint = violation.sentence, violation.hint
    if hint == QUOTE:
        sentence, hint = _explain_reading(sentence, traced.spot.written)
    return Problem(
        place,
        violation.code,
        sentence,
        hint,
        for_each,
        severity=violation.severity,
        used_at=traced.used_at,
    )


def _explain_reading(sentence: str, written: str) -> tuple[str, str]:
    """Return the sentence and the hint for *written* text that YAML doesn't read as text."""
    if "{{" in written:
        return f"{sentence}, which `{written}` stands for", "quote the value of the variable"
    if written and not sentence.endswith(f" {written}"):
        sentence = f"{sentence}: that is how YAML reads `{written}`"
    return sentence, f'{QUOTE}: "{written}"' if written else QUOTE
