"""A served sandbox starts, speaks HTTP, and stops cleanly."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox import SandboxError, create_app, serve

from .conftest import run_server
from .requests import KEY, MANUAL, answer, post

_HEADERS = {"Authorization": f"Key {KEY}"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(db: Path, number: signal.Signals) -> None:
    with run_server(db) as (url, process):
        with httpx.Client(base_url=url, headers=_HEADERS) as client:
            post(client, MANUAL)
            process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert (out, err, process.returncode) == ("stopped\n", "", 0)


def test_a_port_that_is_taken(db: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for wrong in (port, 99999):
            with pytest.raises(SandboxError, match="choose another host or port"):
                serve(create_app(db), host="127.0.0.1", port=wrong, on_listening=print)


def test_bodies_and_gzip_over_loopback(served: str) -> None:
    path = "/v2/users/serve/apps/a/tasks"
    with httpx.Client(base_url=served, headers=_HEADERS) as client:
        post(client, *[MANUAL] * 128, path=path)
        response = client.get(path)
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(answer(response)["tasks"]) == 128

        def chunks() -> Iterator[bytes]:
            yield b'{"tasks": ['
            yield b'{"name": "in chunks"}]}'

        answer(client.post(path, content=chunks()))
        assert (client.head(path).status_code, client.head(path).content) == (400, b"")
        answer(client.put(path), 11103, 400)
        answer(client.get("/nowhere"), 11101, 404)
