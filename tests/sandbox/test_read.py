"""The kinds of values are those of the API's JSON."""

import json
import struct

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.values import round_float32

from .requests import post, refused


@pytest.mark.parametrize(
    ("task", "details"),
    [
        ({"name": 1}, "tasks[0].name: expected a string"),
        ({"type": "concepts_classification"}, "tasks[0].type: concepts_classification is not one"),
        ({"type": 99}, "tasks[0].type: 99 is not one of"),
        ({"type": 1.5}, "tasks[0].type: 1.5 is not one of"),
        ({"type": True}, "tasks[0].type: expected a name or number"),
        ({"type": 10**400}, "tasks[0].type: 1000"),
        ({"worker": {"strategy": 1}}, "tasks[0].worker.strategy: 1 is not one of"),
        ({"worker": []}, "tasks[0].worker: expected an object"),
        ({"worker": {"user_ids": "ana"}}, "tasks[0].worker.user_ids: expected a list"),
        ({"worker": {"user_ids": ["a", 1]}}, "tasks[0].worker.user_ids[1]: expected a string"),
        ({"worker": {"user_ids": ["a", None]}}, "tasks[0].worker.user_ids[1]: null"),
        ({"worker": {"userIds": []}}, "tasks[0].worker.userIds: unknown field"),
        ({"sample_ms": -1}, "tasks[0].sample_ms: expected an integer from 0 to 4294967295"),
        ({"sample_ms": 2**32}, "tasks[0].sample_ms: expected an integer from 0"),
        ({"sample_ms": 1000.5}, "tasks[0].sample_ms: expected an integer"),
        ({"sample_ms": "soon"}, "tasks[0].sample_ms: expected an integer"),
        ({"sample_ms": []}, "tasks[0].sample_ms: expected a name or number"),
        ({"delete_previous_annotations": "yes"}, "tasks[0].delete_previous_annotations: expected"),
        ({"ai_assist_params": {"min_threshold": "low"}}, "min_threshold: expected a number"),
        ({"ai_assist_params": {"min_threshold": 1e39}}, "min_threshold: out of range"),
        ({"metadata": [1]}, "tasks[0].metadata: expected an object"),
        ({"metadata": {"a": 10**400}}, "tasks[0].metadata: a number is out of range"),
        ({"status": {"code": "TASK_FINISHED"}}, "tasks[0].status.code: TASK_FINISHED is not one"),
        (
            {"review": {"manual_strategy_info": {}, "consensus_strategy_info": {}}},
            "tasks[0].review: only one of",
        ),
        (
            {"worker": {"workers": [{"user": {"id": "a"}, "model": {"id": "b"}}]}},
            "tasks[0].worker.workers[0]: only one of",
        ),
    ],
)
def test_a_value_of_another_kind(client: httpx.Client, task: object, details: str) -> None:
    assert details in refused(client, task)


def test_a_number_that_is_infinite_as_text(client: httpx.Client) -> None:
    for field in ('"sample_ms": 1e999', '"type": 1e999', '"metadata": {"a": -1e999}'):
        response = client.post("/v2/tasks", content=f'{{"tasks": [{{{field}}}]}}')
        assert response.json()["status"]["code"] == 11102


def test_metadata_nests_only_so_deep(client: httpx.Client) -> None:
    deep: object = 1
    for _ in range(100):
        deep = {"a": deep}
    assert "nested deeper" in refused(client, {"metadata": deep})


@pytest.mark.parametrize("spelling", ["HIGH", 3, "3", 3.0])
def test_enums_by_name_and_number(client: httpx.Client, spelling: object) -> None:
    [task] = post(client, {"priority": spelling})
    assert task["priority"] == 3


@pytest.mark.parametrize("spelling", [1000, "1000", 1000.0])
def test_integers_by_number_and_digits(client: httpx.Client, spelling: object) -> None:
    [task] = post(client, {"sample_ms": spelling})
    assert json.dumps(task["sample_ms"]) == "1000"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, "0.1"),
        (1 / 3, "0.33333334"),
        (0.30000001, "0.3"),
        (16777217, "16777216"),
        (0.99960595, "0.99960595"),
        (0.95, "0.95"),
        (1.0, "1"),
        (-0.5, "-0.5"),
        (1e-45, "1e-45"),
    ],
)
def test_the_text_of_a_float32(number: float, text: str) -> None:
    assert json.dumps(round_float32(number)) == text


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_text_of_a_float32_reads_back(number: float) -> None:
    rounded = round_float32(number)
    assert struct.pack("<f", rounded) == struct.pack("<f", number + 0.0)
    assert round_float32(rounded) == rounded
