"""What can go wrong, and how the API says so.

Exception
├── SandboxError          the sandbox cannot start or reset: for the person who runs it
│   └── ScriptError       a script of faults is wrong
└── ApiError              a request cannot be answered: becomes an error reply
    ├── MissingTaskError  there is no such task
    └── ProblemsError     what a request says is wrong
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from .values import JsonObject

_LONGEST_DETAILS = 2000
_MOST_PROBLEMS = 20


class SandboxError(Exception):
    """The sandbox cannot do what the person asked; the text says what to do."""


class ScriptError(SandboxError):
    """A script of faults is wrong; *problems* are "file:line:column: sentence" each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Nothing is served; mend the script of faults, or leave it out.")


@dataclass(frozen=True, slots=True)
class Status:
    """A status of the API: its number, the HTTP status that it comes with, its description."""

    code: int
    http: int
    description: str


class Code(Enum):
    """The statuses that the sandbox answers with.

    Codes are documented. The HTTP statuses of 11009, 11101 and 11103 are documented by
    published replies; that of 10010 is unknown; the others are inferred, as are the descriptions.
    """

    SUCCESS = Status(10000, 200, "Ok")
    MIXED = Status(10010, 207, "Mixed status")
    FAILURE = Status(10020, 400, "Failure")
    THROTTLED = Status(11005, 429, "Too many requests")
    KEY_NOT_FOUND = Status(11009, 401, "API key not found")
    BAD_FORMAT = Status(11100, 400, "Malformed or invalid request")
    NOT_FOUND = Status(11101, 404, "Resource does not exist")
    INVALID_REQUEST = Status(11102, 400, "Invalid request")
    BAD_AUTHORIZATION = Status(11102, 401, "Invalid request")
    METHOD_NOT_ALLOWED = Status(11103, 400, "Method not allowed")
    INVALID_RANGE = Status(11105, 400, "Range out of bounds")
    INPUT_DUPLICATE = Status(30100, 400, "Input already exists")
    INPUT_MISSING = Status(30102, 404, "Input does not exist")
    DUPLICATE_ID = Status(40010, 400, "Duplicate id")
    DATASET_INPUT_DUPLICATE = Status(64101, 400, "Input is in the dataset already")
    TASK_MISSING = Status(54102, 404, "Task not found")
    TASK_PERMISSION_DENIED = Status(54103, 403, "Not allowed for this task")
    INTERNAL = Status(99009, 500, "Internal error")


class ApiError(Exception):
    """A request that is answered with *code* and *details*."""

    def __init__(self, code: Code, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class MissingTaskError(ApiError):
    """An app has no task with this id."""

    def __init__(self, task_id: str) -> None:
        super().__init__(Code.TASK_MISSING, f"there is no task {task_id} in this app")


class ProblemsError(ApiError):
    """A request that says something wrong; *problems* are "path: sentence" each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(Code.INVALID_REQUEST, "; ".join(problems[:_MOST_PROBLEMS]))
        self.problems = problems


def make_status(code: Code, details: str = "") -> JsonObject:
    """Return the `status` member of a reply, with a fresh request id."""
    return describe(code, details) | {"req_id": os.urandom(16).hex()}


def describe(code: Code, details: str = "") -> JsonObject:
    """Return *code* in the API's words.

    Details of more than 2000 characters are cut: they may quote the request.
    """
    status: JsonObject = {"code": code.value.code, "description": code.value.description}
    if details:
        status["details"] = details[:_LONGEST_DETAILS]
    return status
