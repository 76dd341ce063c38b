"""Two engines, one verdict: what one accepts, the other does, whatever a file may hold.

jsonschema-rs decides whether a file is right and jsonschema says what is wrong with it. If they
ever differed, a wrong file would be right, or be wrong without a reason.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifest.schema import find_violations
from reconciler.schemas import read_schema
from tests.test_schemas import follow, verdict

PARTS = [("task", ""), ("settings", ""), ("tasks", ""), ("tasks", "defaults"), ("config", "")]

_odd: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 2, 1.0, -0.0, 0.5, 1e300),
        *(2**31, 2**32, 2**53 + 1, 2**63 - 1, 54002, 54002.0, "54002"),
        *("", " ", "\n", "x\n", "٣", "1", "x٣", "30%", "30%\n", "{{", "{{ x }}", "\\{{", "me"),
        *("CLARIFAI_PAT", "CLARIFAI_PAT\n", "CLARIFAI_٣", "FULL", "TASK_DONE"),
        *([], [None], {}, {"": 1}, {"x\n": []}, {"id": "a"}, ["a", "a"], [[]]),
    ]
)


def documents(schema: Any, node: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Draw values that mostly satisfy *node*, with something odd here and there."""
    node = follow(schema, node)
    right = [
        *(documents(schema, branch, depth + 1) for branch in node.get("anyOf", ())),
        *([st.sampled_from(node["enum"])] if "enum" in node else []),
        *(_values(schema, node, each, depth) for each in _types(node)),
    ]
    if depth > 5 or not right:
        return _odd
    return st.one_of(*right, *right, *right, _odd)


def _types(node: Any) -> list[str]:
    types = node.get("type", [])
    return [types] if isinstance(types, str) else types


def _values(schema: Any, node: Any, kind: str, depth: int) -> st.SearchStrategy[Any]:
    match kind:
        case "object":
            return _mappings(schema, node, depth)
        case "array":
            return st.lists(documents(schema, node.get("items", {}), depth + 1), max_size=2)
        case "string":
            return st.sampled_from(["a", "{{ x }}", "", "x\n"]) | st.text(max_size=3)
        case "integer":
            low = node.get("minimum", -1)
            return st.integers(low - 1, low + 2) | st.just(float(low))
        case "number":
            return st.floats(-0.5, 1.5) | st.integers(-1, 2)
        case "boolean":
            return st.booleans()
        case _:
            return st.none()


def _mappings(schema: Any, node: Any, depth: int) -> st.SearchStrategy[Any]:
    known = {
        name: documents(schema, member, depth + 1)
        for name, member in node.get("properties", {}).items()
    }
    required = {name: known.pop(name) for name in node.get("required", ()) if name in known}
    rest = node.get("additionalProperties", {})
    names = st.sampled_from(["a", "x1", "b\n", "", "{{ x }}", "٣", "reconciler"])
    others = st.dictionaries(names, documents(schema, rest or {}, depth + 1), max_size=1)
    few = st.fixed_dictionaries({}, optional=known) if known else st.just({})
    closed = rest is False
    more = st.just({}) if closed else others
    return st.builds(
        lambda *maps: {name: value for each in maps for name, value in each.items()},
        st.fixed_dictionaries(required),
        few,
        more,
    )


@pytest.mark.parametrize(("name", "part"), PARTS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_engines_agree_and_wrong_has_a_reason(name: str, part: str, data: Any) -> None:
    schema = json.loads(read_schema(name))
    node = {"$ref": f"#/$defs/{part}"} if part else schema
    document = data.draw(documents(schema, node))
    violations = find_violations(name, document, part=part)
    if not part:
        assert verdict(name, document) == (not violations)
    for violation in violations:
        assert violation.sentence
        assert violation.code
