"""What the calls for tasks do.

Documented: that the server makes the id, that PATCH overwrites with the whole task, that merge
changes only a status. Inferred: 128 items in a call, as in calls of the API's other resources,
and the codes of errors. Unknown, and chosen as the harshest for a client that relies on more: a
batch is all or none; POST ignores an id and a status; an overwrite resets what it omits, the status
too; a status that only the system sets is refused; an unknown id in PATCH or DELETE is an error
and nothing changes; an id twice in a PATCH is refused. Names need not be unique (unknown).
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from . import boards, task_rows
from .call import Call, Reply, Sandbox, check_count, refuse, reply_list
from .enums import TASK_STATUS
from .errors import ApiError, Code
from .fields import DELETE_BODY, PATCH_BODY, POST_BODY
from .metrics import add_metrics, asks_for_metrics
from .normalise import member, normalise, objects
from .options import Options
from .query import read_filters, read_page
from .record import App
from .rules import check_task
from .task_rows import Filters
from .values import JsonObject

_IN_PROGRESS = TASK_STATUS.numbers["TASK_IN_PROGRESS"]
_SETTABLE = frozenset(
    TASK_STATUS.numbers[name] for name in ("TASK_IN_PROGRESS", "TASK_DONE", "TASK_WONT_DO")
)


def post_tasks(sandbox: Sandbox, call: Call) -> Reply:
    """Create the tasks of a request; answer with them, in order."""
    tasks = call.read_items(POST_BODY, "tasks")
    orders = [str(task.get("label_order_id", "")) for task in tasks]
    if not sandbox.options.keep_status_on_create:
        for task in tasks:
            task.pop("status", None)
    specs = _make_specs(tasks, sandbox.options)
    with sandbox.database.writing() as db:
        return reply_list(
            "tasks",
            [
                sandbox.tasks.create(db, call.app, spec, label_order_id=order)
                for spec, order in zip(specs, orders, strict=True)
            ],
        )


def list_tasks(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with a page of tasks."""
    page, filters = read_page(call.query, sandbox.options), _read_filters(sandbox, call)
    with sandbox.database.reading() as db:
        texts = sandbox.tasks.select(db, call.app, filters, page)
        return reply_list("tasks", _add_fields(db, call, texts))


def get_task(sandbox: Sandbox, call: Call) -> Reply:
    """Answer with one task."""
    with sandbox.database.reading() as db:
        text = sandbox.tasks.get(db, call.app, call.ids["task_id"])
        return Reply({"task": _add_fields(db, call, [text])[0]})


def patch_tasks(sandbox: Sandbox, call: Call) -> Reply:
    """Change the tasks of a request; answer with them, in order."""
    request = call.read(PATCH_BODY)
    action = request.get("action")
    if action not in {"overwrite", "merge"}:
        raise ApiError(Code.INVALID_REQUEST, "action: must be overwrite or merge")
    tasks = objects(request.get("tasks"))
    check_count("tasks", tasks)
    ids = [str(task.get("id", "")) for task in tasks]
    refuse(_check_ids(ids))
    merge = action == "merge"
    specs = _make_statuses(tasks) if merge else _make_specs(tasks, sandbox.options)
    with sandbox.database.writing() as db:
        texts = [
            _change(db, sandbox, call.app, task_id, spec, keep=merge)
            for task_id, spec in zip(ids, specs, strict=True)
        ]
    return reply_list("tasks", texts)


def delete_tasks(sandbox: Sandbox, call: Call) -> Reply:
    """Delete the tasks that a request names, all or none."""
    ids = call.read(DELETE_BODY).get("ids")
    wanted = [str(task_id) for task_id in ids] if isinstance(ids, list) else []
    check_count("ids", wanted)
    with sandbox.database.writing() as db:
        for task_id in dict.fromkeys(wanted):
            task_rows.delete(db, call.app, task_id)
            boards.forget(db, task_id)
    return Reply()


def _read_filters(sandbox: Sandbox, call: Call) -> Filters:
    return read_filters(call.query, created_by=sandbox.listed_until)


def _add_fields(db: sqlite3.Connection, call: Call, texts: list[str]) -> list[str]:
    """Return the *texts* of tasks with what a query asks for additionally."""
    wanted = frozenset(call.query.getlist("additional_fields"))
    if not asks_for_metrics(wanted):
        return texts
    tasks = (task_rows.find(db, call.app, json.loads(text)["id"]) for text in texts)
    return [add_metrics(db, task, text, wanted) for task, text in zip(tasks, texts, strict=True)]


def _change(
    db: sqlite3.Connection,
    sandbox: Sandbox,
    app: App,
    task_id: str,
    spec: JsonObject,
    *,
    keep: bool,
) -> str:
    text = sandbox.tasks.change(db, app, task_id, spec, keep=keep)
    if keep:
        return text
    boards.rearrange(db, sandbox.tasks, app, task_id)
    return sandbox.tasks.get(db, app, task_id)


def _make_specs(tasks: Iterable[JsonObject], options: Options) -> list[JsonObject]:
    specs, problems = [], []
    for index, task in enumerate(tasks):
        spec = normalise(task)
        spec["status"] = {"code": member(spec, "status").get("code", _IN_PROGRESS)}
        if not options.keep_metadata:
            spec.pop("metadata", None)
        specs.append(spec)
        found = [*_check_status(spec), *check_task(spec)]
        problems += [f"tasks[{index}].{problem}" for problem in found]
    refuse(problems)
    return specs


def _make_statuses(tasks: Iterable[JsonObject]) -> list[JsonObject]:
    specs: list[JsonObject] = []
    problems: list[str] = []
    for index, task in enumerate(tasks):
        specs.append({"status": {"code": member(task, "status").get("code")}})
        found = [
            f"{name}: merge changes only the status" for name in task.keys() - {"id", "status"}
        ]
        problems += [
            f"tasks[{index}].{problem}" for problem in [*sorted(found), *_check_status(task)]
        ]
    refuse(problems)
    return specs


def _check_status(task: JsonObject) -> list[str]:
    if member(task, "status").get("code") in _SETTABLE:
        return []
    names = ", ".join(TASK_STATUS.names[code] for code in sorted(_SETTABLE))
    return [f"status.code: must be one of {names}"]


def _check_ids(ids: Sequence[str]) -> list[str]:
    missing = [f"tasks[{index}].id: required" for index, task_id in enumerate(ids) if not task_id]
    known = [task_id for task_id in ids if task_id]
    if len(set(known)) < len(known):
        return [*missing, "tasks: an id is given twice"]
    return missing
