"""What is wrong with a file, and where? The value that is collected until a run has seen it all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model import ABSENT, Absent, Place


class Severity(StrEnum):
    """How bad is a problem? Nothing is planned while there is an error."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the line where a problem stands: *width* characters from *column* (from 1) on."""

    text: str
    column: int
    width: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should mend: *code* is stable, *hint* says what to do ("" if obvious).

    *for_each* and *target* name the values and the targets with which it appears, "" if it
    always does; *task* names the tasks if it stands in what they share. *used_at* is where a
    value that stands at *place* is used as a variable.
    """

    place: Place
    code: str
    sentence: str
    hint: str = ""
    for_each: str = ""
    target: str = ""
    task: str = ""
    severity: Severity = Severity.ERROR
    used_at: Place | Absent = ABSENT
    excerpt: Excerpt | Absent = ABSENT
