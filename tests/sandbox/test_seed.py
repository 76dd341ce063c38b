"""Every request of the documentation that the sandbox emulates is answered as it says."""

import httpx
import pytest

from .conftest import MakeClient
from .requests import CREATES, KEY, MANUAL, OVERWRITE, PARTITIONED, answer, listed, patch, post


@pytest.mark.parametrize("name", CREATES)
@pytest.mark.parametrize("writes", ["current", "classic", "mirrors"])
def test_create(make_client: MakeClient, name: str, writes: str) -> None:
    [task] = post(make_client(writes=writes), CREATES[name])
    assert task["name"] == "Annotate cat"
    assert len(task["id"]) == 32
    assert task["status"]["code"] == 54001


def test_get_a_task(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    assert answer(client.get(f"/v2/tasks/{task['id']}"))["task"] == task


def test_list_tasks(client: httpx.Client) -> None:
    created = post(client, MANUAL, PARTITIONED)
    assert listed(client) == created


def test_list_tasks_of_a_worker_and_of_a_reviewer(client: httpx.Client) -> None:
    manual, partitioned = post(client, MANUAL, PARTITIONED)
    assert listed(client, "worker_user_ids=bo") == [partitioned]
    assert listed(client, "worker_user_ids=bo&worker_user_ids=ana") == [manual, partitioned]
    assert listed(client, "review_user_ids=rev") == [manual]
    assert listed(client, "review_user_ids=rev&worker_user_ids=bo") == []


def test_overwrite(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    [changed] = patch(client, OVERWRITE | {"id": task["id"]})
    assert changed["status"]["code"] == 54002
    assert changed["review"]["strategy"] == 3
    assert changed["created_at"] == task["created_at"]
    assert changed["modified_at"] > task["modified_at"]
    assert listed(client) == [changed]


def test_delete(client: httpx.Client) -> None:
    first, second = post(client, MANUAL, MANUAL)
    body = answer(client.request("DELETE", "/v2/tasks", json={"ids": [first["id"]]}))
    assert list(body) == ["status"]
    assert listed(client) == [second]


@pytest.mark.parametrize("name", CREATES)
def test_over_loopback(served: str, name: str) -> None:
    path = f"/v2/users/seed/apps/{name}/tasks"
    with httpx.Client(base_url=served, headers={"Authorization": f"Key {KEY}"}) as client:
        [task] = post(client, CREATES[name], path=path)
        assert answer(client.get(f"{path}/{task['id']}"))["task"] == task
        body = {"action": "overwrite", "tasks": [OVERWRITE | {"id": task["id"]}]}
        answer(client.patch(path, json=body))
        answer(client.request("DELETE", path, json={"ids": [task["id"]]}))
        assert listed(client, path=path) == []
