"""Every way to break a schema is explained: what is wrong, where, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.manifest.schema import find_violations

TASK = {
    "additionalProperties": (
        {"worker": {"stratgy": "FULL"}},
        ("worker", "stratgy"),
        "unknown field `stratgy`",
        "did you mean `strategy`?",
    ),
    "no field is near": (
        {"status": {"code": "TASK_DONE", "zzz": 1}},
        ("status", "zzz"),
        "unknown field `zzz`",
        "known are `code`",
    ),
    "required": ({"status": {}}, ("status",), "`code` is missing", "add it"),
    "type": ({"description": 5}, ("description",), "must be text, not the number 5", "put it in"),
    "type boolean": (
        {"delete_previous_annotations": "yes"},
        ("delete_previous_annotations",),
        "must be true or false, not text",
        "remove the quotes",
    ),
    "type mapping": ({"worker": ["ana"]}, ("worker",), "must be a mapping, not a list", ""),
    "enum": (
        {"type": "polygon_detection"},
        ("type",),
        "`polygon_detection` is none of `CONCEPTS_CLASSIFICATION`, ",
        "did you mean `POLYGON_DETECTION`?",
    ),
    "enum of numbers": (
        {"review": {"consensus_strategy_info": {"approval_threshold_reviewers": 2}}},
        ("review", "consensus_strategy_info", "approval_threshold_reviewers"),
        "`2` is none of `-1`, `0`, `1`",
        "",
    ),
    "enum for a boolean": ({"priority": False}, ("priority",), "`false` is none of `LOW`", ""),
    "minimum": ({"sample_ms": -1}, ("sample_ms",), "-1 is less than 0", ""),
    "maximum": (
        {"ai_assist_params": {"min_threshold": 1.5}},
        ("ai_assist_params", "min_threshold"),
        "1.5 is more than 1",
        "",
    ),
    "minLength": ({"concept_ids": [""]}, ("concept_ids", 0), "must not be empty", ""),
    "minProperties": (
        {"worker": {"workers": [{}]}},
        ("worker", "workers", 0),
        "must have exactly one of `user`, `model`, `workflow`",
        "",
    ),
    "maxProperties": (
        {"worker": {"workers": [{"user": {"id": "a"}, "model": {"id": "b"}}]}},
        ("worker", "workers", 0),
        "must have exactly one of `user`, `model`, `workflow`",
        "",
    ),
    "propertyNames": (
        {"metadata": {"reconciler": 1}},
        ("metadata", "reconciler"),
        "`reconciler` is reserved",
        "remove it",
    ),
    "propertyNames of weights": (
        {"worker": {"partitioned_strategy_info": {"weights": {"": 1}}}},
        ("worker", "partitioned_strategy_info", "weights", ""),
        "a key must not be empty",
        "",
    ),
}

CONFIG = {
    "dependentRequired": (
        {"user_id": "acme"},
        ("user_id",),
        "`user_id` needs `app_id` beside it",
        "",
    ),
    "exclusiveMinimum": (
        {"requests_per_second": 0},
        ("requests_per_second",),
        "0 must be more than 0",
        "",
    ),
    "pattern": (
        {"token_env": "GITHUB_TOKEN"},
        ("token_env",),
        "this is not allowed here",
        "The name of the environment variable",
    ),
    "not": (
        {"token_env": "CLARIFAI_A-B"},
        ("token_env",),
        "this is not allowed here",
        "The name of the environment variable",
    ),
    "propertyNames": (
        {"variables": {"a b": 1}},
        ("variables", "a b"),
        "`a b` is not a name of letters, digits and underscores",
        "",
    ),
}


@pytest.mark.parametrize("case", TASK.values(), ids=TASK.keys())
def test_a_task(case: tuple[Any, ...]) -> None:
    body, *expected = case
    check("task", {"name": "A", **body}, *expected)


@pytest.mark.parametrize("case", CONFIG.values(), ids=CONFIG.keys())
def test_a_target(case: tuple[Any, ...]) -> None:
    target, path, *expected = case
    config = {"targets": {"t": {"url": "https://api.clarifai.com", **target}}}
    check("config", config, ("targets", "t", *path), *expected)


def check(name: str, value: Any, path: tuple[Any, ...], sentence: str, hint: str) -> None:
    (violation,) = find_violations(name, value)
    assert violation.path == path
    assert violation.sentence.startswith(sentence)
    assert violation.hint.startswith(hint)
    assert bool(hint) == bool(violation.hint)
    in_key = ("unknown", "missing", "reserved", "wrong-name")
    assert violation.of_key == violation.code.startswith(in_key)


def test_all_that_is_wrong_is_found_at_once() -> None:
    found = find_violations("task", {"typ": 1, "sample_ms": -1, "worker": {"type": "x"}})
    assert [violation.path for violation in found] == [
        (),
        ("sample_ms",),
        ("typ",),
        ("worker", "type"),
    ]
