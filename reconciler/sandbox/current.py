"""How a task is written in today's words, with the likely defaults filled in."""

import hashlib

from .enums import GETTABLE, PRIORITY, REVIEW_STRATEGY, WORKER_TYPE
from .normalise import member, objects
from .record import App, Record
from .values import Json, JsonObject

_MANUAL = REVIEW_STRATEGY.numbers["MANUAL"]
_CONSENSUS = REVIEW_STRATEGY.numbers["CONSENSUS"]


def write_current(record: Record) -> JsonObject:
    """Return the spec of *record* as new objects, in today's names and with defaults filled in."""
    spec, app = record.spec, record.app
    task: JsonObject = dict(spec)
    task.setdefault("priority", PRIORITY.numbers["MEDIUM"])
    task["visibility"] = {"gettable": GETTABLE.numbers["PRIVATE"]} | member(spec, "visibility")
    if "worker" in spec:
        task["worker"] = _fill_worker(member(spec, "worker"), app)
    if "concepts" in spec:
        task["concepts"] = [_fill_concept(item, app) for item in objects(spec["concepts"])]
    if "review" in spec:
        task["review"] = _fill_review(member(spec, "review"))
    if "ai_assistant" in spec:
        task["ai_assistant"] = _fill_arm("workflow", member(spec, "ai_assistant"), app)
    return task


def _fill_worker(worker: JsonObject, app: App) -> JsonObject:
    workers = objects(worker.get("workers"))
    if not workers:
        return dict(worker)
    kind = "WORKER_HUMAN" if "user" in workers[0] else "WORKER_AUTO"
    return worker | {
        "type": WORKER_TYPE.numbers[kind],
        "workers": [_fill_arm("model", _fill_arm("workflow", item, app), app) for item in workers],
    }


def _fill_arm(name: str, holder: JsonObject, app: App) -> JsonObject:
    """Return *holder* with the model or workflow *name* in it filled in, if it has one."""
    if name not in holder:
        return dict(holder)
    found = member(holder, name)
    own: JsonObject = {"user_id": app.user_id, "app_id": app.app_id}
    if name == "workflow":
        return holder | {name: found | {"use_cases": [], "check_consents": []} | found}
    pinned: Json = {"id": hashlib.sha256(str(found.get("id")).encode()).hexdigest()[:32]}
    return holder | {name: own | {"model_version": pinned} | found}


def _fill_concept(item: JsonObject, app: App) -> JsonObject:
    concept = member(item, "concept")
    filled: JsonObject = {
        "name": concept.get("id"),
        "value": 1,
        "app_id": app.app_id,
        "user_id": app.user_id,
    }
    return item | {"concept": filled | concept}


def _fill_review(review: JsonObject) -> JsonObject:
    filled = dict(review)
    strategy = review.get("strategy")
    manual = member(review, "manual_strategy_info")
    threshold = manual.get("approval_threshold", 1)
    if "manual_strategy_info" in review:
        filled["manual_strategy_info"] = {}
    if threshold != 1:
        del filled["manual_strategy_info"]
        filled["consensus_strategy_info"] = {"approval_threshold_reviewers": threshold}
    elif strategy == _MANUAL and "consensus_strategy_info" not in review:
        filled["manual_strategy_info"] = {}
    elif strategy == _CONSENSUS and "manual_strategy_info" not in review:
        info = member(review, "consensus_strategy_info")
        filled["consensus_strategy_info"] = {"approval_threshold_reviewers": 1} | info
    return filled
