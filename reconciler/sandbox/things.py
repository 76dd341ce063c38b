"""How inputs, datasets and concepts are kept: what tasks work on."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .connections import print_values, take_moment
from .record import App, Page
from .values import JsonObject

_LIST = """
SELECT id, created_at, spec FROM things
WHERE user_id = :user_id AND app_id = :app_id AND kind = :kind
  AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
ORDER BY seq LIMIT :limit OFFSET :offset
"""
_IN_DATASET = """
SELECT inputs.id, inputs.created_at, inputs.spec, members.created_at
FROM things AS datasets
JOIN dataset_inputs AS members ON members.dataset = datasets.seq
JOIN things AS inputs ON inputs.seq = members.input
WHERE datasets.user_id = ? AND datasets.app_id = ? AND datasets.kind = 'dataset'
  AND datasets.id = ?
ORDER BY members.seq LIMIT ? OFFSET ?
"""
_ADD_TO_DATASET = """
INSERT INTO dataset_inputs (dataset, input, created_at)
SELECT datasets.seq, inputs.seq, ? FROM things AS datasets, things AS inputs
WHERE datasets.user_id = ? AND datasets.app_id = ? AND datasets.kind = 'dataset'
  AND datasets.id = ? AND inputs.user_id = datasets.user_id AND inputs.app_id = datasets.app_id
  AND inputs.kind = 'input' AND inputs.id = ?
"""
_ALL = Page(limit=-1, offset=0)


class Kind(StrEnum):
    """What a thing is."""

    INPUT = "input"
    DATASET = "dataset"
    CONCEPT = "concept"


@dataclass(frozen=True, slots=True)
class Thing:
    """An input, a dataset or a concept of an app. Times are microseconds since 1970, UTC."""

    id: str
    created_at: int
    spec: JsonObject


class TakenError(Exception):
    """There is a thing of that kind and id already; the text is its id."""


def add(db: sqlite3.Connection, app: App, kind: Kind, thing_id: str, spec: JsonObject) -> Thing:
    """Store a new thing; `TakenError` if the app has one of this kind and id."""
    thing = Thing(thing_id, take_moment(db), spec)
    values = (app.user_id, app.app_id, kind, thing.id, thing.created_at, json.dumps(spec))
    try:
        db.execute(
            "INSERT INTO things (user_id, app_id, kind, id, created_at, spec)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
    except sqlite3.IntegrityError as error:
        raise TakenError(thing_id) from error
    return thing


def select(
    db: sqlite3.Connection,
    app: App,
    kind: Kind,
    page: Page = _ALL,
    *,
    ids: Sequence[str] | None = None,
) -> list[Thing]:
    """Return the things of an app, all or those with *ids*, oldest first."""
    values = {
        "user_id": app.user_id,
        "app_id": app.app_id,
        "kind": kind,
        "ids": print_values(ids),
        "limit": page.limit,
        "offset": page.offset,
    }
    return [
        Thing(str(thing_id), int(moment), json.loads(spec))
        for thing_id, moment, spec in db.execute(_LIST, values)
    ]


def select_ids(db: sqlite3.Connection, app: App, kind: Kind) -> list[str]:
    """Return the ids of all things of a kind, oldest first."""
    rows = db.execute(
        "SELECT id FROM things WHERE user_id = ? AND app_id = ? AND kind = ? ORDER BY seq",
        (app.user_id, app.app_id, kind),
    )
    return [str(thing_id) for [thing_id] in rows]


def has(db: sqlite3.Connection, app: App, kind: Kind, thing_id: str) -> bool:
    """Tell whether an app has a thing of this kind and id."""
    return bool(select(db, app, kind, ids=[thing_id]))


def count(db: sqlite3.Connection, app: App, kind: Kind) -> int:
    """Return how many things of a kind an app has."""
    [found] = db.execute(
        "SELECT count(*) FROM things WHERE user_id = ? AND app_id = ? AND kind = ?",
        (app.user_id, app.app_id, kind),
    ).fetchone()
    return int(found)


def add_to_dataset(db: sqlite3.Connection, app: App, dataset_id: str, input_id: str) -> None:
    """Put an input into a dataset, both of the app; `TakenError` if it is in there already."""
    try:
        db.execute(
            _ADD_TO_DATASET, (take_moment(db), app.user_id, app.app_id, dataset_id, input_id)
        )
    except sqlite3.IntegrityError as error:
        raise TakenError(input_id) from error


def select_dataset(
    db: sqlite3.Connection, app: App, dataset_id: str, page: Page = _ALL
) -> list[tuple[Thing, int]]:
    """Return the inputs of a dataset, each with the moment when it was put there, in that order."""
    values = (app.user_id, app.app_id, dataset_id, page.limit, page.offset)
    return [
        (Thing(str(input_id), int(moment), json.loads(spec)), int(added))
        for input_id, moment, spec, added in db.execute(_IN_DATASET, values)
    ]


def select_dataset_ids(db: sqlite3.Connection, app: App, dataset_id: str) -> list[str]:
    """Return the ids of the inputs of a dataset, in the order in which they were put there."""
    rows = db.execute(_IN_DATASET, (app.user_id, app.app_id, dataset_id, -1, 0))
    return [str(input_id) for input_id, *_ in rows]
