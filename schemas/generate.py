"""What does a task file look like? Derives tasks.schema.json and the README's table of fields.

A file says less than the task that is sent: defaults fill in what is missing, null takes a
default away, and a placeholder can stand for any value. And it says more: how far the task is
managed. The fields themselves are the same, so that they are described once, in
task.schema.json, and the settings in settings.schema.json.

    python schemas/generate.py           write tasks.schema.json and the table
    python schemas/generate.py --check   exit 1 if one of them is out of date
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
TASK: Final = "task.schema.json"
SETTINGS: Final = "settings.schema.json"
TARGET: Final = HERE / "tasks.schema.json"
README: Final = HERE.parent / "README.md"
TABLE_START: Final = "<!-- fields: written by schemas/generate.py -->\n"
TABLE_END: Final = "<!-- end of the fields -->\n"

PLACEHOLDER: Final = r"\{\{"
PLACEHOLDER_WORDS: Final[Schema] = {
    "title": "Placeholder",
    "description": "Text with a placeholder such as `{{ strategy }}`.",
}
REF: Final = "#/$defs/"

FOR_EACH: Final[Schema] = {
    "title": "For each",
    "description": (
        "Makes one task for every value: the name of a variable, and its values. Several "
        "variables give every combination. The key of the task must use each variable that "
        "has more than one value, as in `annotate-{{ concept_id }}`. Names consist of letters, "
        "digits and underscores and don't start with a digit."
    ),
    "type": ["object", "string"],
    "pattern": PLACEHOLDER,
    # Python's $ matches before a final newline, Rust's doesn't.
    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "not": {"pattern": "\\n"}},
    "additionalProperties": {
        "title": "Values",
        "description": "The values of the variable, or a placeholder that stands for them.",
        "type": ["array", "string"],
        "pattern": PLACEHOLDER,
        "items": {
            "title": "Value",
            "description": "Text or a whole number.",
            "type": ["string", "integer"],
        },
    },
}
"""Makes several tasks of one; defaults don't have it."""

OF_ONE_TASK: Final = frozenset({"id", "moved_from"})
"""Settings that several tasks can't share, and so no defaults."""


def file_schema(task_schema: Mapping[str, Any], settings_schema: Mapping[str, Any]) -> Schema:
    """Return the schema of a file of tasks with the fields and the settings of two schemas.

    Pure. Definitions that are met inside lists, which defaults replace whole, keep what they
    require and take no null; they are named `…_in_list`.
    """
    fields = _members(task_schema, in_list=False)
    settings = _members(settings_schema, in_list=False)
    inherited = [*fields, *(name for name in settings if name not in OF_ONE_TASK)]
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
            "action": {
                "title": "Action",
                "description": (
                    "What stands in the body of an update request, so that such a body can be "
                    "pasted. It means nothing here: a file always says how a task is as a whole."
                ),
                "enum": ["overwrite"],
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
                "properties": {**fields, "for_each": FOR_EACH, **settings},
            },
            "defaults": {
                "title": "Defaults",
                "description": "What every task of this file starts from.",
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": {
                    name: {"$ref": f"{REF}task/properties/{name}"} for name in inherited
                },
            },
            **_reached_definitions(
                {**fields, **settings}, {**task_schema["$defs"], **settings_schema["$defs"]}
            ),
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
        # Editors show the title of each branch: without one of its own they show this one twice.
        form["anyOf"] = [{"enum": form.pop("enum")}, PLACEHOLDER_WORDS | text]
        return form
    types = form["type"]
    form |= _with_placeholder([types] if isinstance(types, str) else types, in_list=in_list)
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
    if "string" in types:
        allowed = [*types, *null]
        return {"type": allowed if len(allowed) > 1 else "string"}
    # A keyword says something only about values of its own type: the pattern only about text.
    allowed = [*types, "string", *null]
    return {
        "type": allowed if len(allowed) > 1 else allowed[0],
        "pattern": PLACEHOLDER,
        # Not of the standard: what the YAML language server says instead of the pattern.
        "patternErrorMessage": "This is text without a placeholder, and text doesn't fit here.",
    }


def field_table(*schemas: Mapping[str, Any]) -> str:
    """Return the Markdown table of every field of *schemas*: its path, its values, its meaning."""
    rows = [
        f"| `{path}` | {values} | {description.replace('|', chr(92) + '|')} |"
        for schema in schemas
        for path, values, description in _rows(schema, schema, "")
    ]
    return "\n".join(["| field | value | meaning |", "|---|---|---|", *rows]) + "\n"


def _rows(
    schema: Mapping[str, Any], node: Mapping[str, Any], path: str
) -> Iterator[tuple[str, str, str]]:
    for name, member in node.get("properties", {}).items():
        full = _follow(schema, member)
        here = f"{path}{name}"
        yield here, _values(schema, full), full["description"]
        if "items" in full:
            full, here = _follow(schema, full["items"]), f"{here}[]"
        yield from _rows(schema, full, f"{here}.")


def _values(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in node["enum"])
    if node["type"] == "array":
        return f"list of {_values(schema, _follow(schema, node['items']))}"
    types = [node["type"]] if isinstance(node["type"], str) else node["type"]
    return " or ".join(WORDS[each] for each in types)


def _follow(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what *node* refers to, its own words laid over it."""
    if "$ref" not in node:
        return node
    return {**_follow(schema, schema["$defs"][node["$ref"].removeprefix(REF)]), **node}


WORDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
}


def _with_table(readme: str, table: str) -> str:
    """Return the README with *table* between its two marks."""
    before, _, rest = readme.partition(TABLE_START)
    _, _, after = rest.partition(TABLE_END)
    return f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}"


def main() -> int:
    """Write the files, or with --check compare them; return the exit code."""
    parser = argparse.ArgumentParser(description="Derive tasks.schema.json and the table.")
    parser.add_argument("--check", action="store_true", help="exit 1 if one is out of date")
    arguments = parser.parse_args()
    task, settings = (json.loads(_read(HERE / name)) for name in (TASK, SETTINGS))
    made = {TARGET: json.dumps(file_schema(task, settings), indent=2, ensure_ascii=False) + "\n"}
    if README.exists():
        made[README] = _with_table(_read(README), field_table(task, settings))
    outdated = [path for path, text in made.items() if not path.exists() or _read(path) != text]
    for path in outdated:
        if arguments.check:
            sys.stderr.write(f"{path.name} is out of date: run python schemas/generate.py\n")
        else:
            path.write_text(made[path], encoding="utf-8")
    return 1 if arguments.check and outdated else 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
