"""Does a value satisfy its schema, and if not, in which ways?

The only home of both engines: jsonschema-rs gives the verdict, jsonschema explains it.
Nothing is ever fetched: no schema has a reference that leaves it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from reconciler.manifest.explain import explain_error
from reconciler.schemas import read_schema

if TYPE_CHECKING:
    from reconciler.manifest.places import Violation
    from reconciler.model import Json


def find_violations(name: str, value: Json, *, part: str = "") -> tuple[Violation, ...]:
    """Return every way in which *value* breaks the schema *name*, in order of place.

    *part* names the definition of the schema to hold it against, instead of the whole.
    """
    if _verdict(name, part).is_valid(value):
        return ()
    errors = _explainer(name, part).iter_errors(value)
    where = part or name
    found = {violation for error in errors for violation in explain_error(error, where=where)}
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
