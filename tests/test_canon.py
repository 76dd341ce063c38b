"""Two spellings of one thing are one value; a real difference stays one."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import diff_fields

Body = dict[str, Any]


def differs(desired: Body, live: Body) -> tuple[str, ...]:
    want = canonical_task(desired)
    return diff_fields(want, project_live(canonical_task(live), want))


def worker(**members: Any) -> Body:
    return {"worker": {"strategy": "FULL", **members}}


def partition(**info: Any) -> Body:
    users = [{"user": {"id": "ana"}}, {"user": {"id": "bo"}}]
    return {
        "worker": {
            "strategy": "PARTITIONED",
            "workers": users,
            "partitioned_strategy_info": {"type": "WEIGHTED", **info},
        }
    }


def review(**members: Any) -> Body:
    return {"review": {"strategy": "CONSENSUS", **members}}


SAME: dict[str, tuple[Body, Body]] = {
    "enum by number": ({"type": "CONCEPTS_CLASSIFICATION"}, {"type": 1}),
    "enum by number as text": ({"priority": "HIGH"}, {"priority": "3"}),
    "zero enum and absence": ({"type": "TYPE_NOT_SET"}, {}),
    "empty text and absence": ({"description": ""}, {}),
    "zero and absence": ({"sample_ms": 0}, {}),
    "null and absence": ({"sample_ms": 0}, {"sample_ms": None}),
    "integer and double": ({"sample_ms": 5}, {"sample_ms": 5.0}),
    "empty list and absence": ({"concept_ids": []}, {}),
    "concept_ids and concepts": (
        {"concept_ids": ["cat"]},
        {"concepts": [{"concept": {"id": "cat"}}]},
    ),
    "concepts mirrored": (
        {"concept_ids": ["cat"]},
        {"concept_ids": ["cat"], "concepts": [{"concept": {"id": "cat"}}]},
    ),
    "an empty mirror": ({"concept_ids": ["cat"]}, {"concept_ids": ["cat"], "concepts": []}),
    "a concept filled in": (
        {"concepts": [{"concept": {"id": "cat"}}]},
        {"concepts": [{"concept": {"id": "cat", "name": "Cat", "value": 1, "language": "en"}}]},
    ),
    "order of concepts": ({"concept_ids": ["a", "b"]}, {"concept_ids": ["b", "a"]}),
    "concepts twice": ({"concept_ids": ["a"]}, {"concept_ids": ["a", "a"]}),
    "user_ids and users": (worker(user_ids=["ana"]), worker(users=[{"id": "ana"}])),
    "user_ids and workers": (worker(user_ids=["ana"]), worker(workers=[{"user": {"id": "ana"}}])),
    "users filled in": (
        worker(user_ids=["ana"]),
        worker(workers=[{"user": {"id": "ana", "email_addresses": [], "first_name": "Ana"}}]),
    ),
    "order of workers": (worker(user_ids=["a", "b"]), worker(user_ids=["b", "a"])),
    "worker type inferred": (worker(user_ids=["ana"]), worker(user_ids=["ana"], type=1)),
    "a model's version pinned": (
        worker(workers=[{"model": {"id": "m"}}]),
        worker(workers=[{"model": {"id": "m", "model_version": {"id": "v"}, "app_id": "main"}}]),
    ),
    "ratios": (partition(weights={"ana": 90, "bo": 10}), partition(weights={"ana": 9, "bo": 1})),
    "shares": (
        partition(weights={"ana": 1, "bo": 2}),
        partition(weights={"ana": 1 / 3, "bo": 2 / 3}),
    ),
    "doubles": (partition(weights={"ana": 1, "bo": 1}), partition(weights={"ana": 1.0, "bo": 1.0})),
    "workers_per_input filled in": (partition(), partition(workers_per_input=1)),
    "workers_per_input left out": (partition(workers_per_input=1), partition()),
    "info of another strategy": (
        worker(),
        worker(partitioned_strategy_info={"type": 1, "workers_per_input": 2}),
    ),
    "reviewers": (review(user_ids=["cy"]), review(users=[{"id": "cy", "first_name": "Cy"}])),
    "threshold renamed": (
        review(consensus_strategy_info={"approval_threshold": 2}),
        review(consensus_strategy_info={"approval_threshold_labelers": 2}),
    ),
    "reviewers' threshold filled in": (
        review(),
        review(consensus_strategy_info={"approval_threshold_reviewers": 1}),
    ),
    "threshold 0": (review(consensus_strategy_info={"approval_threshold": 0}), review()),
    "manual threshold moved": (
        {"review": {"strategy": "MANUAL", "manual_strategy_info": {"approval_threshold": -1}}},
        {
            "review": {
                "strategy": 2,
                "consensus_strategy_info": {"approval_threshold_reviewers": -1},
            }
        },
    ),
    "sample_percentage dropped": (
        {"review": {"strategy": "MANUAL", "manual_strategy_info": {"sample_percentage": 0.5}}},
        {"review": {"strategy": "MANUAL"}},
    ),
    "empty info and absence": (
        {"review": {"strategy": "MANUAL", "manual_strategy_info": {}}},
        {"review": {"strategy": "MANUAL"}},
    ),
    "float32": (
        {"ai_assist_params": {"min_threshold": 0.1}},
        {"ai_assist_params": {"min_threshold": 0.10000000149011612}},
    ),
    "id of all inputs": (
        {"input_source": {"type": "ALL_INPUTS"}},
        {"input_source": {"type": 1, "id": "app"}},
    ),
    "workflow renamed": (
        {"ai_assistant": {"workflow_id": "w"}},
        {"ai_assistant": {"workflow": {"id": "w", "use_cases": []}}},
    ),
    "status text": (
        {"status": {"code": "TASK_DONE"}},
        {"status": {"code": 54002, "description": "Done"}},
    ),
    "numbers of metadata": (
        {"metadata": {"n": 90, "l": [1]}},
        {"metadata": {"n": 90.0, "l": [1.0]}},
    ),
    "metadata of others": (
        {"metadata": {"a": 1}},
        {"metadata": {"a": 1, "b": 2, "reconciler": {"v": 1}}},
    ),
    "a removed key": ({"metadata": {"a": None}}, {"metadata": {"b": 1}}),
    "empty metadata": ({"metadata": {}}, {}),
    "what only the server writes": (
        {"name": "A"},
        {"name": "A", "id": "1", "created_at": "x", "metrics": {}, "user_id": "u", "app_id": "a"},
    ),
    "what is not declared": ({"name": "A"}, {"name": "A", "description": "x", "priority": 3}),
    "fields unknown to us": ({"name": "A"}, {"name": "A", "brand_new": {"a": 1}}),
    "a trigger": ({"delete_previous_annotations": True}, {}),
}

DIFFERENT: dict[str, tuple[Body, Body]] = {
    "text": ({"description": "a"}, {"description": "b"}),
    "text and absence": ({"description": "a"}, {}),
    "a declared absence": ({"description": ""}, {"description": "a"}),
    "enum": ({"priority": "HIGH"}, {"priority": 2}),
    "an enum value that is newer than we are": ({"priority": "HIGH"}, {"priority": 99}),
    "another worker": (worker(user_ids=["ana"]), worker(user_ids=["bo"])),
    "one worker more": (worker(user_ids=["ana"]), worker(user_ids=["ana", "bo"])),
    "nobody declared": (worker(), worker(workers=[{"user": {"id": "ana"}}])),
    "a user and a model of one name": (
        worker(workers=[{"user": {"id": "x"}}]),
        worker(workers=[{"model": {"id": "x"}}]),
    ),
    "a declared version": (
        worker(workers=[{"model": {"id": "m", "model_version": {"id": "v1"}}}]),
        worker(workers=[{"model": {"id": "m", "model_version": {"id": "v2"}}}]),
    ),
    "ratios": (partition(weights={"ana": 9, "bo": 1}), partition(weights={"ana": 8, "bo": 1})),
    "workers per input": (partition(workers_per_input=1), partition(workers_per_input=2)),
    "partition type": (
        partition(),
        {"worker": {**partition()["worker"], "partitioned_strategy_info": {"type": 1}}},
    ),
    "threshold": (
        review(consensus_strategy_info={"approval_threshold": 2}),
        review(consensus_strategy_info={"approval_threshold_labelers": 3}),
    ),
    "a threshold that is left out": (
        review(),
        review(consensus_strategy_info={"approval_threshold_labelers": 3}),
    ),
    "all reviewers": (
        review(),
        review(consensus_strategy_info={"approval_threshold_reviewers": -1}),
    ),
    "a reviewer left": (review(), review(users=[{"id": "cy"}])),
    "a dataset": (
        {"input_source": {"type": "DATASET", "id": "a"}},
        {"input_source": {"type": "DATASET", "id": "b"}},
    ),
    "a concept": ({"concept_ids": ["a"]}, {"concepts": [{"concept": {"id": "b"}}]}),
    "an annotation config": (
        {
            "concepts": [
                {"concept": {"id": "a"}, "auto_annotation_config": {"annotation_data_types": 1}}
            ]
        },
        {
            "concepts": [
                {"concept": {"id": "a"}, "auto_annotation_config": {"annotation_data_types": 2}}
            ]
        },
    ),
    "a config that is left out": (
        {"concept_ids": ["a"]},
        {
            "concepts": [
                {"concept": {"id": "a"}, "auto_annotation_config": {"annotation_data_types": 2}}
            ]
        },
    ),
    "true and 1 in metadata": ({"metadata": {"a": True}}, {"metadata": {"a": 1}}),
    "text and number in metadata": ({"metadata": {"a": "1"}}, {"metadata": {"a": 1}}),
    "zero and absence in metadata": ({"metadata": {"a": 0}}, {"metadata": {}}),
    "inside metadata": ({"metadata": {"a": {"b": 1}}}, {"metadata": {"a": {"b": 1, "c": 2}}}),
    "a key to remove": ({"metadata": {"a": None}}, {"metadata": {"a": 1}}),
    "status": ({"status": {"code": "TASK_DONE"}}, {"status": {"code": 54001}}),
    "float32": (
        {"ai_assist_params": {"min_threshold": 0.1}},
        {"ai_assist_params": {"min_threshold": 0.2}},
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_no_phantom_difference(case: str) -> None:
    desired, live = SAME[case]
    assert differs(desired, live) == ()


@pytest.mark.parametrize("case", DIFFERENT)
def test_nothing_is_hidden(case: str) -> None:
    desired, live = DIFFERENT[case]
    assert differs(desired, live) != ()


@pytest.mark.parametrize("case", SAME)
def test_a_body_equals_itself(case: str) -> None:
    for body in SAME[case]:
        assert differs(body, body) == ()


@pytest.mark.parametrize("case", [*SAME, *DIFFERENT])
def test_what_live_repeats_reads_as_if_it_were_worked_out(case: str) -> None:
    desired, live = {**SAME, **DIFFERENT}[case]
    for body in (live, desired):
        want = canonical_task(desired)
        assert canonical_declared(body, want, written=desired) == canonical_declared(body, want)
