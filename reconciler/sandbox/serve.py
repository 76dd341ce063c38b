"""How the sandbox is served on a port."""

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from waitress.server import create_server

from .app import LARGEST_BODY
from .errors import SandboxError
from .refusal import Channel

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_THREADS = 16
_CONNECTIONS = 500
_LARGEST_PORT = 65535


def serve(
    app: "WSGIApplication", *, host: str, port: int, on_listening: Callable[[str], None]
) -> None:
    """Serve *app* until the process is interrupted or terminated, then return.

    Calls *on_listening* with the URL once connections are accepted; port 0 is a free one.
    Terminating works from the main thread only. Raises `SandboxError` if the port cannot be had.
    """
    # Waitress warns of each request that has to wait for a thread.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    listener = _listen(host, port)
    server = create_server(
        app, sockets=[listener], threads=_THREADS, connection_limit=_CONNECTIONS,
        asyncore_use_poll=True, ident="sandbox", max_request_body_size=LARGEST_BODY + 1,
    )  # fmt: skip
    # One socket is one server.
    server.channel_class = Channel  # type: ignore[union-attr]
    try:
        with _interrupted_by_sigterm():
            on_listening(_make_url(listener))
            server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    # The resolver wraps a number that is too large around.
    if not 0 <= port <= _LARGEST_PORT:
        raise SandboxError(_unavailable(host, port, "there is no such port"))
    try:
        [family, _, _, _, address] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise SandboxError(_unavailable(host, port, error.strerror or str(error))) from error


def _unavailable(host: str, port: int, reason: str) -> str:
    return f"The sandbox cannot listen on {host}:{port} ({reason}); choose another host or port."


def _make_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
