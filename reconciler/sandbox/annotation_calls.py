"""What the calls for annotations do: the least of them that labelling needs.

Documented: the calls, that an annotation names its task (in its older place too), the statuses.
Inferred: that a new annotation of a task is pending until the work is submitted, and one outside
of tasks a success. Chosen: who annotates is whom the key speaks for; only a status is patched.
"""

import sqlite3
from collections.abc import Iterable

from . import annotation_rows, boards, things
from .annotation_rows import STATUSES, Annotation, Filters
from .call import Call, Reply, Sandbox, check_count, refuse, reply_list
from .enums import ANNOTATION_STATUS
from .errors import ApiError, Code
from .fields import PATCH_ANNOTATIONS, PATCH_ANNOTATIONS_STATUS, POST_ANNOTATIONS
from .labelling import State, Work
from .normalise import member, objects
from .query import read_many, read_page
from .record import print_time
from .task_rows import find
from .thing_calls import missing_input
from .things import Kind
from .values import JsonObject, print_json

_SUCCESS = STATUSES[State.SUCCESS]
_PENDING = STATUSES[State.PENDING]


def post_annotations(sandbox: Sandbox, call: Call) -> Reply:
    """Add annotations; those of a task begin the work of whoever makes them."""
    specs = call.read_items(POST_ANNOTATIONS, "annotations")
    with sandbox.database.writing() as db:
        made = [_add(db, call, spec) for spec in specs]
        _begin(db, sandbox, call, made)
    return _reply(made)


def list_annotations(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with a page of annotations."""
    page = read_page(call.query, sandbox.options)
    filters = Filters(
        ids=read_many(call.query, "ids"),
        inputs=read_many(call.query, "input_ids"),
        workers=read_many(call.query, "user_ids"),
        task_id=call.query.get("task_id", ""),
    )
    with sandbox.database.reading() as db:
        return _reply(annotation_rows.select(db, call.app, filters, page))


def patch_annotations(sandbox: Sandbox, call: Call) -> Reply:
    """Change the statuses of annotations."""
    request = call.read(PATCH_ANNOTATIONS)
    wanted = objects(request.get("annotations"))
    check_count("annotations", wanted)
    if request.get("action") not in {"merge", "overwrite"}:
        raise ApiError(Code.INVALID_REQUEST, "action: must be merge or overwrite")
    refuse(_check_patches(wanted))
    codes = {str(each["id"]): _status(each) for each in wanted}
    filters = Filters(ids=list(codes))
    with sandbox.database.writing() as db:
        found = {each.id for each in annotation_rows.select(db, call.app, filters)}
        for annotation_id, code in codes.items():
            if annotation_id not in found:
                raise ApiError(Code.NOT_FOUND, f"there is no annotation {annotation_id}")
            annotation_rows.change_status(db, [annotation_id], code)
        return _reply(annotation_rows.select(db, call.app, filters))


def patch_statuses(sandbox: Sandbox, call: Call) -> Reply:
    """Give all annotations of a task, of some people and in some statuses, another status."""
    request = call.read(PATCH_ANNOTATIONS_STATUS)
    if request.get("action") != "overwrite":
        raise ApiError(Code.INVALID_REQUEST, "action: must be overwrite")
    code = request.get("status_code")
    if not isinstance(code, int):
        raise ApiError(Code.INVALID_REQUEST, "status_code: required")
    users, codes = request.get("user_ids"), request.get("status_codes")
    filters = Filters(
        workers=[str(each) for each in users] if isinstance(users, list) else None,
        statuses=[int(str(each)) for each in codes] if isinstance(codes, list) else None,
        task_id=call.ids["task_id"],
    )
    with sandbox.database.writing() as db:
        find(db, call.app, call.ids["task_id"])
        found = annotation_rows.select(db, call.app, filters)
        annotation_rows.change_status(db, [each.id for each in found], code)
    workers = sorted({each.worker for each in found})
    return Reply({"user_ids": print_json([*workers]), "updated_count": print_json(len(found))})


def _add(db: sqlite3.Connection, call: Call, spec: JsonObject) -> Annotation:
    info = member(spec, "annotation_info")
    task_id = str(spec.get("task_id", info.get("task_id", "")))
    input_id = str(spec.get("input_id", ""))
    if not things.has(db, call.app, Kind.INPUT, input_id):
        raise missing_input(input_id)
    if task_id:
        find(db, call.app, task_id)
    kept: JsonObject = {name: spec[name] for name in ("data", "annotation_info") if name in spec}
    return annotation_rows.add(
        db,
        call.app,
        kept,
        input_id=input_id,
        task_id=task_id,
        worker=call.caller,
        status=_status(spec) or (_PENDING if task_id else _SUCCESS),
    )


def _begin(
    db: sqlite3.Connection, sandbox: Sandbox, call: Call, made: Iterable[Annotation]
) -> None:
    """Hold the work on the inputs that the caller is to label and has annotated now."""
    by_task: dict[str, dict[str, None]] = {}
    for each in made:
        if each.task_id:
            by_task.setdefault(each.task_id, {})[each.input_id] = None
    for task_id, inputs in by_task.items():
        if boards.holds(db, task_id, call.caller, inputs):
            continue
        task = find(db, call.app, task_id)
        board = boards.load(db, task)
        begun = [
            Work(name, call.caller)
            for name in inputs
            if call.caller in board.assigned.get(name, ()) and call.caller not in board.works[name]
        ]
        boards.save(db, sandbox.tasks, task, board, begun)


def _check_patches(wanted: Iterable[JsonObject]) -> list[str]:
    problems = []
    for index, each in enumerate(wanted):
        at = f"annotations[{index}]"
        if "id" not in each:
            problems.append(f"{at}.id: required")
        if not _status(each):
            problems.append(f"{at}.status.code: required")
        others = sorted(each.keys() - {"id", "input_id", "status", "task_id"})
        problems += [f"{at}.{name}: the sandbox patches a status only" for name in others]
    return problems


def _status(spec: JsonObject) -> int:
    code = member(spec, "status").get("code")
    return code if isinstance(code, int) else 0


def _reply(annotations: Iterable[Annotation]) -> Reply:
    return reply_list("annotations", map(_print, annotations))


def _print(annotation: Annotation) -> str:
    head: JsonObject = {
        "id": annotation.id,
        "input_id": annotation.input_id,
        "user_id": annotation.worker,
        "worker": {"user": {"id": annotation.worker}},
        "status": {
            "code": annotation.status,
            "description": ANNOTATION_STATUS.names[annotation.status],
        },
        "created_at": print_time(annotation.created_at),
        "modified_at": print_time(annotation.modified_at),
    }
    if annotation.task_id:
        head["task_id"] = annotation.task_id
    return print_json(head | annotation.spec)
