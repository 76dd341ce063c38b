"""A task that contradicts itself is refused, with the field named."""

from typing import Any

import httpx
import pytest

from .requests import post, refused

_USER = {"user": {"id": "ana"}}
_MODEL = {"model": {"id": "detector"}}


def _partition(*users: str, **info: object) -> dict[str, Any]:
    return {"worker": {"user_ids": users, "partitioned_strategy_info": info}}


def _weighted(weights: dict[str, object], per_input: int = 1) -> dict[str, Any]:
    return _partition("ana", "bo", type="WEIGHTED", weights=weights, workers_per_input=per_input)


@pytest.mark.parametrize(
    ("task", "details"),
    [
        (_weighted({"ana": 1}), "weights: worker bo has no weight"),
        (_weighted({"ana": 1, "bo": 1, "cy": 1}), "weights: cy is not a worker"),
        (_weighted({"ana": 1, "bo": 0}), "weights: each must be a number above 0"),
        (_weighted({"ana": 1, "bo": -1}), "weights: each must be a number above 0"),
        (_weighted({"ana": 1, "bo": "1"}), "weights: each must be a number above 0"),
        (_weighted({"ana": 1, "bo": True}), "weights: each must be a number above 0"),
        (_weighted({"ana": 2, "bo": 1}, 2), "weights: a share is above 1/2"),
        (_partition("ana", workers_per_input=2), "workers_per_input: 2 is more than the number"),
        (_partition(workers_per_input=-1), "workers_per_input: must not be negative"),
        ({"input_source": {"type": "DATASET"}}, "input_source.id: required for DATASET"),
        ({"input_source": {"type": "SAVED_SEARCH"}}, "input_source.id: required for SAVED_SEARCH"),
        ({"input_source": {"type": 4, "id": ""}}, "input_source.id: required for INPUT"),
        ({"worker": {"workers": [{}]}}, "worker.workers[0]: needs the id"),
        ({"worker": {"user_ids": [""]}}, "worker.workers[0]: needs the id"),
        ({"worker": {"workers": [_USER, _MODEL]}}, "must be the only worker"),
        ({"worker": {"type": "WORKER_HUMAN", "workers": [_MODEL]}}, "worker.type: WORKER_HUMAN"),
        ({"worker": {"type": "WORKER_AUTO", "workers": [_USER]}}, "worker.type: WORKER_AUTO"),
        ({"concepts": [{"concept": {"value": 1}}]}, "concepts[0].concept: needs an id"),
        ({"review": {"users": [{}]}}, "review.users[0]: needs an id"),
        ({"review": {"user_ids": [""]}}, "review.users[0]: needs an id"),
        (
            {"review": {"manual_strategy_info": {"sample_percentage": 1.5}}},
            "sample_percentage: must be from 0 to 1",
        ),
        (
            {"review": {"manual_strategy_info": {"approval_threshold": 2}}},
            "manual_strategy_info.approval_threshold: must be -1, 0 or 1",
        ),
        (
            {"review": {"consensus_strategy_info": {"approval_threshold_reviewers": 2}}},
            "approval_threshold_reviewers: must be -1, 0 or 1",
        ),
    ],
)
def test_refused(client: httpx.Client, task: object, details: str) -> None:
    said = refused(client, task)
    assert details in said
    assert said.startswith("tasks[0].")


@pytest.mark.parametrize(
    "task",
    [
        {},
        _weighted({"ana": 0.9, "bo": 0.1}),
        _weighted({"ana": 1, "bo": 1}, 2),
        _partition(workers_per_input=3, type="EVENLY"),
        _partition("ana", weights={"gone": 0}, type="EVENLY"),
        {"input_source": {"type": "INPUT", "id": "stream"}},
        {"review": {"strategy": "CONSENSUS", "manual_strategy_info": {"sample_percentage": 1}}},
        {"review": {"strategy": "NONE", "consensus_strategy_info": {"approval_threshold": 3}}},
        {"worker": {"workers": [{"workflow": {"id": "w"}}], "runner_selectors": [{"runner": {}}]}},
    ],
)
def test_accepted(client: httpx.Client, task: object) -> None:
    post(client, task)
