"""Every answer is JSON in an envelope, whatever was asked."""

import json
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox import Options, create_app

from .conftest import MakeClient
from .requests import KEY, MANUAL, answer, post


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize(
    "header", [None, "", "Key", "Key ", "key tuvw", "Bearer tuvw", "Key tuvw xyz", "tuvw"]
)
def test_a_malformed_authorization(db: Path, method: str, header: str | None) -> None:
    transport = httpx.WSGITransport(app=create_app(db))
    headers = {} if header is None else {"Authorization": header}
    with httpx.Client(transport=transport, base_url="http://sandbox") as client:
        response = client.request(method, "/v2/tasks", headers=headers)
    assert answer(response, 11102, 401)["tasks"] == []
    assert "tuvw" not in response.text


def test_an_unknown_key(make_client: MakeClient) -> None:
    client = make_client(token="another key".replace(" ", "-"))
    response = client.get("/v2/tasks")
    assert answer(response, 11009, 401)["tasks"] == []
    assert KEY not in response.text
    answer(make_client(token=KEY).get("/v2/tasks"))


@pytest.mark.parametrize(
    "path",
    ["/", "/v2", "/v2/task", "/v2/tasks/", "/v2//tasks", "/v2/tasks/x/y", "/v2/users/u/tasks"],
)
def test_an_unknown_path(client: httpx.Client, path: str) -> None:
    assert "tasks" not in answer(client.get(path), 11101, 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v2/tasks"),
        ("OPTIONS", "/v2/tasks"),
        ("DELETE", "/v2/tasks/x"),
        ("PATCH", "/v2/tasks/x"),
    ],
)
def test_a_method_that_is_not_allowed(client: httpx.Client, method: str, path: str) -> None:
    answer(client.request(method, path), 11103, 400)


def test_head_has_no_body(client: httpx.Client) -> None:
    response = client.head("/v2/tasks")
    assert (response.status_code, response.content) == (400, b"")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"tasks": [NaN]}',
        b'{"tasks": [Infinity]}',
        b"\xff\xfe{}",
        b'{"tasks": [{"name": "\\ud800"}]}',
        b"[" * 100_000,
        b"9" * 5_000,
        json.dumps({"tasks": [MANUAL]}).encode("utf-16"),
    ],
)
def test_a_body_that_is_no_json(client: httpx.Client, body: bytes) -> None:
    response = client.post("/v2/tasks", content=body)
    assert answer(response, 11100, 400)["tasks"] == []
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ([], "expected an object"),
        (None, "expected an object"),
        ({}, "tasks: at least one is required"),
        ({"tasks": {}}, "tasks: expected a list"),
        ({"tasks": [None]}, "tasks[0]: null is not an element"),
        ({"tasks": [MANUAL], "taskz": 1}, "taskz: unknown field"),
        ({"tasks": [MANUAL], "action": "overwrite"}, "action: unknown field"),
    ],
)
def test_a_body_of_another_shape(client: httpx.Client, body: object, details: str) -> None:
    status = answer(client.post("/v2/tasks", content=json.dumps(body)), 11102, 400)["status"]
    assert details in status["details"]


def test_a_body_over_16_mib(client: httpx.Client) -> None:
    task = {"name": "x" * (16 * 1024 * 1024)}
    answer(client.post("/v2/tasks", json={"tasks": [task]}), 11102, 400)


def test_long_details_are_cut(client: httpx.Client) -> None:
    status = answer(client.post("/v2/tasks", json={"x" * 10_000: 1}), 11102, 400)["status"]
    assert len(status["details"]) == 2000


def test_a_fault_says_nothing(db: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(db)

    def fail() -> str:
        raise RuntimeError("secret")

    app.add_url_rule("/fault", "fault", fail)
    transport = httpx.WSGITransport(app=app)
    headers = {"Authorization": f"Key {KEY}"}
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=headers) as client:
        response = client.get("/fault")
    answer(response, 99009, 500)
    assert "secret" not in response.text
    assert "secret" in caplog.text


def test_long_answers_are_compressed_if_asked(client: httpx.Client) -> None:
    post(client, MANUAL, MANUAL, MANUAL)
    plain = client.get("/v2/tasks", headers={"Accept-Encoding": "identity"})
    packed = client.get("/v2/tasks", headers={"Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert packed.json()["tasks"] == plain.json()["tasks"]
    refused = client.get("/v2/tasks", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    short = client.get("/v2/tasks?per_page=1&page=9", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in short.headers


@pytest.mark.parametrize("options", [{"page_cap": 0}, {"token": ""}])
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Options(**options)  # type: ignore[arg-type]
