"""What does a task file look like? Derives tasks.schema.json from task.schema.json.

A file says less than the task that is sent: defaults fill in what is missing, null takes a
default away, and a placeholder can stand for any value. The fields themselves are the same, so
that they are described once, in task.schema.json.

    python schemas/generate.py           write tasks.schema.json
    python schemas/generate.py --check   exit 1 if it is out of date
"""  # noqa: INP001 - a folder of schemas is no package

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema: TypeAlias = dict[str, Any]

HERE: Final = Path(__file__).resolve().parent
SOURCE: Final = HERE / "task.schema.json"
TARGET: Final = HERE / "tasks.schema.json"

PLACEHOLDER: Final = r"\{\{"
REF: Final = "#/$defs/"

TASK_ONLY: Final[Schema] = {
    "for_each": {
        "title": "For each",
        "description": (
            "Makes one task for every value: the name of a variable, and its values. Several "
            "variables give every combination. The key of the task must use each variable that "
            "has more than one value, as in `annotate-{{ concept_id }}`."
        ),
        "$ref": f"{REF}for_each",
    },
}
"""Members of a task in a file that are no fields of the API, and that defaults don't have."""

FILE_DEFS: Final[Schema] = {
    "for_each": {
        "title": "For each",
        "description": (
            "Name of a variable to its values. Names consist of letters, digits and underscores "
            "and don't start with a digit."
        ),
        "type": "object",
        # Python's $ matches before a final newline, Rust's doesn't.
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "not": {"pattern": "\\n"}},
        "additionalProperties": {
            "title": "Values",
            "description": "The values of the variable.",
            "type": "array",
            "items": {
                "title": "Value",
                "description": "Text or a whole number.",
                "type": ["string", "integer"],
            },
        },
    },
}


def file_schema(task_schema: Mapping[str, Any]) -> Schema:
    """Return the schema of a file of tasks whose fields are those of *task_schema*.

    Pure. Definitions that are met inside lists, which defaults replace whole, keep what they
    require and take no null; they are named `…_in_list`.
    """
    fields = _members(task_schema, in_list=False)
    return {
        "$schema": task_schema["$schema"],
        "title": "File of annotation tasks",
        "description": (
            "Annotation tasks as code. Wherever a value belongs, text with a placeholder such "
            "as `{{ annotators }}` may stand for it."
        ),
        "type": "object",
        "required": ["tasks"],
        "additionalProperties": False,
        "properties": {
            "defaults": {
                "title": "Defaults",
                "description": (
                    "What every task of this file starts from. Mappings are merged deeply, "
                    "lists are replaced, and null in a task removes a default."
                ),
                "$ref": f"{REF}defaults",
            },
            "tasks": {
                "title": "Tasks",
                "description": (
                    "The tasks by key, or a list of tasks whose names are their keys. The key "
                    "is the identity of a task: it is unique over all files, and a task with "
                    "another key is another task."
                ),
                "type": ["object", "array"],
                "propertyNames": {"minLength": 1},
                "additionalProperties": {"$ref": f"{REF}task"},
                "items": {"$ref": f"{REF}task"},
            },
        },
        "$defs": {
            "task": {
                "title": "Task",
                "description": (
                    "A task, in the words of the API. It needs a name, its own or a default."
                ),
                "type": "object",
                "additionalProperties": False,
                "properties": {**fields, **TASK_ONLY},
            },
            "defaults": {
                "title": "Defaults",
                "description": "What every task of this file starts from.",
                "type": "object",
                "additionalProperties": False,
                "properties": {name: {"$ref": f"{REF}task/properties/{name}"} for name in fields},
            },
            **FILE_DEFS,
            **_reached_definitions(fields, task_schema["$defs"]),
        },
    }


def _reached_definitions(fields: Schema, definitions: Mapping[str, Any]) -> Schema:
    """Return the file form of each definition that *fields* need, in the order they are met."""
    reached: Schema = {}
    names = list(_references(fields))
    while names:
        name = names.pop(0)
        if name not in reached:
            original = name.removesuffix("_in_list")
            reached[name] = _file_form(definitions[original], in_list=name != original)
            names.extend(_references(reached[name]))
    return reached


def _references(node: object) -> Iterator[str]:
    match node:
        case {"$ref": str(target)}:
            yield target.removeprefix(REF)
        case dict():
            for value in node.values():
                yield from _references(value)
        case list():
            for value in node:
                yield from _references(value)
        case _:
            pass


def _members(schema: Mapping[str, Any], *, in_list: bool) -> Schema:
    return {
        name: _file_form(member, in_list=in_list) for name, member in schema["properties"].items()
    }


def _file_form(schema: Mapping[str, Any], *, in_list: bool) -> Schema:
    """Return *schema* with room for a placeholder and, outside lists, for null and defaults."""
    form = dict(schema)
    if "$ref" in form:
        form["$ref"] += "_in_list" if in_list else ""
        return form
    if "enum" in form:
        text = _with_placeholder([], in_list=in_list)
        form["anyOf"] = [{"enum": form.pop("enum")}, text]
        return form
    form |= _with_placeholder([form["type"]], in_list=in_list)
    if not in_list:
        form.pop("required", None)
    if "properties" in form:
        form["properties"] = _members(form, in_list=in_list)
    if "items" in form:
        form["items"] = _file_form(form["items"], in_list=True)
    if isinstance(form.get("additionalProperties"), dict):
        form["additionalProperties"] = _file_form(form["additionalProperties"], in_list=in_list)
    return form


def _with_placeholder(types: list[str], *, in_list: bool) -> Schema:
    null = [] if in_list else ["null"]
    if types == ["string"]:
        return {"type": [*types, *null] if null else "string"}
    # A keyword says something only about values of its own type: the pattern only about text.
    allowed = [*types, "string", *null]
    return {"type": allowed if len(allowed) > 1 else allowed[0], "pattern": PLACEHOLDER}


def main() -> int:
    """Write the file, or with --check compare it; return the exit code."""
    parser = argparse.ArgumentParser(description="Derive tasks.schema.json.")
    parser.add_argument("--check", action="store_true", help="exit 1 if it is out of date")
    arguments = parser.parse_args()
    schema = file_schema(json.loads(SOURCE.read_text(encoding="utf-8")))
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    if not arguments.check:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{TARGET.name} is out of date: run python schemas/generate.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
