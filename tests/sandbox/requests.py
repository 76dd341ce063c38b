"""The requests that the API's documentation shows, and shorthands for the tests."""

from typing import Any

import httpx

KEY = "a-made-up-key"

_COMMON = {
    "type": "CONCEPTS_CLASSIFICATION",
    "name": "Annotate cat",
    "concept_ids": ["cat"],
    "input_source": {"type": "ALL_INPUTS"},
    "sample_ms": 1000,
}


def _weighted(weights: dict[str, int]) -> dict[str, Any]:
    return {
        "strategy": "PARTITIONED",
        "user_ids": list(weights),
        "partitioned_strategy_info": {
            "type": "WEIGHTED",
            "workers_per_input": 1,
            "weights": weights,
        },
    }


def _consensus(reviewer: str) -> dict[str, Any]:
    return {
        "strategy": "CONSENSUS",
        "consensus_strategy_info": {"approval_threshold": 2},
        "user_ids": [reviewer],
    }


UNASSIGNED = _COMMON | {"worker": {"strategy": "FULL"}, "review": {"strategy": "NONE"}}
MANUAL = _COMMON | {
    "worker": {"strategy": "FULL", "user_ids": ["ana"]},
    "review": {
        "strategy": "MANUAL",
        "manual_strategy_info": {"sample_percentage": 0.5},
        "user_ids": ["rev"],
    },
}
PARTITIONED = _COMMON | {
    "worker": _weighted({"ana": 90, "bo": 10}),
    "review": {"strategy": "NONE"},
}
CONSENSUS = _COMMON | {
    "worker": _weighted({"ana": 1, "bo": 1, "cy": 1}),
    "review": _consensus("rev"),
}
OVERWRITE = _COMMON | {
    "worker": _weighted({"ana": 1, "bo": 1}),
    "review": _consensus("rev"),
    "status": {"code": "TASK_DONE"},
}
CREATES = {
    "unassigned": UNASSIGNED,
    "manual": MANUAL,
    "partitioned": PARTITIONED,
    "consensus": CONSENSUS,
}


def answer(response: httpx.Response, code: int = 10000, http: int = 200) -> dict[str, Any]:
    """Return the body of *response* after checking its envelope."""
    body: dict[str, Any] = response.json()
    status = body["status"]
    assert (status["code"], response.status_code) == (code, http), body
    assert len(status["req_id"]) == 32
    assert status["description"]
    return body


def post(client: httpx.Client, *tasks: object, path: str = "/v2/tasks") -> list[dict[str, Any]]:
    """Create *tasks* and return them as the reply shows them."""
    created: list[dict[str, Any]] = answer(client.post(path, json={"tasks": tasks}))["tasks"]
    return created


def patch(client: httpx.Client, *tasks: object, action: str = "overwrite") -> list[dict[str, Any]]:
    """Change *tasks* and return them as the reply shows them."""
    body = {"action": action, "tasks": tasks}
    changed: list[dict[str, Any]] = answer(client.patch("/v2/tasks", json=body))["tasks"]
    return changed


def listed(client: httpx.Client, query: str = "", path: str = "/v2/tasks") -> list[dict[str, Any]]:
    """Return the tasks of one page."""
    tasks: list[dict[str, Any]] = answer(client.get(f"{path}?{query}"))["tasks"]
    return tasks


def refused(client: httpx.Client, task: object) -> str:
    """Return why the API refuses to create *task*, checked to be 11102."""
    body = answer(client.post("/v2/tasks", json={"tasks": [task]}), 11102, 400)
    assert body["tasks"] == []
    details: str = body["status"]["details"]
    return details
