"""What are the nouns? Every value that passes between the steps, frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Spec: TypeAlias = Mapping[str, Json]
"""A task's body, in any of the API's spellings."""


class Absent(Enum):
    """The type of `ABSENT`: no value, where null would be a value."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the files: *file* relative to the current directory, *line* and *column* from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class OnDelete(StrEnum):
    """What becomes of a live task that is no longer declared."""

    DELETE = "delete"
    RETAIN = "retain"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How far a task is managed.

    *prevent_destroy* refuses its deletion; *ignore_changes* names the fields, by today's names,
    that are sent with the create and then left as they are live.
    """

    prevent_destroy: bool = False
    on_delete: OnDelete = OnDelete.DELETE
    ignore_changes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Desired:
    """A task as the files declare it, after defaults, variables and `for_each`.

    *id* names the live task that it adopts, *moved_from* the key that it had before; "" if none.
    """

    key: str
    spec: Spec
    place: Place
    id: str = ""
    moved_from: str = ""
    lifecycle: Lifecycle = Lifecycle()

    @property
    def name(self) -> str:
        """The display name, "" where it isn't text."""
        return text_of(self.spec.get("name"))


@dataclass(frozen=True, slots=True)
class Stamp:
    """The mark of ownership on a live task.

    *nonce* is fresh for each task posted and kept by updates. *fields* maps each managed field
    to the digest of its canonical form at the last apply; an *outdated* stamp was written by an
    earlier version of this tool, whose digests may mean something else.
    """

    owner: str
    key: str
    nonce: str
    fields: Mapping[str, str] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class NewerStamp:
    """A mark that a later version of this tool wrote: its task is left alone."""

    owner: str
    key: str
    version: int


@dataclass(frozen=True, slots=True)
class NoStamp:
    """No mark, or nothing that reads as one: a task of nobody."""


Mark: TypeAlias = Stamp | NewerStamp | NoStamp


@dataclass(frozen=True, slots=True)
class Live:
    """A task as the API returns it, and the mark it carries."""

    id: str
    spec: Spec
    mark: Mark

    @property
    def name(self) -> str:
        """The display name, "" if there is none."""
        return text_of(self.spec.get("name"))

    @property
    def age(self) -> tuple[str, str]:
        """A sort key, oldest first."""
        return (_instant(text_of(self.spec.get("created_at"))), self.id)


class Ownership(StrEnum):
    """How the live tasks of an owner are recognised: by their stamp, or as all of the app."""

    STAMP = "stamp"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Fault:
    """What the API, or the way to it, said.

    *http_status* and *code* are 0, the texts "", where nothing was said.
    """

    sentence: str
    http_status: int = 0
    code: int = 0
    description: str = ""
    details: str = ""
    req_id: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning about a run as a whole or about one of its tasks."""

    code: str
    sentence: str
    key: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to apply. An empty *user_id* and *app_id* mean the short paths of an app key."""

    name: str
    url: str
    token: str = field(repr=False)
    user_id: str = ""
    app_id: str = ""
    requests_per_second: float = 15.0


def _instant(timestamp: str) -> str:
    """Return a timestamp so that texts sort by time: RFC 3339 in UTC, with 0 to 9 digits."""
    seconds, _, fraction = timestamp.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction:0<9}"


def text_of(value: Json) -> str:
    """Return *value* if it is text, else ""."""
    return value if isinstance(value, str) else ""


def mapping_of(value: Json) -> Mapping[str, Json]:
    """Return *value* if it is a mapping, else an empty one."""
    # A dict is by far the usual case, and asking an abstract class is slow.
    return value if isinstance(value, dict) or isinstance(value, Mapping) else {}  # noqa: SIM101


def list_of(value: Json) -> Sequence[Json]:
    """Return *value* if it is a list, else an empty one."""
    if isinstance(value, list):
        return value
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
