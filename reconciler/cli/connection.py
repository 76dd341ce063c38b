"""How does a command reach the API? Builds the one client of a run."""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from reconciler.cli.options import PATIENCE
from reconciler.config import choose_target, make_scope, max_deletes_of, read_config
from reconciler.errors import TargetError
from reconciler.manifest.files import check_directory
from reconciler.urls import SANDBOX_SCHEME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType
    from wsgiref.types import WSGIApplication

    from reconciler.api.client import TasksApi
    from reconciler.cli.options import Options
    from reconciler.guard import MaxDeletes
    from reconciler.manifest import Scope
    from reconciler.model import Ownership, Target


@dataclass(frozen=True, slots=True)
class Setup:
    """Where a command applies, as whom, and what it reads the files for."""

    target: Target
    owner: str
    scope: Scope
    ownership: Ownership
    max_deletes: MaxDeletes


def find_setup(options: Options) -> Setup:
    """Return what the command line, the environment and the configuration come to."""
    given = options.read_variables()
    check_directory(options.directory)
    config = read_config(options.directory)
    target, owner = choose_target(config, name=options.target, environ=os.environ)
    return Setup(
        target,
        owner,
        make_scope(config, target.name, given),
        config.ownership,
        max_deletes_of(config, target.name),
    )


@contextmanager
def open_api(
    target: Target, *, verbose: bool = False, patience: float = PATIENCE
) -> Iterator[TasksApi]:
    """Open the client of a target, over the network or to a sandbox in this process.

    *patience* bounds the seconds that one request waits to be sent again.
    """
    # httpx takes longer to import than wrong files take to be found.
    from reconciler.api.channel import Channel
    from reconciler.api.client import TasksApi
    from reconciler.api.pace import Pace
    from reconciler.api.retry import Patience

    if verbose:
        logging.basicConfig(format="%(name)s: %(message)s", level=logging.WARNING)
        logging.getLogger("httpx").setLevel(logging.INFO)
    app = None
    if target.url.startswith(SANDBOX_SCHEME):
        app = _open_sandbox(Path(target.url.removeprefix(SANDBOX_SCHEME)))
        target = replace(target, url="http://sandbox", token="sandbox")  # noqa: S106 - takes any
    pace = Pace(target.requests_per_second, clock=time.monotonic, sleep=time.sleep)
    channel = Channel(
        target,
        pace=pace,
        clock=time.monotonic,
        sleep=time.sleep,
        random=random.random,
        patience=Patience.lasting(patience),
        wsgi_app=app,
    )
    with TasksApi(channel) as api:
        yield api


def choose_start(target: Target) -> Callable[[Callable[[], None]], object]:
    """Return what begins work with a target: a thread each, for requests overlap while they wait.

    No thread keeps the process from ending: a server may never answer. A sandbox in this process
    has nothing to wait for.
    """
    from reconciler.crew import work_here

    if target.url.startswith(SANDBOX_SCHEME):
        return work_here
    return lambda work: Thread(target=work, daemon=True).start()


@contextmanager
def import_sandbox() -> Iterator[ModuleType]:
    """Import the sandbox, which is an extra, and turn its errors into ours while it is used."""
    try:
        from reconciler import sandbox
    except ModuleNotFoundError as error:
        sentence = f"the sandbox needs {error.name}; pip install 'clarifai-reconciler[sandbox]'"
        raise TargetError("no-sandbox", sentence) from None
    try:
        yield sandbox
    except sandbox.SandboxError as error:
        raise TargetError("sandbox", str(error)) from None


def _open_sandbox(db: Path) -> WSGIApplication:
    with import_sandbox() as sandbox:
        app: WSGIApplication = sandbox.create_app(db).wsgi_app
        return app
