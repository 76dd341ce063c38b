"""Real processes of the command line, and a sandbox that kills them or lets them meet."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from reconciler.sandbox import create_app
from tests.scene import BATCH, NEW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from reconciler.sandbox import Options

Client = subprocess.Popen[str]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that was killed is no error here."""


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Gate:
    """What stands before the sandbox: it kills the client upon its request number *kill_at*.

    Before the server has it or, with *after*, when it is carried out. With a *barrier* the first
    request of each client waits for that of the other.
    """

    app: WSGIApplication
    kill_at: int = 0
    after: bool = False
    barrier: threading.Barrier | None = None
    url: str = ""
    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _born: threading.Event = field(default_factory=threading.Event)
    _client: Client | None = None

    def watch(self, client: Client) -> None:
        """Say whom to kill."""
        self._client = client
        self._born.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            self.requests += 1
            number = self.requests
        if self.barrier is not None and number <= self.barrier.parties:
            self.barrier.wait(30)
        if number == self.kill_at and not self.after:
            self._kill()
            raise BrokenPipeError
        answer = list(self.app(environ, start_response))
        if number == self.kill_at:
            self._kill()
        return answer

    def _kill(self) -> None:
        assert self._born.wait(30)
        assert self._client is not None
        self._client.send_signal(signal.SIGKILL)
        self._client.wait(30)


@contextmanager
def serving_at_gate(db: Path, options: Options, **given: Any) -> Iterator[Gate]:
    """Serve the tasks in *db* behind a gate."""
    gate = Gate(create_app(db, options=options).wsgi_app, **given)
    server = make_server("127.0.0.1", 0, gate, server_class=_Server, handler_class=_Handler)
    gate.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield gate
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_project(folder: Path, url: str, tasks: Mapping[str, Any] = NEW) -> None:
    """Write files that declare *tasks*, for the app at *url*."""
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    (folder / "tasks/t.json").write_text(json.dumps({"tasks": tasks}))
    target = f"{{url: '{url}', requests_per_second: 1000}}"
    (folder / "tasks/reconciler.yaml").write_text(f"owner: acme\ntargets: {{t: {target}}}\n")


def start_apply(folder: Path) -> Client:
    """Start `reconciler apply` on the files in *folder*."""
    arguments = ("apply", "--auto-approve", "--batch-size", str(BATCH), "--format", "json")
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=folder,
        env={**os.environ, "CLARIFAI_PAT": "any", "NO_PROXY": "127.0.0.1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
