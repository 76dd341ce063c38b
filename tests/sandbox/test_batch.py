"""A mixed batch does what is right of a request, and says of each task what became of it."""

from typing import Any

import httpx
import pytest

from reconciler.sandbox import Batch

from .conftest import MakeClient
from .requests import MANUAL, OVERWRITE, answer, listed, post

_UNKNOWN = "f" * 32
_WRONG = MANUAL | {"name": "Wrong", "worker": {"strategy": "SHARED"}}
_STRANGER = MANUAL | {
    "worker": {
        "strategy": "PARTITIONED",
        "user_ids": ["ana"],
        "partitioned_strategy_info": {"type": "WEIGHTED", "weights": {"ana": 1, "zoe": 1}},
    }
}


@pytest.fixture
def client(make_client: MakeClient) -> httpx.Client:
    return make_client(batch=Batch.MIXED)


def _post(client: httpx.Client, *tasks: object) -> httpx.Response:
    return client.post("/v2/tasks", json={"tasks": tasks})


def _patch(client: httpx.Client, *tasks: object, action: str = "overwrite") -> httpx.Response:
    return client.patch("/v2/tasks", json={"action": action, "tasks": tasks})


def _delete(client: httpx.Client, *ids: str) -> httpx.Response:
    return client.request("DELETE", "/v2/tasks", json={"ids": ids})


def _codes(body: dict[str, Any]) -> list[int]:
    return [task["status"]["code"] for task in body["tasks"]]


def test_the_right_tasks_are_created_and_all_come_in_order(client: httpx.Client) -> None:
    named = [MANUAL | {"name": name} for name in "abc"]
    body = answer(_post(client, named[0], _WRONG, named[1], _STRANGER, named[2]), 10010, 207)
    assert _codes(body) == [54001, 11102, 54001, 11102, 54001]
    assert [task["name"] for task in body["tasks"]] == ["a", "Wrong", "b", "Annotate cat", "c"]
    assert listed(client) == body["tasks"][::2]


def test_a_refused_task_shows_who_it_is_and_why(client: httpx.Client) -> None:
    body = answer(_post(client, MANUAL, _WRONG), 10010, 207)
    details = (
        "tasks[1].worker.strategy: SHARED is not one of WORKER_STRATEGY_NOT_SET, PARTITIONED,"
        " FULL, DYNAMIC"
    )
    status = {"code": 11102, "description": "Invalid request", "details": details}
    assert body["tasks"][1] == {"name": "Wrong", "status": status}
    assert body["status"]["details"] == details


def test_the_right_tasks_are_changed(client: httpx.Client) -> None:
    first, second, third = post(client, MANUAL, MANUAL, MANUAL)
    body = answer(
        _patch(
            client,
            OVERWRITE | {"id": first["id"], "name": "Changed"},
            OVERWRITE | {"id": _UNKNOWN, "name": "Gone"},
            _WRONG | {"id": second["id"]},
            OVERWRITE,
            OVERWRITE | {"id": third["id"]},
        ),
        10010,
        207,
    )
    assert _codes(body) == [54002, 54102, 11102, 11102, 54002]
    gone = body["tasks"][1]
    assert (gone["id"], gone["name"]) == (_UNKNOWN, "Gone")
    assert gone["status"]["details"] == f"tasks[1].id: there is no task {_UNKNOWN} in this app"
    assert body["tasks"][3]["status"]["details"] == "tasks[3].id: required"
    assert listed(client) == [body["tasks"][0], second, body["tasks"][4]]


def test_a_merge_is_mixed_too(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    done = {"status": {"code": "TASK_DONE"}}
    changes = [done | {"id": task["id"]}, done | {"id": _UNKNOWN}]
    body = answer(_patch(client, *changes, action="merge"), 10010, 207)
    assert _codes(body) == [54002, 54102]
    assert listed(client) == [body["tasks"][0]]


def test_nothing_right_is_a_failure(client: httpx.Client) -> None:
    body = answer(_post(client, _WRONG, None, 7), 10020, 400)
    assert _codes(body) == [11102, 11102, 11102]
    assert [task.get("name") for task in body["tasks"]] == ["Wrong", None, None]
    assert _codes(answer(_patch(client, OVERWRITE | {"id": _UNKNOWN}), 10020, 400)) == [54102]
    assert listed(client) == []


def test_everything_right_is_a_success(client: httpx.Client) -> None:
    created = post(client, MANUAL, MANUAL)
    assert listed(client) == created


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"tasks": [MANUAL, _WRONG], "taskz": 1}, "taskz: unknown field"),
        ({"tasks": [MANUAL] * 129}, "tasks: 129 are more than 128"),
        ({"tasks": []}, "tasks: at least one is required"),
        ({"tasks": {}}, "tasks: expected a list"),
        ([], "expected an object"),
    ],
)
def test_what_is_wrong_beside_the_tasks_stops_all(
    client: httpx.Client, body: object, details: str
) -> None:
    refused = answer(client.post("/v2/tasks", json=body), 11102, 400)
    assert details in refused["status"]["details"]
    assert refused["tasks"] == []
    assert listed(client) == []


def test_an_id_twice_stops_all(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    answer(_patch(client, *[OVERWRITE | {"id": task["id"]}] * 2), 11102, 400)
    assert listed(client) == [task]


def test_those_that_exist_are_deleted(client: httpx.Client) -> None:
    first, second, third = post(client, MANUAL, MANUAL, MANUAL)
    body = answer(_delete(client, first["id"], _UNKNOWN, third["id"], "x"), 10010, 207)
    assert body["status"]["details"] == f"there are no tasks {_UNKNOWN}, x in this app"
    assert "tasks" not in body
    assert listed(client) == [second]


def test_a_delete_of_nothing_is_refused(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    answer(_delete(client, _UNKNOWN, _UNKNOWN), 54102, 404)
    answer(_delete(client), 11102, 400)
    assert listed(client) == [task]


def test_an_atomic_batch_is_the_default(make_client: MakeClient) -> None:
    client = make_client()
    [task] = post(client, MANUAL)
    answer(_post(client, MANUAL, _WRONG), 11102, 400)
    answer(_patch(client, OVERWRITE | {"id": task["id"]}, _WRONG | {"id": "x"}), 11102, 400)
    answer(_delete(client, task["id"], _UNKNOWN), 54102, 404)
    assert listed(client) == [task]
