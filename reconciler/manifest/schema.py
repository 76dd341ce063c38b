"""Does a value satisfy its schema, and if not, what must a person change?

The only home of both engines: jsonschema-rs gives the verdict, jsonschema explains it.
Nothing is ever fetched: no schema has a reference that leaves it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from reconciler.manifest.variables import suggest
from reconciler.manifest.yamltext import Path, json_type
from reconciler.schemas import read_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.model import Json


QUOTE: Final = "put it in quotes"
"""The hint at a value that would be right as text."""

_SHOWN: Final = 60
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with the value at *path*, or with its key if *of_key*."""

    path: Path
    code: str
    sentence: str
    hint: str = ""
    of_key: bool = False


def find_violations(name: str, value: Json) -> tuple[Violation, ...]:
    """Return every way in which *value* breaks the published schema *name*, in order of place."""
    if _verdict(name).is_valid(value):
        return ()
    errors = _explainer(name).iter_errors(value)
    found = {violation for error in errors for violation in _explain(error)}
    return tuple(sorted(found, key=lambda v: ([str(part) for part in v.path], v.sentence)))


@cache
def _verdict(name: str) -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(read_schema(name)))


@cache
def _explainer(name: str) -> Any:
    # Only a wrong file pays for this import.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(json.loads(read_schema(name)))


def _explain(error: Any) -> Iterator[Violation]:
    path = tuple(error.absolute_path)
    limit = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        yield _explain_key(path, str(error.instance))
        return
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            for name in error.instance:
                if name not in known:
                    hint = suggest(name, known) or f"known are {_list(known)}"
                    sentence = f"unknown field `{name}`"
                    yield Violation((*path, name), "unknown-field", sentence, hint, of_key=True)
        case "required":
            for name in limit:
                if name not in error.instance:
                    sentence = f"`{name}` is missing"
                    yield Violation(path, "missing-field", sentence, "add it", of_key=True)
        case "dependentRequired":
            for name, others in limit.items():
                missing = [other for other in others if other not in error.instance]
                if name in error.instance and missing:
                    sentence = f"`{name}` needs {_list(missing)} beside it"
                    yield Violation((*path, name), "missing-field", sentence, of_key=True)
        case _:
            yield Violation(path, *_explain_value(error.validator, error.instance, error.schema))


def _explain_value(keyword: str, value: Json, schema: Any) -> tuple[str, str, str]:
    """Return the code, the sentence and the hint for a value that breaks one keyword."""
    limit = schema[keyword]
    match keyword:
        case "type":
            sentence = f"must be {_ARTICLES[limit]}, not {json_type(value)}"
            return "wrong-type", sentence, _hint_at_type(limit, value)
        case "enum":
            what = f"`{_short(value)}` is" if isinstance(value, str | int) else "this must be"
            none = "none" if isinstance(value, str | int) else "one"
            hint = suggest(str(value), [str(each) for each in limit])
            return "wrong-value", f"{what} {none} of {_list(map(str, limit))}", hint
        case "minimum":
            return "wrong-value", f"{_short(value)} is less than {limit}", ""
        case "maximum":
            return "wrong-value", f"{_short(value)} is more than {limit}", ""
        case "exclusiveMinimum":
            return "wrong-value", f"{_short(value)} must be more than {limit}", ""
        case "minLength":
            return "wrong-value", "must not be empty", ""
        case "minProperties" | "maxProperties":
            return "wrong-value", f"must have exactly one of {_list(schema['properties'])}", ""
        case _:
            sentence = f"`{_short(value)}` is not allowed here"
            return "wrong-value", sentence, schema.get("description", "")


def _hint_at_type(wanted: str, value: Json) -> str:
    match wanted, value:
        case "string", bool() | int() | float():
            return QUOTE
        case "string", None:
            return "write a text, or remove it"
        case (("integer" | "number"), str()) if _NUMBER.fullmatch(value):
            return "remove the quotes"
        case "array", str() if value and len(value) <= _SHOWN:
            return f'write a list: ["{value}"]'
        case _:
            return ""


def _explain_key(path: Path, name: str) -> Violation:
    """Explain a key that may not stand where it does."""
    if path and path[-1] == "metadata":
        hint = "remove it: the mark of ownership is written here"
        return Violation((*path, name), "reserved-key", f"`{name}` is reserved", hint, of_key=True)
    if not name:
        return Violation((*path, name), "wrong-name", "a key must not be empty", of_key=True)
    sentence = f"`{_short(name)}` is not a name of letters, digits and underscores"
    return Violation((*path, name), "wrong-name", sentence, of_key=True)


_ARTICLES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
