"""What the calls for inputs, datasets and concepts do: the least of them that tasks need.

Documented: the calls, their messages, 128 items in a call. Inferred: that the server makes an id
that an input lacks, a status of success at once (the API processes inputs later), and the codes
of errors. Unknown, and chosen: that a dataset and a concept need an id, that a call does all or
nothing.
"""

import os
import sqlite3
from collections.abc import Iterable

from . import things
from .call import Call, Reply, Sandbox, refuse, reply_list
from .enums import GETTABLE
from .errors import ApiError, Code
from .fields import POST_CONCEPTS, POST_DATASET_INPUTS, POST_DATASETS, POST_INPUTS
from .kinds import Message
from .normalise import member
from .query import read_many, read_page
from .record import App, print_time
from .things import Kind, TakenError, Thing
from .values import JsonObject, print_json

# Inputs are processed at once and without errors here.
_NEVER_COUNTED = (
    "to_process", "errors", "processing",
    "reindexed", "to_reindex", "reindex_errors", "reindexing",
)  # fmt: skip
_INPUT_STATUS: JsonObject = {"code": 30000, "description": "Download complete"}


def post_inputs(sandbox: Sandbox, call: Call) -> Reply:
    """Add inputs, and put each into the datasets that it names."""
    inputs = call.read_items(POST_INPUTS, "inputs")
    with sandbox.database.writing() as db:
        made = [_add_input(db, call.app, each) for each in inputs]
        return reply_list("inputs", (print_input(each) for each in made))


