"""Which request goes wrong, and how.

The faults are those of networks, gateways and busy servers; none is a documented behaviour of the
API, and none happens unless a script asks for it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

_PATH = re.compile(r"/v2(?:/users/[^/]+/apps/[^/]+)?/tasks(/[^/]+)?")


class Asked(StrEnum):
    """What a request asks for; `ANY` is each of them, and all that none of the others is."""

    CREATE = "create"
    LIST = "list"
    GET = "get"
    OVERWRITE = "overwrite"
    DELETE = "delete"
    ANY = "any"


class Fault(StrEnum):
    """What becomes of a request.

    Before: nothing is done. After: it is done first. Both drops close the connection without an
    answer. `TRUNCATE` and `WRONG_TYPE` do it, and send half of the answer or a web page; `SLOW`
    waits, then does it.
    """

    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    ERROR_BEFORE = "error-before"
    ERROR_AFTER = "error-after"
    THROTTLE = "throttle"
    TRUNCATE = "truncate"
    WRONG_TYPE = "wrong-type"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Step:
    """A fault, and the requests that it happens to: by their numbers, or each so many.

    `status` is the HTTP status of an error, `retry_after` the seconds that a throttled caller is
    asked to wait, if any, `seconds` how long a slow request waits.
    """

    request: Asked
    fault: Fault
    nth: frozenset[int] = frozenset()
    every: int = 0
    status: int = 500
    retry_after: int | None = None
    seconds: float = 0.0

    def hits(self, number: int) -> bool:
        """Return whether the fault happens to the request with this number, from 1."""
        return number in self.nth or (self.every > 0 and number % self.every == 0)


@dataclass(frozen=True, slots=True)
class Hit:
    """A step that a request has met, and the number of the request among those of its kind."""

    step: Step
    number: int

    def __str__(self) -> str:
        return f"{self.step.request} {self.number}: {self.step.fault}"


class Faults:
    """The steps of a script, and how many requests there were of each kind.

    Every request counts, whatever becomes of it. Safe to use from many threads.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = tuple(steps)
        self._counts: Counter[Asked] = Counter()
        self._lock = Lock()

    def take(self, call: Asked) -> Hit | None:
        """Count a request; return the first step that it meets."""
        with self._lock:
            self._counts.update({call, Asked.ANY})
            for step in self._steps:
                number = self._counts[step.request]
                if step.request in (call, Asked.ANY) and step.hits(number):
                    return Hit(step, number)
        return None


def find_call(method: str, path: str) -> Asked:
    """Return what a request with this method and path asks for."""
    match = _PATH.fullmatch(path)
    if match is None:
        return Asked.ANY
    match method, match[1] is not None:
        case "POST", False:
            return Asked.CREATE
        case "GET", False:
            return Asked.LIST
        case "GET", True:
            return Asked.GET
        case "PATCH", False:
            return Asked.OVERWRITE
        case "DELETE", False:
            return Asked.DELETE
        case _:
            return Asked.ANY
