"""Inputs, datasets and concepts: what tasks work on."""

import httpx
import pytest

from .requests import answer

_NONE: dict[str, str] = {}


def _post(client: httpx.Client, path: str, name: str, *items: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = answer(client.post(f"/v2/{path}", json={name: items}))[name]
    return found


def _ids(client: httpx.Client, path: str, name: str) -> list[object]:
    return [item["id"] for item in answer(client.get(f"/v2/{path}"))[name]]


def test_inputs_are_listed_in_the_order_of_their_making(client: httpx.Client) -> None:
    [first] = _post(client, "inputs", "inputs", {"id": "z", "data": {"text": {"raw": "hello"}}})
    assert first["data"] == {"text": {"raw": "hello"}}
    assert first["status"] == {"code": 30000, "description": "Download complete"}
    [second] = _post(client, "inputs", "inputs", {"data": {}})
    assert len(str(second["id"])) == 32
    assert _ids(client, "inputs", "inputs") == ["z", second["id"]]
    assert _ids(client, "inputs?page=2&per_page=1", "inputs") == [second["id"]]
    assert _ids(client, "inputs?ids=z&ids=y", "inputs") == ["z"]
    assert answer(client.get("/v2/inputs/z"))["input"] == first
    assert answer(client.get("/v2/inputs/status"))["counts"]["processed"] == 2


def test_an_input_twice_adds_nothing(client: httpx.Client) -> None:
    _post(client, "inputs", "inputs", {"id": "a"})
    body = answer(
        client.post("/v2/inputs", json={"inputs": [{"id": "b"}, {"id": "a"}]}), 30100, 400
    )
    assert body["inputs"] == []
    assert "input a already" in body["status"]["details"]
    assert _ids(client, "inputs", "inputs") == ["a"]


def test_a_dataset_holds_inputs(client: httpx.Client) -> None:
    [dataset] = _post(client, "datasets", "datasets", {"id": "d", "description": "wild"})
    assert dataset["description"] == "wild"
    assert _ids(client, "datasets", "datasets") == ["d"]
    _post(client, "inputs", "inputs", {"id": "a"}, {"id": "b", "dataset_ids": ["d"]}, {"id": "c"})
    members = _post(client, "datasets/d/inputs", "dataset_inputs", {"input": {"id": "a"}})
    assert [member["input"]["id"] for member in members] == ["a"]  # type: ignore[index]
    listed = answer(client.get("/v2/datasets/d/inputs"))["dataset_inputs"]
    assert [member["input"]["id"] for member in listed] == ["b", "a"]
    assert all("created_at" in member for member in listed)


def test_what_a_dataset_refuses(client: httpx.Client) -> None:
    _post(client, "datasets", "datasets", {"id": "d"})
    _post(client, "inputs", "inputs", {"id": "a", "dataset_ids": ["d"]})
    path = "/v2/datasets/d/inputs"
    twice = {"dataset_inputs": [{"input": {"id": "a"}}]}
    assert answer(client.post(path, json=twice), 64101, 400)["dataset_inputs"] == []
    unknown = {"dataset_inputs": [{"input": {"id": "x"}}]}
    assert "no input x" in answer(client.post(path, json=unknown), 30102, 404)["status"]["details"]
    elsewhere = answer(client.get("/v2/datasets/e/inputs"), 11101, 404)
    assert "no dataset e" in elsewhere["status"]["details"]
    named = {"inputs": [{"id": "b", "dataset_ids": ["e"]}]}
    answer(client.post("/v2/inputs", json=named), 11101, 404)
    assert _ids(client, "inputs", "inputs") == ["a"]


def test_concepts(client: httpx.Client) -> None:
    [concept] = _post(client, "concepts", "concepts", {"id": "cat", "name": "Cat"})
    assert (concept["name"], concept["value"], concept["app_id"]) == ("Cat", 1, "sandbox-app")
    assert _ids(client, "concepts", "concepts") == ["cat"]
    assert answer(client.post("/v2/concepts", json={"concepts": [{"id": "cat"}]}), 40010, 400)


@pytest.mark.parametrize("name", ["datasets", "concepts"])
def test_an_id_is_needed(client: httpx.Client, name: str) -> None:
    body = answer(client.post(f"/v2/{name}", json={name: [_NONE]}), 11102, 400)
    assert f"{name}[0].id: required" in body["status"]["details"]


def test_apps_have_their_own(client: httpx.Client) -> None:
    _post(client, "users/u/apps/one/inputs", "inputs", {"id": "a"})
    assert _ids(client, "users/u/apps/two/inputs", "inputs") == []
    _post(client, "users/u/apps/two/inputs", "inputs", {"id": "a"})
