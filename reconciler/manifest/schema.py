"""Does a value satisfy its schema, and if not, what must a person change?

The only home of both engines: jsonschema-rs gives the verdict, jsonschema explains it.
Nothing is ever fetched: no schema has a reference that leaves it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from reconciler.manifest.places import Violation
from reconciler.manifest.variables import suggest
from reconciler.manifest.yamltext import json_type
from reconciler.schemas import read_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.manifest.places import Path
    from reconciler.model import Json

QUOTE: Final = "put it in quotes"
"""The hint at a value that would be right as text."""

PLACEHOLDER: Final = r"\{\{"
"""The pattern by which the schema of files lets a placeholder stand for a value."""

_BESIDE_FIELDS: Final = ("for_each", "id", "moved_from", "lifecycle")
"""What a task in a file has besides the fields that are sent."""

_SHOWN: Final = 60
_MOST_LISTED: Final = 8
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def find_violations(name: str, value: Json, *, part: str = "") -> tuple[Violation, ...]:
    """Return every way in which *value* breaks the schema *name*, in order of place.

    *part* names the definition of the schema to hold it against, instead of the whole.
    """
    if _verdict(name, part).is_valid(value):
        return ()
    errors = _explainer(name, part).iter_errors(value)
    beside = _BESIDE_FIELDS if name == "task" else ()
    found = {violation for error in errors for violation in _explain(error, beside)}
    return tuple(sorted(found, key=lambda v: ([str(part) for part in v.path], v.sentence)))


@cache
def _verdict(name: str, part: str) -> Any:
    return jsonschema_rs.Draft202012Validator(_schema(name, part))


@cache
def _explainer(name: str, part: str) -> Any:
    # Only a wrong file pays for this import.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(_schema(name, part))


def _schema(name: str, part: str) -> Any:
    schema = json.loads(read_schema(name))
    return {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]} if part else schema


def _explain(error: Any, beside: Iterable[str]) -> Iterator[Violation]:
    """Yield what one error of the engine means; *beside* are known names at the top."""
    path = tuple(error.absolute_path)
    limit = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        yield _explain_key(path, str(error.instance))
        return
    match error.validator:
        case "additionalProperties":
            known = (*error.schema.get("properties", ()), *([] if path else beside))
            for name in error.instance:
                if name not in known:
                    hint = suggest(name, known) or _hint_at_known(name, known)
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
        case keyword:
            words = _explain_value(keyword, error.instance, error.schema)
            misplaced = _is_misplaced(error.schema, error.instance)
            yield Violation(path, *words, misplaced=misplaced)


def _is_misplaced(schema: Any, value: Json) -> bool:
    if isinstance(value, str) or not isinstance(value, Sequence | Mapping):
        return False
    types = schema.get("type", ())
    return {"array", "object"}.isdisjoint([types] if isinstance(types, str) else types)


def _explain_value(keyword: str, value: Json, schema: Any) -> tuple[str, str, str]:
    """Return the code, the sentence and the hint for a value that breaks one keyword."""
    limit = schema[keyword]
    match keyword:
        case "type":
            wanted = limit if isinstance(limit, str) else limit[0]
            sentence = f"must be {_ARTICLES[wanted]}, not {json_type(value)}"
            return "wrong-type", sentence, _hint_at_type(wanted, value)
        case "pattern" if limit == PLACEHOLDER:
            # In a file a placeholder may stand for the value, and this text is none.
            return _explain_value("type", value, schema)
        case "anyOf":
            return _explain_value("enum", value, limit[0])
        case "enum":
            what = f"`{_short(value)}` is" if isinstance(value, str | int) else "this must be"
            none = "none" if isinstance(value, str | int) else "one"
            hint = _hint_at_enum(str(value), [str(each) for each in limit])
            listed = _list(map(str, limit))
            if hint and len(limit) > _MOST_LISTED:
                listed = f"the {len(limit)} values that are allowed"
            return "wrong-value", f"{what} {none} of {listed}", hint
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
            # The value itself may be a token that was put into the wrong place.
            return "wrong-value", "this is not allowed here", schema.get("description", "")


def _hint_at_enum(value: str, allowed: Sequence[str]) -> str:
    first, dot, _ = value.partition(".")
    if dot and first in allowed:
        return f"write `{first}`: only a whole field can be named"
    return suggest(value, allowed)


def _hint_at_type(wanted: str, value: Json) -> str:
    match wanted, value:
        case "string", bool() | int() | float():
            return QUOTE
        case "string", None:
            return "write a text, or remove it"
        case (("integer" | "number"), str()) if _NUMBER.fullmatch(value):
            return "remove the quotes"
        case "boolean", ("true" | "false" | "yes" | "no" | "on" | "off"):
            return "remove the quotes"
        case "array", str() if value and len(value) <= _SHOWN:
            return f'write a list: ["{value}"]'
        case _:
            return ""


def _hint_at_known(name: str, known: Sequence[str]) -> str:
    if name in _BESIDE_FIELDS:
        return "several tasks can't share it: write it into the one that it is about"
    if len(known) > _MOST_LISTED:
        return "`reconciler schema tasks` describes the fields that there are"
    return f"known are {_list(known)}"


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
