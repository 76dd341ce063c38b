"""Clients of a sandbox: in process, and over loopback against a served one."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox import Options, create_app

from .requests import KEY

_SERVE = """
import sys
from pathlib import Path
from reconciler.sandbox import Options, create_app, serve

def announce(url):
    print(url, flush=True)

app = create_app(Path(sys.argv[1]), options=Options(token=sys.argv[2] or None))
serve(app, host="127.0.0.1", port=0, on_listening=announce)
print("stopped", flush=True)
"""

MakeClient = Callable[..., httpx.Client]
Served = tuple[str, "subprocess.Popen[str]"]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.db"


@pytest.fixture
def make_client(db: Path) -> Iterator[MakeClient]:
    """Make clients of sandboxes over one file, in process."""
    with ExitStack() as stack:

        def make(**options: object) -> httpx.Client:
            app = create_app(db, options=Options(**options))  # type: ignore[arg-type]
            transport = httpx.WSGITransport(app=app)
            headers = {"Authorization": f"Key {KEY}"}
            client = httpx.Client(transport=transport, base_url="http://sandbox", headers=headers)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> httpx.Client:
    return make_client()


@contextmanager
def run_server(db: Path, *, token: str = "") -> Iterator[Served]:
    """Serve *db* from a process of its own; yield its URL and the process.

    *token* is the only key to accept; every key will do if it is empty.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(db), token],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a sandbox that all tests share; each uses apps of its own."""
    with run_server(tmp_path_factory.mktemp("served") / "sandbox.db") as (url, _):
        yield url
