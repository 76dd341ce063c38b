"""How far a task is, in the API's words, for those who ask for it.

Documented: the names, that they come only when asked for, the lists in the order of the
reviewers. Inferred: counts of 64 bits are strings, and 0 is left out as everywhere.
"""

import sqlite3
from collections.abc import Collection

from . import boards
from .labelling import Metrics, measure
from .record import Record
from .values import Json, JsonObject, print_json

_ALL = "all"
_PREFIX = "metrics."


def asks_for_metrics(wanted: Collection[str]) -> bool:
    """Tell whether one of the additional fields *wanted* is a metric."""
    return any(name == _ALL or name.startswith(_PREFIX) for name in wanted)


def add_metrics(db: sqlite3.Connection, task: Record, text: str, wanted: Collection[str]) -> str:
    """Return the *text* of a task with the metrics of it that are *wanted*."""
    shown: JsonObject = {}
    for group, members in _write(measure(boards.load(db, task))).items():
        asked: JsonObject = {
            name: value
            for name, value in members.items()
            if value and not {_ALL, f"{_PREFIX}{group}.{name}"}.isdisjoint(wanted)
        }
        if asked:
            shown[group] = asked
    return f'{text[:-1]},"metrics":{print_json(shown)}}}'


def _write(metrics: Metrics) -> dict[str, dict[str, Json]]:
    reviewers = metrics.reviewers
    return {
        "input_source": {"inputs_count_estimated": _count(metrics.inputs)},
        "work": {
            "inputs_count_estimated": _count(metrics.worked),
            "inputs_percent_estimated": metrics.worked_percent,
        },
        "review": {
            "inputs_count_estimated": _count(metrics.reviewed),
            "inputs_percent_estimated": metrics.reviewed_percent,
            "inputs_count_estimated_per_reviewer": [str(each.reviewed) for each in reviewers],
            "inputs_reviewable_count_estimated_per_reviewer": [
                str(each.reviewable) for each in reviewers
            ],
            "inputs_percent_estimated_per_reviewer": [each.percent for each in reviewers],
        },
    }


def _count(number: int) -> str:
    return str(number) if number else ""
