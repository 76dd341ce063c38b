"""How would a file declare a live task? Its body as the API returns it → a task of a file; pure.

What only the server writes is left out, and so is our mark, what says nothing, and whatever
`validate` would refuse. Of two spellings of one thing the newer one is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from reconciler.canon import canonical_message, counts, find_member
from reconciler.fields import TASK
from reconciler.jsontext import parse_json
from reconciler.kinds import (
    Enumeration,
    Float32,
    Form,
    Keyed,
    Kind,
    Message,
    Number,
    OpenMap,
    Ratio,
    Structure,
    Text,
    Trigger,
)
from reconciler.leaves import STAMP_KEY, float32_of, name_of_enum
from reconciler.model import ABSENT, Absent, Json, list_of, mapping_of, text_of
from reconciler.schemas import read_schema
from reconciler.stamp import write_lifecycle

if TYPE_CHECKING:
    from reconciler.model import Lifecycle, Spec

_DIGITS: Final = range(6, 10)
"""How many a fraction that is kept in 32 bits may need: as few as tell it apart."""

_MOST_WHOLE: Final = 2**53
_CLOSED: Final = frozenset({"TASK_DONE", "TASK_WONT_DO"})
_BRACES: Final = re.compile(r"\{\{")


def declare_task(spec: Spec) -> dict[str, Json]:
    """Return a live task as a file declares it, with every field that people write.

    The trigger `delete_previous_annotations` is left out: it would act again.
    """
    declared = _declare_message(TASK, spec)
    code = mapping_of(declared.get("status")).get("code")
    if code not in _CLOSED:
        # All other states follow from the work.
        declared.pop("status", None)
    known = _prune(declared, _schema(), mapping_of(_schema().get("$defs")))
    return dict(mapping_of(_escape(known)))


def declare_lifecycle(lifecycle: Lifecycle) -> dict[str, Json]:
    """Return the member that declares a lifecycle, none where it is the default."""
    written = write_lifecycle(lifecycle)
    return {"lifecycle": written} if written else {}


def declare_empty(field: str) -> Json | Absent:
    """Return what declares that a field has no value; absent where a file can't say that."""
    match TASK.members[field].kind:
        case Text():
            return ""
        case Number():
            return 0
        case Keyed():
            return []
        case _:
            return ABSENT


def escape_braces(text: str) -> str:
    r"""Return a text as a file writes it: `{{` would begin a placeholder, `\{{` doesn't."""
    return _BRACES.sub(r"\\{{", text)


def _declare_message(message: Message, wire: Spec) -> dict[str, Json]:
    canonical = canonical_message(message, wire)
    result: dict[str, Json] = {}
    for name, member in message.members.items():
        found = find_member(message, name, wire)
        if found is None or not counts(message, name, canonical):
            continue
        spelling, value = found
        declared = _declare_value(member.kind, spelling.form, value)
        if not _is_empty(declared):
            _put(result, spelling.path, declared)
    return result


def _declare_value(kind: Kind, form: Form, value: Json) -> Json:
    match kind:
        case Message():
            return _declare_message(kind, mapping_of(value))
        case Keyed(element=element):
            return [_declare_thing(element, form, item) for item in list_of(value)]
        case Enumeration():
            return name_of_enum(kind, value) if value in kind.meanings else None
        case Text():
            return text_of(value)
        case Number() | Float32():
            return _number(value)
        case Ratio():
            return _plain(value)
        case Structure(enums=enums):
            return _declare_structure(enums, value)
        case OpenMap():
            return _declare_metadata(value)
        case Trigger():
            return None


def _declare_thing(element: Message, form: Form, item: Json) -> Json:
    """Return one thing of a set in the form in which it stands."""
    if form is not Form.CONCEPTS or not isinstance(item, Mapping):
        return _declare_structure({}, item)
    beside = {name: part for name, part in item.items() if name != "concept"}
    concept = _declare_structure({}, item.get("concept"))
    return {"concept": concept, **_declare_message(element, beside)}


def _declare_structure(enums: Mapping[str, Enumeration], value: Json) -> Json:
    """Return a value without its zeros, enums by name."""
    if isinstance(value, Mapping):
        parts = {
            name: name_of_enum(enums[name], part)
            if name in enums
            else _declare_structure(enums, part)
            for name, part in value.items()
        }
        return {name: part for name, part in parts.items() if part}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_declare_structure(enums, part) for part in value]
    return _number(value)


def _declare_metadata(value: Json) -> Json:
    """Return the user's own metadata. At its top a null would remove a key, not be one."""
    parts = mapping_of(value).items()
    return {n: _plain(part) for n, part in parts if n != STAMP_KEY and part is not None}


def _plain(value: Json) -> Json:
    """Return JSON whose whole numbers look like such: the API keeps all numbers as doubles."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_WHOLE:
        return int(value)
    return value


def _number(value: Json) -> Json:
    """Return a number of 32 bits as people write it; what is none stays as it is."""
    if not isinstance(value, float):
        return value
    if value.is_integer():
        return int(value)
    shown = (float(f"{value:.{digits}g}") for digits in _DIGITS)
    return next((each for each in shown if float32_of(each) == float32_of(value)), value)


@cache
def _schema() -> Spec:
    return mapping_of(parse_json(read_schema("task").encode()))


def _prune(value: Json, schema: Spec, definitions: Spec) -> Json:
    """Return *value* without the members that its schema doesn't know."""
    name = text_of(schema.get("$ref")).rpartition("/")[2]
    schema = mapping_of(definitions[name]) if name else schema
    known = mapping_of(schema.get("properties"))
    if isinstance(value, Mapping) and known:
        parts = {name: part for name, part in value.items() if name in known}
        return {n: _prune(part, mapping_of(known[n]), definitions) for n, part in parts.items()}
    if isinstance(value, list):
        return [_prune(part, mapping_of(schema.get("items")), definitions) for part in value]
    return value


def _put(result: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    for step in path[:-1]:
        inner = result.setdefault(step, {})
        assert isinstance(inner, dict)  # noqa: S101 - a path leads through messages only
        result = inner
    result[path[-1]] = value


def _is_empty(value: Json) -> bool:
    return value is None or value in ("", 0, [], {})


def _escape(value: Json) -> Json:
    if isinstance(value, str):
        return escape_braces(value)
    if isinstance(value, Mapping):
        return {escape_braces(name): _escape(part) for name, part in value.items()}
    if isinstance(value, Sequence):
        return [_escape(part) for part in value]
    return value
