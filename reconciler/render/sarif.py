"""What do code scanners read? Problems → SARIF 2.1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from reconciler import __version__
from reconciler.codes import read_pages
from reconciler.model import ABSENT, Json, Place
from reconciler.render.problems import say_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.codes import Page
    from reconciler.problem import Problem

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif_document(problems: Iterable[Problem]) -> Json:
    """Return the log of one run: a rule for each code that was found, a result for each problem.

    Places are relative to the folder where the command ran, which is the root of the source.
    """
    problems = tuple(problems)
    pages = read_pages()
    codes = sorted({problem.code for problem in problems})
    index = {code: number for number, code in enumerate(codes)}
    driver: Json = {
        "name": "reconciler",
        "semanticVersion": __version__,
        "rules": [_rule(pages[code]) for code in codes],
    }
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, index[problem.code]) for problem in problems],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(page: Page) -> Json:
    examples = "".join(
        f"\n\n{title}:\n\n```yaml\n{example}```"
        for title, example in (("Wrong", page.wrong), ("Right", page.right))
        if example
    )
    return {
        "id": page.code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.text},
        "help": {"text": page.text, "markdown": page.text + examples},
        "defaultConfiguration": {"level": str(page.severity)},
    }


def _result(problem: Problem, rule_index: int) -> Json:
    related = problem.used_at
    return {
        "ruleId": problem.code,
        "ruleIndex": rule_index,
        "level": str(problem.severity),
        "message": {"text": say_all(problem)},
        "locations": [_location(problem.place, problem)],
        **({} if related is ABSENT else {"relatedLocations": [_related(related)]}),
    }


def _location(place: Place, problem: Problem) -> Json:
    region: dict[str, Json] = {"startLine": place.line, "startColumn": place.column}
    if problem.excerpt is not ABSENT:
        region["endColumn"] = place.column + problem.excerpt.width
    return {"physicalLocation": {"artifactLocation": _artifact(place), "region": region}}


def _related(place: Place) -> Json:
    region = {"startLine": place.line, "startColumn": place.column}
    return {
        "physicalLocation": {"artifactLocation": _artifact(place), "region": region},
        "message": {"text": "used here"},
    }


def _artifact(place: Place) -> Json:
    return {"uri": quote(place.file, errors="backslashreplace"), "uriBaseId": "%SRCROOT%"}
