"""What is stored, and which part of it is asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .values import JsonObject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class App:
    """The app that a task belongs to: its tasks are its own."""

    user_id: str
    app_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that is asked for."""

    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """A task with what the server adds. Times are microseconds since 1970, UTC.

    `label_order_id` names the label order that owns the task; "" is none.
    """

    id: str
    app: App
    created_at: int
    modified_at: int
    spec: JsonObject
    label_order_id: str = ""


def print_time(microseconds: int) -> str:
    """Return the RFC 3339 text in UTC, with 6 digits of fraction, as stored rows have."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
