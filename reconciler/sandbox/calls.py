"""What each call of the Tasks API does.

Documented: that the server makes the id, that PATCH overwrites with the whole task, that merge
changes only a status. Inferred: 128 items in a call, as in calls of the API's other resources,
and the codes of errors. Unknown, and chosen as the harshest for a client that relies on more: a
batch is all or none; POST ignores an id and a status; an overwrite resets what it omits, the
status too; a status that only the system sets is refused; an unknown id in PATCH or DELETE is an
error and nothing changes; an id twice in a PATCH is refused. Names need not be unique (unknown).
"""

from collections.abc import Iterable, Sequence

from .enums import TASK_STATUS
from .errors import ApiError, Code, ProblemsError
from .fields import DELETE_BODY, PATCH_BODY, POST_BODY
from .kinds import Message
from .normalise import member, normalise, objects, read_body
from .options import Options
from .record import App
from .rules import check_task
from .store import Store
from .values import BadJsonError, Json, JsonObject, parse_json

_MOST_ITEMS = 128
_IN_PROGRESS = TASK_STATUS.numbers["TASK_IN_PROGRESS"]
_SETTABLE = frozenset(
    TASK_STATUS.numbers[name] for name in ("TASK_IN_PROGRESS", "TASK_DONE", "TASK_WONT_DO")
)


def read_json(data: bytes) -> Json:
    """Return the value of a request's body; `ApiError` if it is none."""
    try:
        return parse_json(data)
    except BadJsonError as error:
        raise ApiError(Code.BAD_FORMAT, str(error)) from error


def post_tasks(store: Store, app: App, *, body: Json, options: Options) -> list[str]:
    """Create the tasks of a request; return their texts, in order."""
    tasks = _read_tasks(_read_request(POST_BODY, body))
    if not options.keep_status_on_create:
        for task in tasks:
            task.pop("status", None)
    return store.create(app, _make_specs(tasks, options))


def patch_tasks(store: Store, app: App, *, body: Json, options: Options) -> list[str]:
    """Change the tasks of a request; return their texts, in order."""
    request = _read_request(PATCH_BODY, body)
    action = request.get("action")
    if action not in {"overwrite", "merge"}:
        raise ApiError(Code.INVALID_REQUEST, "action: must be overwrite or merge")
    tasks = _read_tasks(request)
    ids = [str(task.get("id", "")) for task in tasks]
    _refuse(_check_ids(ids))
    merge = action == "merge"
    specs = _make_statuses(tasks) if merge else _make_specs(tasks, options)
    return store.change(app, dict(zip(ids, specs, strict=True)), keep=merge)


def delete_tasks(store: Store, app: App, *, body: Json) -> None:
    """Delete the tasks that a request names."""
    ids = _read_request(DELETE_BODY, body).get("ids")
    wanted = [str(task_id) for task_id in ids] if isinstance(ids, list) else []
    _check_count("ids", wanted)
    store.delete(app, wanted)


def _read_request(kind: Message, body: Json) -> JsonObject:
    problems: list[str] = []
    request = read_body(kind, body, problems)
    _refuse(problems)
    return request


def _read_tasks(request: JsonObject) -> list[JsonObject]:
    tasks = objects(request.get("tasks"))
    _check_count("tasks", tasks)
    return tasks


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
    _refuse(problems)
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
    _refuse(problems)
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


def _check_count(name: str, items: Sequence[object]) -> None:
    if not items:
        raise ApiError(Code.INVALID_REQUEST, f"{name}: at least one is required")
    if len(items) > _MOST_ITEMS:
        raise ApiError(Code.INVALID_REQUEST, f"{name}: {len(items)} are more than {_MOST_ITEMS}")


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise ProblemsError(problems)
