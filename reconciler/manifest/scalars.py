"""What is the value of an unquoted word? What YAML 1.1 reads, as far as JSON has it; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reconciler.model import Json

_LARGEST: Final = 2**63
_LONGEST: Final = 100
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Unfit:
    """A word that YAML reads as something that JSON doesn't have."""

    sentence: str
    hint: str


def read_word(tag: str, word: str, *, node: Any, constructor: Any) -> Json | Unfit:
    """Return the value of *word*, which YAML resolves to the short *tag*.

    *constructor* builds the value of *node* by the rules of YAML 1.1.
    """
    match tag:
        case "null":
            return None
        case "bool":
            return bool(constructor.construct_yaml_bool(node))
        case "int":
            return _whole(word, node=node, constructor=constructor)
        case "float":
            return _real(word, node=node, constructor=constructor)
        case "timestamp":
            return Unfit(f"YAML reads `{word}` as a date, which JSON doesn't have", _quote(word))
        case "merge":
            hint = "put what tasks share under `defaults`"
            return Unfit("merge keys (`<<`) are not supported", hint)
        case _:
            return word


def _whole(word: str, *, node: Any, constructor: Any) -> int | Unfit:
    try:
        # A number of a million digits would take minutes to read.
        number = int(constructor.construct_yaml_int(node)) if len(word) <= _LONGEST else _LARGEST
    except ValueError:
        return Unfit(f"`{word}` is a number without digits", _quote(word))
    if -_LARGEST <= number < _LARGEST:
        return number
    return Unfit(f"the number `{_shorten(word)}` is too large: 64 bits are the limit", _quote(word))


def _real(word: str, *, node: Any, constructor: Any) -> float | Unfit:
    try:
        number = (
            float(constructor.construct_yaml_float(node)) if len(word) <= _LONGEST else math.inf
        )
    except ValueError:
        return Unfit(f"`{word}` is a number without digits", _quote(word))
    if math.isfinite(number):
        return number
    return Unfit(f"`{_shorten(word)}` is not a number that JSON has", _quote(word))


def _shorten(word: str) -> str:
    return word if len(word) <= _SHOWN else f"{word[:_SHOWN]}…"


def _quote(word: str) -> str:
    return f'quote it: "{word}"' if len(word) <= _SHOWN else "put it in quotes"


def json_type(value: Json) -> str:
    """Return what JSON calls the type of *value*, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"
