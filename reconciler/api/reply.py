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

SUCCESS: Final = 10000
MIXED: Final = 10010
_TRY_AGAIN: Final = 10030
_THROTTLED: Final = 11005
_MISSING: Final = frozenset({11101, 54102})
_OUT_OF_RANGE: Final = frozenset({11102, 11105})
_TASK_STATES: Final = range(54001, 54100)
_INTERNAL: Final = range(98000, 99000)
_BUSY: Final = range(40030, 40040)
# The documentation shows this code as a name in one place.
_NAMED_CODES: Final = {"SUCCESS": SUCCESS, "MIXED_STATUS": MIXED, "CONN_THROTTLED": _THROTTLED}
_EXCERPT: Final = 200


class Verdict(Enum):
    """What an answer means for the request."""

    DONE = "carried out"
    MIXED = "carried out in part, task by task"
    THROTTLED = "not carried out, may be sent again"
    UNSENT = "not carried out: no connection came about"
    FAULTY = "nobody knows; asking again may help"
    FOREIGN = "nobody knows: it isn't the API that answered"
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
    code = _code_of(status)
    fault = _fault(http_status, code=code, status=status)
    return Reply(_judge(http_status, code), body, fault)


def tasks_of(body: Spec) -> Sequence[Spec] | None:
    """Return the tasks of a reply, none if it has no list of tasks with an id each."""
    tasks = body.get("tasks")
    if not isinstance(tasks, Sequence) or isinstance(tasks, str):
        return None
    found = [task for task in tasks if isinstance(task, Mapping)]
    return found if len(found) == len(tasks) else None


def failure_of(task: Spec, http_status: int) -> Fault | None:
    """Return why this task of a mixed reply failed, none if it didn't.

    A task that was written carries its state, or success; anything else is an error.
    """
    status = task.get("status")
    if not isinstance(status, Mapping):
        return None if task.get("id") else Fault("the API says nothing of this task", http_status)
    code = _code_of(status)
    if code in _TASK_STATES or code in (SUCCESS, 0):
        return None
    return _fault(http_status, code=code, status=status)


def is_missing(fault: Fault) -> bool:
    """Tell whether the API says that there is no such task."""
    # Not by the HTTP status: a gateway's 404 says nothing about the task.
    return fault.code in _MISSING


def is_out_of_range(fault: Fault) -> bool:
    """Tell whether the API says that a page lies beyond the last."""
    return fault.code in _OUT_OF_RANGE


def _judge(http_status: int, code: int) -> Verdict:
    if code == _THROTTLED or http_status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.THROTTLED
    if code in _INTERNAL or code in _BUSY or code == _TRY_AGAIN:
        return Verdict.FAULTY
    if http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.FAULTY
    if code == MIXED:
        return Verdict.MIXED
    if http_status >= HTTPStatus.MULTIPLE_CHOICES:
        return Verdict.REFUSED
    if code == SUCCESS:
        return Verdict.DONE
    return Verdict.REFUSED if code else Verdict.FAULTY


def _read_foreign(http_status: int, *, content_type: str, content: bytes, body: Spec) -> Reply:
    """Judge what the API itself didn't write: a gateway's error, a web page, half a body."""
    kind = content_type.partition(";")[0].strip() or "no content type"
    excerpt = text_of(body.get("message")) or content[:_EXCERPT].decode(errors="replace")
    sentence = (
        f"HTTP {http_status} with {kind} that isn't an answer of the Tasks API;"
        " check the target's URL"
    )
    fault = Fault(sentence, http_status, description=excerpt)
    return Reply(_judge_foreign(http_status, is_json=kind == "application/json"), {}, fault)


def _judge_foreign(http_status: int, *, is_json: bool) -> Verdict:
    if http_status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.THROTTLED
    if http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.FAULTY
    if http_status >= HTTPStatus.MULTIPLE_CHOICES:
        return Verdict.REFUSED
    # Half of the API's own answer may come whole the next time; a web page stays one.
    return Verdict.FAULTY if is_json else Verdict.FOREIGN


def _parse(content: bytes) -> Spec:
    try:
        value = parse_json(content)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _code_of(status: Spec) -> int:
    code: Json = status.get("code")
    if isinstance(code, str):
        return int(code) if code.isdecimal() else _NAMED_CODES.get(code, 0)
    return int(code) if isinstance(code, int | float) else 0


def _fault(http_status: int, *, code: int, status: Spec) -> Fault:
    description, details = text_of(status.get("description")), text_of(status.get("details"))
    words = ": ".join(text for text in (description, details) if text) or "no reason given"
    return Fault(
        f"{words} (HTTP {http_status}, code {code})",
        http_status=http_status,
        code=code,
        description=description,
        details=details,
        req_id=text_of(status.get("req_id")),
    )
