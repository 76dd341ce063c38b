"""A real HTTP server on loopback that answers by a script and keeps what it was asked."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_BACKLOG = 16


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path as it was sent."""
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query, decoded, in order."""
        return parse_qsl(urlsplit(self.target).query)

    @property
    def json(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)


@dataclass(slots=True)
class Server:
    """A running server; the last answer of *script* is repeated for all further requests."""

    url: str
    script: list[bytes]
    requests: list[Request] = field(default_factory=list, repr=False)

    @property
    def methods(self) -> list[str]:
        """The methods of the requests, in order."""
        return [request.method for request in self.requests]


def answer(
    body: Any = b"",
    *,
    status: int = 200,
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a whole HTTP answer; a body that isn't bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    head = f"HTTP/1.1 {status} Scripted\r\n{lines}Connection: close\r\n\r\n"
    return head.encode("latin-1") + content


def reply(code: Any = 10000, *, status: int = 200, **members: Any) -> bytes:
    """Return an answer in the API's envelope."""
    return answer(
        {"status": {"code": code, "description": "", "req_id": "r1"}} | members, status=status
    )


def refusal(code: Any, *, status: int, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the API's answer to what it refuses."""
    words = {"code": code, "description": "Said", "details": "why", "req_id": "r1"}
    return answer({"status": words, "tasks": []}, status=status, headers=headers)


@contextmanager
def serve(*script: bytes) -> Iterator[Server]:
    """Run a server that gives these answers, one for each request."""
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener:
        server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}", list(script))
        thread = Thread(target=_run, args=(listener, server), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            # Closing a socket doesn't wake who waits on it.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def refused_url() -> str:
    """Return the URL of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _run(listener: socket.socket, server: Server) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                request = _read(connection)
                server.requests.append(request)
                given = server.script.pop(0) if len(server.script) > 1 else server.script[0]
                connection.sendall(given)
            except (OSError, EOFError):
                continue


def _read(connection: socket.socket) -> Request:
    with connection.makefile("rb") as stream:
        words = stream.readline().decode().split()
        if not words:
            raise EOFError
        headers = dict(_fields(stream))
        body = stream.read(int(headers.get("content-length", "0")))
    return Request(words[0], words[1], headers, body)


def _fields(stream: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    for line in stream:
        if not line.strip():
            return
        name, _, value = line.decode("latin-1").partition(":")
        yield name.lower(), value.strip()
