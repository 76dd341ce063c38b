"""How a task is written in both spellings at once.

The two arms of the review's strategy info exclude each other, so the deprecated manual
approval_threshold has no mirror beside approval_threshold_reviewers.
"""

from .current import write_current
from .normalise import member, objects
from .record import Record
from .rules import reviewers, user_workers
from .values import Json, JsonObject


def write_mirrors(record: Record) -> JsonObject:
    """Return the spec of *record* as new objects, each deprecated name beside today's."""
    task = write_current(record)
    if "worker" in task:
        task["worker"] = _mirror_worker(member(task, "worker"))
    if "review" in task:
        task["review"] = _mirror_review(member(task, "review"))
    if ids := [concept_id(item) for item in objects(task.get("concepts"))]:
        task["concept_ids"] = ids
    assistant = member(task, "ai_assistant")
    if workflow := member(assistant, "workflow").get("id"):
        assistant["workflow_id"] = workflow
    return task


def concept_id(item: JsonObject) -> Json:
    """Return the id of a task's concept, or its name where it has only that."""
    concept = member(item, "concept")
    return concept.get("id", concept.get("name"))


def old_consensus(info: JsonObject) -> JsonObject:
    """Return the labelers' threshold under its deprecated name, nothing if it is not set."""
    threshold = info.get("approval_threshold_labelers")
    return {} if threshold is None else {"approval_threshold": threshold}


def _mirror_worker(worker: JsonObject) -> JsonObject:
    mirrored = dict(worker)
    if users := user_workers(worker):
        mirrored["user_ids"] = list(users)
        mirrored["users"] = [{"id": user} for user in users]
    return mirrored


def _mirror_review(review: JsonObject) -> JsonObject:
    mirrored = dict(review)
    if users := reviewers(review):
        mirrored["user_ids"] = list(users)
    if "consensus_strategy_info" in review:
        info = member(review, "consensus_strategy_info")
        mirrored["consensus_strategy_info"] = info | old_consensus(info)
    return mirrored
