"""POST, PATCH and DELETE do what is documented, and all of it or nothing."""

from urllib.parse import quote

import httpx
import pytest

from .conftest import MakeClient
from .requests import MANUAL, OVERWRITE, UNASSIGNED, answer, listed, patch, post

_UNKNOWN = "f" * 32


def _delete(client: httpx.Client, *ids: str) -> httpx.Response:
    return client.request("DELETE", "/v2/tasks", json={"ids": ids})


def _patch(client: httpx.Client, **body: object) -> httpx.Response:
    return client.patch("/v2/tasks", json=body)


def test_the_server_makes_ids_and_times(client: httpx.Client) -> None:
    """Callers send back what they read: what the server makes is ignored in a request."""
    [task] = post(client, MANUAL)
    [copy] = post(client, task)
    assert copy["id"] != task["id"]
    assert copy["created_at"] > task["created_at"]
    assert copy["name"] == task["name"]


def test_a_batch_keeps_its_order(client: httpx.Client) -> None:
    names = [f"task {number}" for number in range(128)]
    created = post(client, *({"name": name} for name in names))
    assert [task["name"] for task in created] == names
    times = [task["created_at"] for task in created]
    assert sorted(set(times)) == times
    assert listed(client) == created


def test_a_batch_is_atomic(client: httpx.Client) -> None:
    tasks = [MANUAL, MANUAL | {"worker": {"strategy": "SHARED"}, "colour": 1}]
    body = answer(client.post("/v2/tasks", json={"tasks": tasks}), 11102, 400)
    assert body["status"]["details"] == (
        "tasks[1].worker.strategy: SHARED is not one of WORKER_STRATEGY_NOT_SET, PARTITIONED,"
        " FULL, DYNAMIC; tasks[1].colour: unknown field"
    )
    assert listed(client) == []


@pytest.mark.parametrize("count", [0, 129])
def test_a_batch_has_1_to_128_items(client: httpx.Client, count: int) -> None:
    tasks = [{"id": f"{number:032x}"} for number in range(count)]
    answer(client.post("/v2/tasks", json={"tasks": tasks}), 11102, 400)
    answer(_patch(client, tasks=tasks, action="overwrite"), 11102, 400)
    answer(_delete(client, *(task["id"] for task in tasks)), 11102, 400)


@pytest.mark.parametrize(
    ("keep", "code"),
    [(False, 54001), (True, 54003)],
)
def test_a_status_at_creation(make_client: MakeClient, *, keep: bool, code: int) -> None:
    client = make_client(keep_status_on_create=keep)
    [task] = post(client, UNASSIGNED | {"status": {"code": "TASK_WONT_DO"}})
    assert task["status"]["code"] == code


def test_an_overwrite_resets_what_it_omits(client: httpx.Client) -> None:
    [task] = post(client, MANUAL | {"description": "Look closely", "priority": 3, "metadata": {}})
    patch(client, {"id": task["id"], "status": {"code": 54002}}, action="merge")
    [changed] = patch(client, {"id": task["id"], "name": "Bare"})
    assert changed["name"] == "Bare"
    assert changed["status"]["code"] == 54001
    assert changed["priority"] == 2
    assert not changed.keys() & {"description", "worker", "review", "concepts", "metadata"}
    assert listed(client, "worker_user_ids=ana") == []


@pytest.mark.parametrize("code", ["TASK_DONE", 54003, "54001"])
def test_merge_changes_only_the_status(client: httpx.Client, code: object) -> None:
    [task] = post(client, MANUAL)
    [merged] = patch(client, {"id": task["id"], "status": {"code": code}}, action="merge")
    assert {name for name in task if task[name] != merged[name]} <= {"status", "modified_at"}
    task_id = task["id"]
    refused = _patch(client, action="merge", tasks=[{"id": task_id, "name": "x"}])
    assert answer(refused, 11102, 400)["status"]["details"].startswith("tasks[0].name: merge")


@pytest.mark.parametrize("action", ["overwrite", "merge"])
def test_a_status_that_only_the_system_sets_is_refused(client: httpx.Client, action: str) -> None:
    [task] = post(client, MANUAL)
    for code in ("TASK_IDLE", 54005):
        change = {"id": task["id"], "status": {"code": code}}
        answer(_patch(client, action=action, tasks=[change]), 11102, 400)


def test_a_patch_needs_an_action_and_ids(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    for action in (None, "", "remove", "OVERWRITE"):
        answer(_patch(client, action=action, tasks=[OVERWRITE | {"id": task["id"]}]), 11102, 400)
    body = answer(_patch(client, action="overwrite", tasks=[OVERWRITE]), 11102, 400)
    assert body["status"]["details"] == "tasks[0].id: required"
    twice = [OVERWRITE | {"id": task["id"]}] * 2
    answer(_patch(client, action="overwrite", tasks=twice), 11102, 400)
    assert listed(client) == [task]


def test_an_unknown_id_changes_nothing(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    changes = [OVERWRITE | {"id": task["id"]}, OVERWRITE | {"id": _UNKNOWN}]
    body = answer(_patch(client, action="overwrite", tasks=changes), 54102, 404)
    assert body["tasks"] == []
    answer(_delete(client, task["id"], _UNKNOWN), 54102, 404)
    answer(client.get(f"/v2/tasks/{_UNKNOWN}"), 54102, 404)
    assert listed(client) == [task]


def test_delete_takes_an_id_twice(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    answer(_delete(client, task["id"], task["id"]))
    answer(_delete(client, task["id"]), 54102, 404)


def test_each_app_has_its_own_tasks(client: httpx.Client) -> None:
    paths = [f"/v2/users/{user}/apps/{app}/tasks" for user in ("u1", "u2") for app in ("a1", "a2")]
    tasks = {path: post(client, MANUAL, path=path)[0] for path in (*paths, "/v2/tasks")}
    for path, task in tasks.items():
        assert listed(client, path=path) == [task]
        elsewhere = next(other for other in tasks if other != path)
        answer(client.get(f"{elsewhere}/{task['id']}"), 54102, 404)
        body = {"ids": [task["id"]]}
        answer(client.request("DELETE", elsewhere, json=body), 54102, 404)
    assert tasks[paths[0]]["user_id"] == "u1"
    assert tasks[paths[0]]["app_id"] == "a1"


def test_me_is_the_caller(client: httpx.Client) -> None:
    """The short paths are the caller's app, so they say who "me" is."""
    [task] = post(client, MANUAL)
    assert listed(client, path=f"/v2/users/me/apps/{task['app_id']}/tasks") == [task]
    assert listed(client, path=f"/v2/users/{task['user_id']}/apps/other/tasks") == []


@pytest.mark.parametrize("user", ["\u00e9", "\u0100\U0001f408", "a b+c%"])
def test_ids_in_paths_are_text(client: httpx.Client, served: str, user: str) -> None:
    path = f"/v2/users/{quote(user, safe='')}/apps/a/tasks"
    with httpx.Client(base_url=served, headers=client.headers) as remote:
        for each in (client, remote):
            [task] = post(each, MANUAL, path=path)
            assert task["user_id"] == user
            assert listed(each, path=path) == [task]


def test_the_app_beside_the_path_is_ignored(client: httpx.Client) -> None:
    app = {"user_id": "someone", "app_id": "else"}
    answer(client.post("/v2/tasks", json={"user_app_id": app, "tasks": [MANUAL]}))
    query = "user_app_id.user_id=someone&user_app_id.app_id=else"
    assert len(listed(client, query)) == 1
