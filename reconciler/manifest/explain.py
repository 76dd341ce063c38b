"""What must a person change where a value breaks its schema? An engine's error → plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from reconciler.manifest.places import Violation
from reconciler.manifest.scalars import json_type
from reconciler.schemas import read_schema
from reconciler.suggest import suggest

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

_IN_TASKS: Final = frozenset({"task", "defaults"})
_OF_SERVER: Final = frozenset(
    {"created_at", "modified_at", "app_id", "user_id", "label_order_id", "metrics"}
)
_SHOWN: Final = 60
_MOST_LISTED: Final = 8
_MOST_PLACES: Final = 2
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def explain_error(error: Any, *, where: str) -> Iterator[Violation]:
    """Yield what an error of the engine means; *where* is the schema or the part of it."""
    path = tuple(error.absolute_path)
    limit = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        yield _explain_key(path, str(error.instance))
        return
    match error.validator:
        case "additionalProperties":
            known = list(error.schema.get("properties", ()))
            for name in error.instance:
                if name not in known:
                    hint = hint_at_unknown(name, known, path=path, where=where)
                    sentence = f"unknown field `{_short(name)}`"
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
            return "wrong-type", sentence, _hint_at_type(wanted, value, schema)
        case "pattern" if limit == PLACEHOLDER:
            # In a file a placeholder may stand for the value, and this text is none.
            return _explain_value("type", value, schema)
        case "anyOf":
            return _explain_value("enum", value, limit[0])
        case "enum":
            what = f"`{_short(value)}` is" if isinstance(value, str | int) else "this must be"
            none = "none" if isinstance(value, str | int) else "one"
            hint = _hint_at_enum(value, limit)
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


def _hint_at_enum(value: Json, allowed: Sequence[Json]) -> str:
    if not isinstance(value, str):
        names = any(isinstance(each, str) for each in allowed)
        number = isinstance(value, int) and not isinstance(value, bool)
        return "write its name" if names and number else ""
    if _NUMBER.fullmatch(value) and any(str(each) == value for each in allowed):
        return "remove the quotes"
    if value.endswith("_NOT_SET"):
        return "remove it: what is left out is not set"
    first, dot, _ = value.partition(".")
    if dot and first in allowed:
        return f"write `{first}`: only a whole field can be named"
    return suggest(value, [each for each in allowed if isinstance(each, str)])


def _hint_at_type(wanted: str, value: Json, schema: Any) -> str:
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
        case "object", str() if value and len(value) <= _SHOWN:
            return _hint_at_mapping(value, schema.get("properties", {}))
        case _:
            return ""


def _hint_at_mapping(value: str, properties: Mapping[str, Any]) -> str:
    """Return how to write what a lone word seems to mean."""
    forms = {
        "user": f"{{user: {{id: {value}}}}}",
        "concept": f"{{concept: {{id: {value}}}}}",
        "strategy": f"{{strategy: {value}}}",
        "type": f"{{type: {value}}}",
        "code": f"{{code: {value}}}",
        "gettable": f"{{gettable: {value}}}",
        "id": f"{{id: {value}}}",
    }
    return next((f"write {form}" for name, form in forms.items() if name in properties), "")


def hint_at_unknown(name: str, known: Sequence[str], *, path: Path, where: str) -> str:
    """Return what to do about a field that doesn't exist at *path*; *known* do."""
    if where == "task" and not path:
        known = [*known, *_BESIDE_FIELDS]
    visible = "".join(c for c in name if c.isprintable()).strip()
    if visible != name and visible in known:
        return f"write `{visible}`, without the character that can't be seen"
    first, colon, _ = name.partition(":")
    if colon and first in known:
        return "write a space after the `:`"
    if where == "defaults" and not path and name in _BESIDE_FIELDS:
        return "several tasks can't share it: write it into the one that it is about"
    if name == "id" and not {"user", "concept"}.isdisjoint(known):
        inner = "user" if "user" in known else "concept"
        return f"write {{{inner}: {{id: …}}}}"
    if where in _IN_TASKS and (places := _places_of(name) - {_join(path)}):
        return f"it belongs into {_any_of(places)}"
    if near := suggest(name, known):
        return near
    if where in _IN_TASKS and not path and name in _OF_SERVER:
        return "the server writes it: remove it"
    if len(known) > _MOST_LISTED:
        return "`reconciler schema tasks` describes the fields that there are"
    return f"known are {_list(known)}"


def _join(path: Path) -> str:
    return ".".join("[]" if isinstance(part, int) else part for part in path)


def _any_of(places: Iterable[str]) -> str:
    return " or ".join(f"`{place}`" if place else "the task itself" for place in sorted(places))


def _places_of(name: str) -> frozenset[str]:
    """Return the fields of a task, not within its lists, that have a member *name*."""
    return _index_fields().get(name, frozenset())


@cache
def _index_fields() -> Mapping[str, frozenset[str]]:
    schema = json.loads(read_schema("task"))
    index: dict[str, frozenset[str]] = {}
    pending = [("", schema)]
    while pending:
        place, node = pending.pop()
        for member, inner in node.get("properties", {}).items():
            index[member] = index.get(member, frozenset()) | {place}
            target = inner.get("$ref", "").rpartition("/")[2]
            if target:
                pending.append((f"{place}.{member}".strip("."), schema["$defs"][target]))
    # What many have, such as an id, says nothing about where it belongs.
    return {member: places for member, places in index.items() if len(places) <= _MOST_PLACES}


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
