"""A client of a scripted server, without waiting: clock and sleep are a number."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.api.channel import Channel
from reconciler.api.client import TasksApi
from reconciler.api.pace import Pace
from reconciler.api.retry import Patience
from reconciler.model import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "pat-0123456789abcdef"


@dataclass(slots=True)
class Time:
    """A clock that only sleeping moves on."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


@contextmanager
def client(url: str, *, time: Time | None = None, **given: Any) -> Iterator[TasksApi]:
    """Open a client; *given* are members of its target, `patience` or `wsgi_app`."""
    time = time or Time()
    patience = given.pop("patience", Patience())
    wsgi_app = given.pop("wsgi_app", None)
    target = Target(**{"name": "t", "url": url, "token": TOKEN} | given)
    pace = Pace(1000, clock=time.clock, sleep=time.sleep)
    channel = Channel(
        target,
        pace=pace,
        clock=time.clock,
        sleep=time.sleep,
        random=lambda: 1.0,
        patience=patience,
        wsgi_app=wsgi_app,
    )
    with TasksApi(channel) as api:
        yield api
