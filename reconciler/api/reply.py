"""What does an answer of the API say? Bytes → a verdict, a fault, tasks; pure.

Source of codes and statuses: the API's status proto and the reports of its users. The HTTP
status of many codes is undocumented, so both are read and the more telling one wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from reconciler.jsontext import parse_json
from reconciler.model import Fault, text_of

if TYPE_CHECKING:
    from reconciler.model import Json, Spec

_SUCCESS: Final = 10000
_MIXED: Final = 10010
_FAILURE: Final = 10020
_TRY_AGAIN: Final = 10030
_NOT_IMPLEMENTED: Final = 10040
_ACCEPTED: Final = 10070
_THROTTLED: Final = 11005
_BAD_FORMAT: Final = 11100
_DOES_NOT_EXIST: Final = 11101
_INVALID_REQUEST: Final = 11102
_METHOD_NOT_ALLOWED: Final = 11103
_INVALID_RANGE: Final = 11105
_TASK_STATES: Final = range(54001, 54100)
_TASK_CONFLICT: Final = 54100
_TASK_NOT_IMPLEMENTED: Final = 54101
_TASK_MISSING: Final = 54102
_INTERNAL: Final = range(98000, 100_000)
_BUSY: Final = range(40030, 40040)

_CARRIED_OUT: Final = frozenset({_SUCCESS, _ACCEPTED})
_GONE: Final = frozenset({_DOES_NOT_EXIST, _TASK_MISSING})
# From here on a code names what is wrong; below it are outcomes of any request.
_FIRST_ERROR: Final = 11000
# A server that knows why it refuses hasn't failed, though its HTTP status may say 5xx.
_CLEAR_REFUSALS: Final = frozenset(
    {_NOT_IMPLEMENTED, *range(_BAD_FORMAT, 11200), *range(_TASK_CONFLICT, 54200)}
)
_AMBIGUOUS_HTTP: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})

# Replies hold numbers, but the documentation shows a name in one place.
_NAMED_CODES: Final = {
    "ZERO": 0,
    "SUCCESS": _SUCCESS,
    "MIXED_STATUS": _MIXED,
    "FAILURE": _FAILURE,
    "TRY_AGAIN": _TRY_AGAIN,
    "NOT_IMPLEMENTED": _NOT_IMPLEMENTED,
    "ACCEPTED": _ACCEPTED,
    "CONN_ACCOUNT_ISSUES": 11000,
    "CONN_CREDENTIALS_INVALID": 11002,
    "CONN_THROTTLED": _THROTTLED,
    "CONN_EXCEEDS_LIMITS": 11006,
    "CONN_INSUFFICIENT_SCOPES": 11007,
    "CONN_KEY_INVALID": 11008,
    "CONN_KEY_NOT_FOUND": 11009,
    "CONN_BAD_REQUEST_FORMAT": _BAD_FORMAT,
    "CONN_DOES_NOT_EXIST": _DOES_NOT_EXIST,
    "CONN_INVALID_REQUEST": _INVALID_REQUEST,
    "CONN_METHOD_NOT_ALLOWED": _METHOD_NOT_ALLOWED,
    "CONN_INVALID_RANGE": _INVALID_RANGE,
    "TASK_IN_PROGRESS": 54001,
    "TASK_DONE": 54002,
    "TASK_WONT_DO": 54003,
    "TASK_FAILED": 54005,
    "TASK_IDLE": 54006,
    "TASK_CONFLICT": _TASK_CONFLICT,
    "TASK_NOT_IMPLEMENTED": _TASK_NOT_IMPLEMENTED,
    "TASK_MISSING": _TASK_MISSING,
    "TASK_PERMISSION_DENIED": 54103,
    "INTERNAL_UNCATEGORIZED": 99009,
}
_UNKNOWN: Final = -1
"""Stands for a code that is given, but not as one that we know."""

_MOST_DIGITS: Final = 9


class Verdict(Enum):
    """What an answer means for the request."""

    DONE = "carried out"
    MIXED = "carried out in part, task by task"
    THROTTLED = "not carried out, may be sent again"
    UNSENT = "not carried out: no connection came about"
    FAULTY = "nobody knows; asking again may help"
    FOREIGN = "nobody knows, and asking again won't help"
    REFUSED = "not carried out"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its verdict, its body if that is the API's JSON, and its words as a fault."""

    verdict: Verdict
    body: Spec
    fault: Fault


def read_reply(http_status: int, *, content_type: str, content: bytes) -> Reply:
    """Return what an answer says, whoever wrote it."""
    body = _parse(content)
    status = body.get("status")
    if not isinstance(status, Mapping):
        return _read_foreign(http_status, content_type=content_type, content=content, body=body)
    return Reply(_judge(http_status, _code_of(status)), body, _fault(http_status, status))


def count_of(body: Spec) -> int:
    """Return the sum of all counts of a reply, of every user and status.

    Counters may be text (proto3 JSON writes some whole numbers so); an empty list is left out.
    """
    counts = body.get("counts")
    rows = counts if isinstance(counts, Sequence) and not isinstance(counts, str) else ()
    values = [value for row in rows if isinstance(row, Mapping) for value in row.values()]
    return sum(_whole(value) for value in values)


