"""What is wrong with the tasks of the files, and where must a person mend it?"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from reconciler.manifest.explain import QUOTE
from reconciler.manifest.frame import defaults_of, read_frame
from reconciler.manifest.rules import check_rules
from reconciler.manifest.schema import find_violations
from reconciler.manifest.scope import Scope
from reconciler.manifest.settings import check_settings
from reconciler.manifest.together import find_clashes
from reconciler.manifest.trace import Origin, Traced, locate, trace
from reconciler.model import mapping_of
from reconciler.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.manifest.expand import Expanded
    from reconciler.manifest.places import Path, Violation
    from reconciler.manifest.yamltext import Document
    from reconciler.model import Spec


def judge_task(task: Expanded) -> Iterator[Problem]:
    """Yield what is wrong with one task."""
    spec = task.desired.spec
    violations = find_violations("task", spec)
    if violations or task.unfilled:
        # What follows from something whose shape is wrong is no news.
        spec = _prune(spec, violations)
        spec = {name: value for name, value in spec.items() if name not in task.unfilled}
    # What is said to be missing may be there, misspelt.
    beside = {violation.path[:-1] for violation in violations if violation.path}
    violations += tuple(
        violation
        for violation in check_rules(spec)
        if violation.code != "missing-field" or violation.path[:-1] not in beside
    )
    if task.settings:
        violations += tuple(check_settings(task.settings, task.origin.scope))
    for violation in violations:
        if not violation.path or violation.path[0] not in task.unfilled:
            yield place_violation(
                task.origin, violation, for_each=task.for_each, key=task.desired.key
            )


def _prune(spec: Spec, violations: Iterable[Violation]) -> Spec:
    """Return *spec* without what is wrong, nor what can't be judged without that."""
    drops: set[Path] = set()
    for path in {violation.path for violation in violations if violation.path}:
        start = tuple(takewhile(lambda part: isinstance(part, str), path))
        # Who works and who reviews is what the rules on weights and thresholds rest on.
        of_people = len(start) > 1 and start[1] not in _OF_PEOPLE.get(str(start[0]), (start[1],))
        drops.add(start[:1] if of_people else start)
    return _without(spec, drops, ())


_OF_PEOPLE: Final = {
    "worker": frozenset({"strategy", "type", "runner_selectors", "partitioned_strategy_info"}),
    "review": frozenset({"strategy", "manual_strategy_info", "consensus_strategy_info"}),
}
"""The members of these that say nothing of the people."""


def _without(spec: Spec, drops: Container[Path], path: Path) -> Spec:
    return {
        name: _without(part, drops, (*path, name)) if isinstance(part, Mapping) else part
        for name, part in spec.items()
        if (*path, name) not in drops
    }


def judge_document(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with a file as it is written, whatever becomes of it in its tasks.

    That is what no task uses of its defaults, and what stands empty under a name that is no
    field: an empty value removes a default, and would be gone.
    """
    origin = Origin(document, ("defaults",), Scope(), {})
    for violation in find_violations("tasks", defaults_of(document), part="defaults"):
        yield place_violation(origin, violation)
    for entry in read_frame(document):
        if isinstance(entry, Problem):
            continue
        makes_none = [] in mapping_of(entry.body.get("for_each")).values()
        if not (document.nulls or makes_none):
            continue
        origin = Origin(document, entry.path, Scope(), {})
        for violation in find_violations("tasks", entry.body, part="task"):
            if makes_none or violation.code == "unknown-field":
                yield place_violation(origin, violation)


def judge_set(tasks: Iterable[Expanded], scope: Scope) -> Iterator[Problem]:
    """Yield what is wrong with tasks beside each other."""
    filled = [task for task in tasks if task.keyed and not task.unfilled]
    for task, violation in find_clashes(filled, unique_names=scope.unique_names):
        yield place_violation(task.origin, violation, for_each=task.for_each, key=task.desired.key)


def place_violation(
    origin: Origin, violation: Violation, *, for_each: str = "", key: str = ""
) -> Problem:
    """Return a violation as a problem of the place that a person must edit.

    *key* is that of the task; it is told only where the place lies outside of the task.
    """
    violation = _find_empty(origin, violation)
    if violation.misplaced:
        located = locate(origin, violation.path)
        traced = Traced(located.spot, inherited=located.inherited)
    else:
        traced = trace(origin, violation.path, of_key=violation.of_key)
    place = traced.spot.key if violation.of_key else traced.spot.value
    sentence, hint = violation.sentence, violation.hint
    if hint == QUOTE:
        sentence, hint = _explain_reading(sentence, traced.spot.written)
    if traced.given:
        hint = "; ".join([*([hint] if hint else []), f"the value is that of --var {traced.given}"])
    return Problem(
        place,
        violation.code,
        sentence,
        hint,
        for_each,
        task=key if traced.inherited else "",
        severity=violation.severity,
        used_at=traced.used_at,
    )


def _find_empty(origin: Origin, violation: Violation) -> Violation:
    """Return a missing field that is written and left empty as that."""
    if violation.code != "missing-field" or violation.path:
        return violation
    located = locate(origin, ("name",))
    if located.rest:
        return violation
    return replace(violation, path=("name",), sentence="`name` is empty", hint="write one")


def _explain_reading(sentence: str, written: str) -> tuple[str, str]:
    """Return the sentence and the hint for *written* text that YAML doesn't read as text."""
    if "{{" in written:
        return f"{sentence}, which `{written}` stands for", "quote the value of the variable"
    if written and not sentence.endswith(f" {written}"):
        sentence = f"{sentence}: that is how YAML reads `{written}`"
    return sentence, f'{QUOTE}: "{written}"' if written else QUOTE
