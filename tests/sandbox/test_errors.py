"""What is wrong with a request is said with a code, an HTTP status, and what to look at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from .conftest import MakeClient
from .requests import KEY, MANUAL, listed, post

_UNKNOWN = "f" * 32


def _tasks(*tasks: object, **more: object) -> str:
    return json.dumps({"tasks": tasks, **more})


def _weighted(**weights: float) -> Mapping[str, object]:
    info = {"type": "WEIGHTED", "weights": weights}
    return {
        "worker": {
            "strategy": "PARTITIONED",
            "user_ids": ["ana"],
            "partitioned_strategy_info": info,
        }
    }


@dataclass(frozen=True)
class Case:
    """A request, and the error that answers it."""

    request: str
    code: int
    http: HTTPStatus
    details: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    has_tasks: bool = True

    def __str__(self) -> str:
        return f"{self.request}: {self.details}"


_BAD, _LOST = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND
_CASES = [
    Case("POST /v2/tasks", 11100, _BAD, "not valid JSON: Expecting", body='{"tasks": ['),
    Case("POST /v2/tasks", 11102, _BAD, "colour: unknown field", body=_tasks(MANUAL, colour=1)),
    Case("POST /v2/tasks", 11102, _BAD, "tasks[0].colour: unknown", body=_tasks({"colour": 1})),
    Case("POST /v2/tasks", 11102, _BAD, "tasks[0].name: expected a str", body=_tasks({"name": 1})),
    Case(
        "POST /v2/tasks",
        11102,
        _BAD,
        "tasks[1].worker.strategy: SHARED is not one of",
        body=_tasks(MANUAL, {"worker": {"strategy": "SHARED"}}),
    ),
    Case(
        "POST /v2/tasks",
        11102,
        _BAD,
        "tasks[0].worker.partitioned_strategy_info.weights: zoe is not a worker",
        body=_tasks(_weighted(ana=1, zoe=1)),
    ),
    Case(
        "POST /v2/tasks",
        11102,
        _BAD,
        "tasks: 129 are more than 128",
        body=_tasks(*[MANUAL] * 129),
    ),
    Case("POST /v2/tasks", 11102, _BAD, "tasks: at least one is required", body="{}"),
    Case("PATCH /v2/tasks", 11100, _BAD, "not valid JSON", body=""),
    Case("PATCH /v2/tasks", 11102, _BAD, "action: must be overwrite", body=_tasks({"id": "x"})),
    Case(
        "PATCH /v2/tasks",
        11102,
        _BAD,
        "tasks[0].id: required",
        body=_tasks(MANUAL, action="overwrite"),
    ),
    Case(
        "PATCH /v2/tasks",
        54102,
        _LOST,
        f"no task {_UNKNOWN} in",
        body=_tasks({"id": _UNKNOWN}, action="overwrite"),
    ),
    Case(
        "DELETE /v2/tasks",
        11102,
        _BAD,
        "ids: 129 are more than 128",
        body=json.dumps({"ids": [str(number) for number in range(129)]}),
        has_tasks=False,
    ),
    Case(
        "DELETE /v2/tasks",
        54102,
        _LOST,
        f"no task {_UNKNOWN} in",
        body=json.dumps({"ids": [_UNKNOWN]}),
        has_tasks=False,
    ),
    Case(f"GET /v2/tasks/{_UNKNOWN}", 54102, _LOST, f"no task {_UNKNOWN} in", has_tasks=False),
    Case("GET /v2/tasks?page=0", 11105, _BAD, "page: must be at least 1"),
    Case("GET /v2/tasks?page=two", 11102, _BAD, "page: expected an integer"),
    Case("GET /v2/tasks?per_page=1001", 11105, _BAD, "per_page: must be from 1 to 1000"),
    Case("GET /v2/tasks?input_source_type=FOLDER", 11102, _BAD, "input_source_type: FOLDER is not"),
    Case(
        "GET /v2/tasks",
        11102,
        HTTPStatus.UNAUTHORIZED,
        "authorization header",
        headers={"Authorization": ""},
    ),
    Case(
        "POST /v2/tasks",
        11009,
        HTTPStatus.UNAUTHORIZED,
        "the key is not known",
        headers={"Authorization": "Key another"},
    ),
    Case("PUT /v2/tasks", 11103, _BAD, "PUT is not allowed here", has_tasks=False),
    Case("GET /v2/tusks", 11101, _LOST, "no such path", has_tasks=False),
]


@pytest.mark.parametrize("case", _CASES, ids=str)
def test_an_error(make_client: MakeClient, case: Case) -> None:
    client = make_client(token=KEY)
    [task] = post(client, MANUAL)
    method, path = case.request.split()
    response = client.request(method, path, content=case.body, headers=case.headers)
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert (body["status"]["code"], response.status_code) == (case.code, case.http)
    assert case.details in body["status"]["details"]
    assert body.keys() == ({"status", "tasks"} if case.has_tasks else {"status"})
    assert not body.get("tasks")
    assert "Traceback" not in response.text
    assert KEY not in response.text
    assert listed(client) == [task]
