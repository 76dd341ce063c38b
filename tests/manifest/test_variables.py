"""Variables from the command line, and what every use of them keeps to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import UsageError
from reconciler.manifest.variables import SubstitutionError, fill_in, parse_assignments, substitute

if TYPE_CHECKING:
    from reconciler.model import Json


def test_assignments_are_yaml() -> None:
    assert parse_assignments(["a=[ana, bo]", "n=5", 'q="5"', "e=", "u=a=b", "n=6"]) == {
        "a": ["ana", "bo"],
        "n": 6,
        "q": "5",
        "e": None,
        "u": "a=b",
    }


@pytest.mark.parametrize(
    "text", ["", "a", "=1", "a b=1", "é=1", "a\n=1", "a=[", "a=\udcff", "a={{ b }}", "a=2026-11-23"]
)
def test_a_wrong_assignment_says_what_to_do(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--var (?s:.*)[^; ]$"):
        parse_assignments([text])


def test_every_error_is_found_and_what_is_wrong_is_left() -> None:
    value: Json = {"a": "{{ x }}", "{{ y }}": ["{{ known }}", "{{ z"], "b": {"c": "{{ known }}"}}
    filled, errors = fill_in(value, {"known": [1]})
    assert filled == {"a": "{{ x }}", "{{ y }}": [[1], "{{ z"], "b": {"c": [1]}}
    assert [(error.path, error.in_key) for error in errors] == [
        (("a",), False),
        (("{{ y }}",), True),
        (("{{ y }}", 1), False),
    ]
    with pytest.raises(SubstitutionError, match="`x` is not defined"):
        substitute(value, {"known": [1]})