def list_inputs(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with a page of inputs."""
    page = read_page(call.query, sandbox.options)
    with sandbox.database.reading() as db:
        found = things.select(db, call.app, Kind.INPUT, page, ids=read_many(call.query, "ids"))
    return reply_list("inputs", (print_input(each) for each in found))


def get_input(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with one input."""
    with sandbox.database.reading() as db:
        found = things.select(db, call.app, Kind.INPUT, ids=[call.ids["input_id"]])
    if not found:
        raise missing_input(call.ids["input_id"])
    return Reply({"input": print_input(found[0])})


def count_inputs(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with the number of inputs."""
    with sandbox.database.reading() as db:
        counts: JsonObject = {"processed": things.count(db, call.app, Kind.INPUT)}
    return Reply({"counts": print_json(counts | dict.fromkeys(_NEVER_COUNTED, 0))})


def post_datasets(sandbox: Sandbox, call: Call) -> Reply:
    """Add datasets."""
    made = _add_all(sandbox, call, POST_DATASETS, Kind.DATASET)
    return reply_list("datasets", (_print_dataset(each, call.app) for each in made))


def list_datasets(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with a page of datasets."""
    found = _select(sandbox, call, Kind.DATASET)
    return reply_list("datasets", (_print_dataset(each, call.app) for each in found))


def post_dataset_inputs(sandbox: Sandbox, call: Call) -> Reply:
    """Put inputs into a dataset."""
    wanted = call.read_items(POST_DATASET_INPUTS, "dataset_inputs")
    with sandbox.database.writing() as db:
        dataset_id = _check_dataset(db, call)
        for each in wanted:
            _put(db, call.app, dataset_id, str(member(each, "input").get("id", "")))
        ids = {member(each, "input").get("id") for each in wanted}
        found = things.select_dataset(db, call.app, dataset_id)
    return _reply_members((each, added) for each, added in found if each.id in ids)


def list_dataset_inputs(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with a page of the inputs of a dataset."""
    page = read_page(call.query, sandbox.options)
    with sandbox.database.reading() as db:
        return _reply_members(things.select_dataset(db, call.app, _check_dataset(db, call), page))


def post_concepts(sandbox: Sandbox, call: Call) -> Reply:
    """Add concepts."""
    made = _add_all(sandbox, call, POST_CONCEPTS, Kind.CONCEPT)
    return reply_list("concepts", (_print_concept(each, call.app) for each in made))


def list_concepts(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with a page of concepts."""
    found = _select(sandbox, call, Kind.CONCEPT)
    return reply_list("concepts", (_print_concept(each, call.app) for each in found))


def missing_input(input_id: str) -> ApiError:
    """Return the error that an app has no input with this id."""
    return ApiError(Code.INPUT_MISSING, f"there is no input {input_id} in this app")


def print_input(thing: Thing) -> str:
    """Return an input as a reply shows it."""
    moment = print_time(thing.created_at)
    head: JsonObject = {"id": thing.id, "created_at": moment, "modified_at": moment}
    return print_json(head | thing.spec | {"status": _INPUT_STATUS})


def _add_input(db: sqlite3.Connection, app: App, spec: JsonObject) -> Thing:
    input_id = str(spec.pop("id", "") or os.urandom(16).hex())
    try:
        made = things.add(db, app, Kind.INPUT, input_id, spec)
    except TakenError as taken:
        raise ApiError(Code.INPUT_DUPLICATE, f"there is an input {taken} already") from taken
    datasets = spec.get("dataset_ids")
    for dataset_id in datasets if isinstance(datasets, list) else []:
        if not things.has(db, app, Kind.DATASET, str(dataset_id)):
            raise _missing_dataset(str(dataset_id))
        things.add_to_dataset(db, app, str(dataset_id), input_id)
    return made


def _add_all(sandbox: Sandbox, call: Call, body: Message, kind: Kind) -> list[Thing]:
    items = call.read_items(body, f"{kind}s")
    refuse(
        [f"{kind}s[{index}].id: required" for index, item in enumerate(items) if "id" not in item]
    )
    with sandbox.database.writing() as db:
        try:
            return [things.add(db, call.app, kind, str(item.pop("id")), item) for item in items]
        except TakenError as taken:
            raise ApiError(Code.DUPLICATE_ID, f"there is a {kind} {taken} already") from taken


def _select(sandbox: Sandbox, call: Call, kind: Kind) -> list[Thing]:
    page = read_page(call.query, sandbox.options)
    with sandbox.database.reading() as db:
        return things.select(db, call.app, kind, page, ids=read_many(call.query, "id"))


def _check_dataset(db: sqlite3.Connection, call: Call) -> str:
    dataset_id = call.ids["dataset_id"]
    if not things.has(db, call.app, Kind.DATASET, dataset_id):
        raise _missing_dataset(dataset_id)
    return dataset_id


def _missing_dataset(dataset_id: str) -> ApiError:
    return ApiError(Code.NOT_FOUND, f"there is no dataset {dataset_id} in this app")


def _put(db: sqlite3.Connection, app: App, dataset_id: str, input_id: str) -> None:
    if not things.has(db, app, Kind.INPUT, input_id):
        raise missing_input(input_id)
    try:
        things.add_to_dataset(db, app, dataset_id, input_id)
    except TakenError as taken:
        details = f"the input {taken} is in the dataset already"
        raise ApiError(Code.DATASET_INPUT_DUPLICATE, details) from taken


def _reply_members(members: Iterable[tuple[Thing, int]]) -> Reply:
    texts = (
        f'{{"created_at":{print_json(print_time(added))},"input":{print_input(thing)}}}'
        for thing, added in members
    )
    return reply_list("dataset_inputs", texts)


def _print_dataset(thing: Thing, app: App) -> str:
    moment = print_time(thing.created_at)
    head: JsonObject = {
        "id": thing.id,
        "created_at": moment,
        "modified_at": moment,
        "app_id": app.app_id,
        "user_id": app.user_id,
        "visibility": {"gettable": GETTABLE.numbers["PRIVATE"]},
    }
    return print_json(head | thing.spec)


def _print_concept(thing: Thing, app: App) -> str:
    head: JsonObject = {
        "id": thing.id,
        "name": thing.id,
        "value": 1,
        "language": "en",
        "created_at": print_time(thing.created_at),
        "app_id": app.app_id,
        "user_id": app.user_id,
    }
    return print_json(head | thing.spec)
