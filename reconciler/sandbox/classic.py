"""How a task is written in the deprecated words, with nothing filled in.

What the old names cannot say keeps today's: model and workflow workers, concepts with more than
an identity, approval_threshold_reviewers, an AI assistant's workflow with more than an id.
"""

from .fields import TASK
from .kinds import Choice, Kind, Many, Message
from .mirrors import concept_id, old_consensus
from .normalise import member, objects
from .record import Record
from .rules import reviewers, user_workers
from .values import Json, JsonObject


def write_classic(record: Record) -> JsonObject:
    """Return the spec of *record* as new objects, in the old names and with names of enums."""
    task: JsonObject = {
        name: _name_enums(TASK.members[name], value)
        for name, value in record.spec.items()
        if name != "status"
    }
    if "worker" in task:
        task["worker"] = _old_worker(member(task, "worker"))
    if "review" in task:
        task["review"] = _old_review(member(task, "review"))
    concepts = objects(task.get("concepts"))
    if concepts and all(_is_plain(item, record) for item in concepts):
        del task["concepts"]
        task["concept_ids"] = [concept_id(item) for item in concepts]
    workflow = member(member(task, "ai_assistant"), "workflow")
    if list(workflow) == ["id"]:
        task["ai_assistant"] = {"workflow_id": workflow["id"]}
    return task


def _name_enums(kind: Kind, value: Json) -> Json:
    match kind:
        case Choice() if isinstance(value, int):
            return kind.names[value]
        case Message() if isinstance(value, dict):
            return {name: _name_enums(kind.members[name], item) for name, item in value.items()}
        case Many(of=Message() as each) if isinstance(value, list):
            return [_name_enums(each, item) for item in value]
        case _:
            return value


def _old_worker(worker: JsonObject) -> JsonObject:
    users: list[Json] = list(user_workers(worker))
    if not users:
        return worker
    return {name: item for name, item in worker.items() if name != "workers"} | {"user_ids": users}


def _old_review(review: JsonObject) -> JsonObject:
    old = {name: item for name, item in review.items() if name != "users"}
    if users := reviewers(review):
        old["user_ids"] = list(users)
    if "consensus_strategy_info" in review:
        info = member(review, "consensus_strategy_info")
        rest = {name: item for name, item in info.items() if name != "approval_threshold_labelers"}
        old["consensus_strategy_info"] = rest | old_consensus(info)
    return old


def _is_plain(item: JsonObject, record: Record) -> bool:
    """Tell whether an id says all of a task's concept; its value means nothing there."""
    concept = member(item, "concept")
    own: JsonObject = {
        "name": concept.get("id"),
        "user_id": record.app.user_id,
        "app_id": record.app.app_id,
    }
    rest = {name: said for name, said in concept.items() if name not in {"id", "value"}}
    return (
        "auto_annotation_config" not in item
        and "id" in concept
        and all(own.get(name) == said for name, said in rest.items())
    )
