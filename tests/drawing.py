"""Which task bodies do property tests draw? Valid ones, in every spelling."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

USERS = ("ana", "bo", "cy", "dee")
CONCEPTS = ("cat", "dog", "fox")

_user_sets = st.lists(st.sampled_from(USERS), unique=True, max_size=4)


@st.composite
def _workers(draw: st.DrawFn) -> dict[str, Any]:
    users = draw(_user_sets)
    worker: dict[str, Any] = {"strategy": draw(st.sampled_from(["FULL", "PARTITIONED", "DYNAMIC"]))}
    match draw(st.sampled_from(["none", "user_ids", "users", "workers"])):
        case "user_ids":
            worker["user_ids"] = users
        case "users":
            worker["users"] = [{"id": user} for user in users]
        case "workers":
            worker["workers"] = [{"user": {"id": user}} for user in users]
        case _:
            users = []
    if worker["strategy"] == "PARTITIONED" and users:
        worker["partitioned_strategy_info"] = draw(_partition(users))
    return worker


@st.composite
def _partition(draw: st.DrawFn, users: list[str]) -> dict[str, Any]:
    info: dict[str, Any] = {"type": draw(st.sampled_from(["EVENLY", "WEIGHTED"]))}
    most = len(users)
    if info["type"] == "WEIGHTED":
        weight = st.integers(1, 100) | st.floats(0.125, 100, allow_nan=False)
        info["weights"] = {user: draw(weight) for user in users}
        # No share above 1/workers_per_input: nobody can see an input twice.
        most = int(sum(info["weights"].values()) / max(info["weights"].values()))
    if draw(st.booleans()):
        info["workers_per_input"] = draw(st.integers(1, most))
    return info


@st.composite
def _reviews(draw: st.DrawFn) -> dict[str, Any]:
    strategy = draw(st.sampled_from(["NONE", "MANUAL", "CONSENSUS"]))
    review: dict[str, Any] = {"strategy": strategy}
    users = draw(_user_sets)
    match draw(st.sampled_from(["none", "user_ids", "users"])):
        case "user_ids":
            review["user_ids"] = users
        case "users":
            review["users"] = [{"id": user} for user in users]
        case _:
            pass
    if strategy == "MANUAL" and draw(st.booleans()):
        review["manual_strategy_info"] = draw(st.sampled_from([{}, {"sample_percentage": 0.5}]))
    if strategy == "CONSENSUS":
        threshold = draw(st.sampled_from(["approval_threshold", "approval_threshold_labelers"]))
        review["consensus_strategy_info"] = {threshold: draw(st.integers(0, 3))}
        if draw(st.booleans()):
            reviewers = draw(st.sampled_from([-1, 0, 1]))
            review["consensus_strategy_info"]["approval_threshold_reviewers"] = reviewers
    return review


_sources = st.one_of(
    st.just({"type": "ALL_INPUTS"}),
    st.builds(
        lambda kind, identity: {"type": kind, "id": identity},
        st.sampled_from(["DATASET", "SAVED_SEARCH", "INPUT"]),
        st.sampled_from(["one", "two"]),
    ),
)

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
_metadata = st.dictionaries(st.sampled_from(["team", "batch", "__x"]), _json, max_size=3)

_concepts = st.lists(st.sampled_from(CONCEPTS), unique=True, max_size=3)

_OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["CONCEPTS_CLASSIFICATION", "BOUNDING_BOX_DETECTION"]),
    "description": st.text(max_size=5),
    "worker": _workers(),
    "input_source": _sources,
    "sample_ms": st.integers(0, 5000),
    "review": _reviews(),
    "priority": st.sampled_from(["LOW", "MEDIUM", "HIGH"]),
    "visibility": st.sampled_from([{"gettable": "PRIVATE"}, {"gettable": "ORG"}]),
    "metadata": _metadata,
    "status": st.sampled_from([{"code": "TASK_DONE"}, {"code": "TASK_WONT_DO"}]),
    "ai_assist_params": st.fixed_dictionaries(
        {}, optional={"min_threshold": st.floats(0, 1), "max_threshold": st.floats(0, 1)}
    ),
    "ai_assistant": st.sampled_from([{"workflow_id": "face"}, {"workflow": {"id": "face"}}]),
    "delete_previous_annotations": st.booleans(),
}


@st.composite
def bodies(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw the body of a task, with any of the fields in any of their spellings."""
    body: dict[str, Any] = {"name": name}
    for field, strategy in _OPTIONAL.items():
        if draw(st.booleans()):
            body[field] = draw(strategy)
    match draw(st.sampled_from(["none", "concept_ids", "concepts"])):
        case "concept_ids":
            body["concept_ids"] = draw(_concepts)
        case "concepts":
            body["concepts"] = [{"concept": {"id": each}} for each in draw(_concepts)]
        case _:
            pass
    return body


@st.composite
def task_sets(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Draw some tasks by key."""
    keys = draw(st.lists(st.sampled_from("abcde"), unique=True, max_size=4))
    return {key: draw(bodies(f"Task {key}")) for key in keys}