def _whole(value: Json) -> int:
    """Return a counter's number, 0 for what is none, such as the user's id."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, str):
        return (
            int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else 0
        )
    return int(value) if isinstance(value, int | float) else 0


def tasks_of(body: Spec) -> Sequence[Spec] | None:
    """Return the tasks of a reply, none if it has no list of mappings."""
    tasks = body.get("tasks")
    if not isinstance(tasks, Sequence) or isinstance(tasks, str):
        return None
    found = [task for task in tasks if isinstance(task, Mapping)]
    return found if len(found) == len(tasks) else None


def failure_of(task: Spec, http_status: int) -> Fault | None:
    """Return why this task of a reply failed, none if it didn't.

    A task that was written carries its state, or success; anything else is an error.
    """
    status = task.get("status")
    if status is None:
        return None
    if not isinstance(status, Mapping):
        return Fault("the API gives this task a status that can't be read", http_status)
    code = _code_of(status)
    written = code in _TASK_STATES or code in _CARRIED_OUT or code == 0
    return None if written else _fault(http_status, status)


def leaves_open(fault: Fault) -> bool:
    """Tell whether an error that stands beside one task leaves open what became of it."""
    return _is_internal(fault.code)


def is_missing(fault: Fault) -> bool:
    """Tell whether the API says that there is no such task."""
    # Not by the HTTP status: a gateway's 404 says nothing about the task.
    return fault.code in _GONE


def is_out_of_range(fault: Fault) -> bool:
    """Tell whether the API says that a page lies beyond the last."""
    # The general code also comes with a 401 in the middle of a listing.
    invalid = fault.code == _INVALID_REQUEST and fault.http_status == HTTPStatus.BAD_REQUEST
    return invalid or fault.code == _INVALID_RANGE


def _judge(http_status: int, code: int) -> Verdict:
    if code == _THROTTLED or http_status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.THROTTLED
    if code in _CLEAR_REFUSALS:
        return Verdict.REFUSED
    if _is_internal(code) or _is_faulty(http_status):
        return Verdict.FAULTY
    if code == _MIXED:
        return Verdict.MIXED
    succeeded = http_status < HTTPStatus.MULTIPLE_CHOICES
    if code in _CARRIED_OUT:
        return Verdict.DONE if succeeded else Verdict.FOREIGN
    if not succeeded or code == _FAILURE:
        return Verdict.REFUSED
    if code == 0:
        return Verdict.FAULTY
    is_error = code >= _FIRST_ERROR and code not in _TASK_STATES
    return Verdict.REFUSED if is_error else Verdict.FOREIGN


def _is_internal(code: int) -> bool:
    return code in _INTERNAL or code in _BUSY or code == _TRY_AGAIN


def _read_foreign(http_status: int, *, content_type: str, content: bytes, body: Spec) -> Reply:
    """Judge what the API itself didn't write: a gateway's error, a web page, half a body."""
    kind = content_type.partition(";")[0].strip() or "no content type"
    is_json = kind == "application/json"
    message = text_of(body.get("message"))
    if message:
        sentence = f"{message} (HTTP {http_status})"
    elif is_json and not body:
        sentence = f"HTTP {http_status} with JSON that can't be read, or was cut short"
    else:
        sentence = (
            f"HTTP {http_status} with {kind} that isn't an answer of the Tasks API;"
            " check the target's URL"
        )
    fault = Fault(sentence, http_status, description=message or content.decode(errors="replace"))
    return Reply(_judge_foreign(http_status, is_json=is_json), {}, fault)


def _judge_foreign(http_status: int, *, is_json: bool) -> Verdict:
    if http_status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.THROTTLED
    if _is_faulty(http_status):
        return Verdict.FAULTY
    if http_status >= HTTPStatus.MULTIPLE_CHOICES:
        return Verdict.REFUSED
    # Half of the API's own answer may come whole the next time; a web page stays one.
    return Verdict.FAULTY if is_json else Verdict.FOREIGN


def _is_faulty(http_status: int) -> bool:
    return http_status >= HTTPStatus.INTERNAL_SERVER_ERROR or http_status in _AMBIGUOUS_HTTP


def _parse(content: bytes) -> Spec:
    try:
        value = parse_json(content)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _code_of(status: Spec) -> int:
    """Return the code of a status, 0 if it gives none."""
    code: Json = status.get("code")
    match code:
        case None:
            return 0
        case bool():
            return _UNKNOWN
        case int():
            return code
        case float() if code.is_integer():
            return int(code)
        case str() if code.isdecimal() and len(code) <= _MOST_DIGITS:
            return int(code)
        case str():
            return _NAMED_CODES.get(code, _UNKNOWN)
        case _:
            return _UNKNOWN


def _fault(http_status: int, status: Spec) -> Fault:
    code = _code_of(status)
    description, details = text_of(status.get("description")), text_of(status.get("details"))
    words = ": ".join(text for text in (description, details) if text) or "no reason given"
    shown = text_of(status.get("code")) if code == _UNKNOWN else code
    return Fault(
        f"{words} (HTTP {http_status}, code {shown})",
        http_status=http_status,
        code=max(code, 0),
        description=description,
        details=details,
        req_id=text_of(status.get("req_id")),
    )


def advise(fault: Fault) -> str:
    """Return what a fault says, and what to do about it."""
    match fault.http_status:
        case HTTPStatus.UNAUTHORIZED:
            return f"the API doesn't accept the token: {fault.sentence}; check the token"
        case HTTPStatus.FORBIDDEN:
            return f"the token may not do this: {fault.sentence}; check the token's scopes"
        case _:
            return fault.sentence
