"""Whatever is too large or no HTTP at all is refused at once, in JSON, and says nothing inside."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import httpx
import pytest

from .requests import KEY, answer

_MIB = 1024 * 1024
_HEADERS = {"Authorization": f"Key {KEY}"}


@pytest.fixture
def remote(served: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served, headers=_HEADERS) as client:
        yield client


def _endless() -> Iterator[bytes]:
    while True:
        yield b"x" * _MIB


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "GET"])
@pytest.mark.parametrize("body", [b"x" * (17 * _MIB), _endless], ids=["declared", "chunked"])
def test_a_body_over_16_mib(remote: httpx.Client, method: str, body: object) -> None:
    content = body if isinstance(body, bytes) else _endless()
    began = time.monotonic()
    response = remote.request(method, "/v2/tasks", content=content)
    assert time.monotonic() - began < 5
    status = answer(response, 11102, 400)["status"]
    assert status["details"] == "the request body is over 16 MiB"
    answer(remote.get("/v2/tasks"))


def test_a_body_that_is_announced_only(served: str) -> None:
    """Nobody waits for what will be refused anyhow."""
    head = b"POST /v2/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 1" + b"0" * 30 + b"\r\n\r\n"
    assert _exchange(served, head)["code"] == 11102


def test_a_body_of_16_mib_is_read(remote: httpx.Client) -> None:
    body = b'{"tasks": [{"name": "x", "name": 1}]}'.ljust(16 * _MIB)
    status = answer(remote.post("/v2/tasks", content=body), 11102, 400)["status"]
    assert status["details"] == "tasks[0].name: expected a string"


@pytest.mark.parametrize("depth", [61, 900, 100_000, 8 * _MIB])
def test_deep_json(remote: httpx.Client, depth: int) -> None:
    body = b'{"tasks":[{"metadata":{"a":' + b"[" * depth
    body += b"]" * min(depth, 900) + b"}}]}"
    code = 11102 if depth <= 900 else 11100
    assert answer(remote.post("/v2/tasks", content=body), code, 400)["tasks"] == []


def test_a_long_path(remote: httpx.Client) -> None:
    status = answer(remote.get(f"/v2/tasks/{'a' * 60_000}"), 54102, 404)["status"]
    assert len(status["details"]) == 2000


@pytest.mark.parametrize(
    ("path", "header"), [("a" * 300_000, "x"), ("", "a" * 300_000)], ids=["path", "header"]
)
def test_a_head_that_is_too_long(served: str, path: str, header: str) -> None:
    request = f"GET /v2/tasks?ids={path} HTTP/1.1\r\nHost: x\r\nAuthorization: Key {header}\r\n\r\n"
    status = _exchange(served, request.encode())
    assert status["details"] == "the request's path and headers are too long"


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET /v2/tasks HTTP/1.1\r\nNo colon\r\n\r\n",
        b"POST /v2/tasks HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v2/tasks HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /v2/tasks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v2/tasks/\xff HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http(served: str, request_: bytes) -> None:
    status = _exchange(served, request_)
    assert (status["code"], status["details"]) == (11100, "the request cannot be read")


def test_only_this_machine_gets_in_unless_told(db: Path) -> None:
    """The URL that is announced is what the socket says that it is bound to."""
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port=0", f"--db={db}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        announced = process.stdout.readline()
        process.terminate()
    assert re.fullmatch(r"Listening on http://127\.0\.0\.1:\d+\n", announced)


def _exchange(url: str, request: bytes) -> dict[str, str | int]:
    """Send bytes and return the status in the reply, which is JSON and the last on its line."""
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 0), timeout=5) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection)
        response.begin()
        found: dict[str, str | int] = json.loads(response.read())["status"]
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Connection"] == "close"
    return found
