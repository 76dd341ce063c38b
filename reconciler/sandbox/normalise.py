"""What the one form is in which a task is kept, however it was spelled.

A spec has today's names only, enum numbers, and nothing that says nothing. Where both spellings
of one thing came together the newer wins (documented for concepts, inferred for the others).
"""

from .kinds import Message
from .read import read
from .values import Json, JsonObject


def read_body(kind: Message, body: Json, problems: list[str]) -> JsonObject:
    """Return the members of a request's *body*; what is wrong is added to *problems*."""
    found = read(kind, body, "", problems)
    if isinstance(found, dict):
        return found
    problems.append("expected an object")
    return {}


def normalise(task: JsonObject) -> JsonObject:
    """Return the spec of a *task* that was read without problems; *task* is used up.

    The id, the label order and `delete_previous_annotations`, an action rather than a property,
    are not part of it (whether the latter is echoed is unknown). The status stays as sent.
    """
    for name in ("id", "label_order_id", "delete_previous_annotations"):
        task.pop(name, None)
    _fold_worker(task.get("worker"))
    _fold_concepts(task)
    _fold_review(task.get("review"))
    _fold_assistant(task.get("ai_assistant"))
    return task


def objects(value: Json) -> list[JsonObject]:
    """Return the objects in the list *value*; an absent list has none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def member(value: Json, name: str) -> JsonObject:
    """Return the object *name* in *value*, an empty one if there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _as_users(ids: Json) -> list[Json]:
    return [{"id": user} for user in ids] if isinstance(ids, list) else []


def _fold_worker(worker: Json) -> None:
    if not isinstance(worker, dict):
        return
    user_ids, users = worker.pop("user_ids", None), worker.pop("users", None)
    older = users if isinstance(users, list) else _as_users(user_ids)
    if older and "workers" not in worker:
        worker["workers"] = [{"user": user} for user in older]


def _fold_concepts(task: JsonObject) -> None:
    ids = task.pop("concept_ids", None)
    if isinstance(ids, list) and "concepts" not in task:
        task["concepts"] = [{"concept": {"id": concept}} for concept in ids]


def _fold_review(review: Json) -> None:
    if not isinstance(review, dict):
        return
    ids = review.pop("user_ids", None)
    if ids and "users" not in review:
        review["users"] = _as_users(ids)
    consensus = review.get("consensus_strategy_info")
    if isinstance(consensus, dict):
        threshold = consensus.pop("approval_threshold", None)
        if threshold is not None:
            consensus.setdefault("approval_threshold_labelers", threshold)


def _fold_assistant(assistant: Json) -> None:
    if not isinstance(assistant, dict):
        return
    workflow = assistant.pop("workflow_id", None)
    if workflow and "workflow" not in assistant:
        assistant["workflow"] = {"id": workflow}
