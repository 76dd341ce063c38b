"""What can stop a run? Every exception; what a person can mend is collected as `Problem`s.

ReconcilerError
├── ProblemsFoundError   files or configuration are wrong
├── UsageError           the command line is wrong
├── OutputError          what there is to say can't be written
├── TargetError          the target can't be used as it is configured
├── NestingError         a value is too deep to be handled
├── NotFoundError        what a person named isn't there
├── RefusedError         a guard or a person said no
├── PlanFileError        a saved plan is none, damaged, or for something else
├── StaleError           what a saved plan rests on has moved
├── RecordError          the record of a run can't be written, or read
└── ApiError             the API, or the way to it
    ├── RejectedError    the API said no: nothing was done
    │   └── MissingError
    └── AnswerLostError  nobody can say whether it was done
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model import Fault, Notice
    from reconciler.problem import Problem


class ReconcilerError(Exception):
    """The root: `str()` is one sentence that ends with what to do."""


class ProblemsFoundError(ReconcilerError):
    """Files or configuration are wrong; carries every problem that was found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems found")
        self.problems = problems


class UsageError(ReconcilerError):
    """The command line asks for something that makes no sense."""


class OutputError(ReconcilerError):
    """What there is to say can't be written."""


class TargetError(ReconcilerError):
    """The target can't be used as it is configured: its URL, its token, its owner."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class NestingError(ReconcilerError):
    """A value, in a live task or a file, is too deep to be handled."""

    def __init__(self) -> None:
        super().__init__("a value is nested deeper than 254 levels; make it flatter")


class NotFoundError(ReconcilerError):
    """What a person named isn't there."""


class RefusedError(ReconcilerError):
    """Nothing was sent, because a guard or a person said no."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class PlanFileError(ReconcilerError):
    """A saved plan can't be read, or was made for something else."""


class StaleError(ReconcilerError):
    """What a saved plan rests on has moved: nothing was sent; carries what moved."""

    def __init__(self, moved: tuple[Notice, ...]) -> None:
        super().__init__(f"the plan is stale: {len(moved)} of its actions; make it again")
        self.moved = moved


class RecordError(ReconcilerError):
    """The record of a run can't be written, so nothing more is sent; or it can't be read."""


class ApiError(ReconcilerError):
    """The API, or the way to it, failed; *fault* has its own words."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence)
        self.fault = fault


class RejectedError(ApiError):
    """The API refused the request: nothing of it was done, unless an earlier try was *lost*."""

    def __init__(self, fault: Fault, *, lost: bool = False) -> None:
        super().__init__(fault)
        self.lost = lost


class AnswerLostError(ApiError):
    """The request may or may not have been carried out, though it may have been *answered*."""

    def __init__(self, fault: Fault, *, answered: bool = False) -> None:
        super().__init__(fault)
        self.answered = answered


class LateError(ReconcilerError):
    """The request could leave only when what it rests on is too old; nothing was sent."""

    def __init__(self) -> None:
        super().__init__("what is live must be read again first; run again")


class MissingError(RejectedError):
    """The API has no such task."""
