"""What can go wrong between a client and the sandbox? A script of faults, one for each request."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Fault(Enum):
    """What happens to one request."""

    DROPPED = "the connection breaks before the server has done anything"
    ANSWER_LOST = "the server does it, then the connection breaks"
    BROKEN_AFTER = "the server does it, then answers with HTTP 500"
    BROKEN_BEFORE = "the server does nothing and answers with HTTP 502"
    WEB_PAGE = "the server does it, then something answers with a web page"
    HALF = "the server does it, then sends half of its answer"
    THROTTLED = "the server asks for patience"
    UNSENT = "no connection comes about"
    UNAUTHORIZED = "the server doesn't know the key"
    FORBIDDEN = "the key may not do this"


@dataclass(slots=True)
class Faults:
    """Faults for the requests of one *method*, in their order; those beyond go well."""

    method: str
    script: list[Fault | None] = field(default_factory=list)

    def around(self, app: WSGIApplication) -> WSGIApplication:
        """Return *app* behind the faults."""

        def faulty(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            fault = None
            if environ["REQUEST_METHOD"] == self.method and self.script:
                fault = self.script.pop(0)
            return _go_wrong(fault, app, environ, start)

        return faulty


def _go_wrong(
    fault: Fault | None, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    match fault:
        case None:
            return app(environ, start)
        case Fault.DROPPED:
            raise httpx.ReadError("connection reset by peer")
        case Fault.UNSENT:
            raise httpx.ConnectError("connection refused")
        case Fault.BROKEN_BEFORE:
            return _answer(start, "502 Bad Gateway", b"<html>no upstream</html>", "text/html")
        case Fault.THROTTLED:
            return _refuse(start, "429 Too Many Requests", 11005)
        case Fault.UNAUTHORIZED:
            return _refuse(start, "401 Unauthorized", 11009)
        case Fault.FORBIDDEN:
            return _refuse(start, "403 Forbidden", 11007)
        case _:
            return _lose(fault, app, environ, start)


def _lose(
    fault: Fault, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse
) -> Iterable[bytes]:
    """Let the server do it, and spoil its answer."""
    body = b"".join(_close_after(app(environ, _ignore)))
    match fault:
        case Fault.ANSWER_LOST:
            raise httpx.RemoteProtocolError("peer closed connection without a whole answer")
        case Fault.BROKEN_AFTER:
            return _refuse(start, "500 Internal Server Error", 99009)
        case Fault.WEB_PAGE:
            return _answer(start, "200 OK", b"<html>hello</html>", "text/html")
        case _:
            return _answer(start, "200 OK", body[: len(body) // 2], "application/json")


def _refuse(start: StartResponse, status: str, code: int) -> Iterable[bytes]:
    body = b'{"status": {"code": %d, "description": "scripted", "req_id": "r"}, "tasks": []}' % code
    return _answer(start, status, body, "application/json")


def _answer(start: StartResponse, status: str, body: bytes, kind: str) -> Iterable[bytes]:
    start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _ignore(status: str, headers: list[tuple[str, str]], error: object = None, /) -> Any:
    """Take the head of an answer that nobody will see."""
    del status, headers, error


def _close_after(parts: Iterable[bytes]) -> Iterator[bytes]:
    yield from parts
    close = getattr(parts, "close", None)
    if close:
        close()
