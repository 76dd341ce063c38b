"""What a call is, and what it comes to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from .connections import Database
from .errors import ApiError, Code, ProblemsError
from .kinds import Message
from .normalise import objects, read_body
from .options import Options
from .record import App
from .task_rows import TaskRows
from .values import Json, JsonObject

_MOST_ITEMS = 128


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What calls work on; `now` tells the time of day in seconds since 1970."""

    database: Database
    options: Options
    now: Callable[[], float]

    @property
    def tasks(self) -> TaskRows:
        """The tasks, written back as the options say."""
        return TaskRows(self.options.writes)

    @property
    def listed_until(self) -> int | None:
        """The last moment whose new tasks are listed, in microseconds; `None` if all are."""
        delay = self.options.list_delay
        return int((self.now() - delay) * 1e6) if delay else None


@dataclass(frozen=True, slots=True)
class Call:
    """A request: for which app and by whom, the ids in its path, its query and its body."""

    app: App
    caller: str
    ids: Mapping[str, str]
    query: MultiDict[str, str]
    body: Json

    def read(self, kind: Message) -> JsonObject:
        """Return the body as *kind*; `ApiError` with all that is wrong with it."""
        problems: list[str] = []
        request = read_body(kind, self.body, problems)
        refuse(problems)
        return request

    def read_items(self, kind: Message, name: str) -> list[JsonObject]:
        """Return the items in the list *name* of the body; `ApiError` unless they are 1 to 128."""
        items = objects(self.read(kind).get(name))
        check_count(name, items)
        return items


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a call: `members` holds the JSON texts of what stands beside its status."""

    members: Mapping[str, str] = field(default_factory=dict)
    code: Code = Code.SUCCESS
    details: str = ""


def reply_list(name: str, texts: Iterable[str]) -> Reply:
    """Return the answer whose member *name* is the list of the JSON *texts*."""
    return Reply({name: f"[{','.join(texts)}]"})


def check_count(name: str, items: Sequence[object]) -> None:
    """Raise `ApiError` unless a request has from 1 to 128 items."""
    if not items:
        raise ApiError(Code.INVALID_REQUEST, f"{name}: at least one is required")
    if len(items) > _MOST_ITEMS:
        raise ApiError(Code.INVALID_REQUEST, f"{name}: {len(items)} are more than {_MOST_ITEMS}")


def refuse(problems: Sequence[str]) -> None:
    """Raise `ProblemsError` if there are *problems*."""
    if problems:
        raise ProblemsError(problems)
