from __future__ import annotations

from typing import Any

from reconciler.model import Stamp
from reconciler.payload import create_body, needs_status, overwrite_body

STAMP = Stamp("acme", "a", "nonce", {"name": "digest"})
MARK = {"v": 1, "owner": "acme", "key": "a", "nonce": "nonce"}
MARK |= {"lifecycle": {}, "fields": {"name": "digest"}}
Body = dict[str, Any]


def overwrite(desired: dict[str, Any], live: dict[str, Any], *differing: str) -> dict[str, Any]:
    return dict(overwrite_body(desired, live, live_id="1", stamp=STAMP, differing=differing))


def test_a_create_sends_what_the_file_says_and_the_stamp() -> None:
    desired: Body = {
        "name": "A",
        "concept_ids": ["cat"],
        "metadata": {"team": "blue", "gone": None},
    }
    assert create_body(desired, STAMP) == {
        "name": "A",
        "concept_ids": ["cat"],
        "metadata": {"team": "blue", "reconciler": MARK},
    }


def test_a_status_is_not_part_of_a_create() -> None:
    desired: Body = {"name": "A", "status": {"code": "TASK_DONE"}}
    assert "status" not in create_body(desired, STAMP)
    assert needs_status(desired, {"status": {"code": 54001}})
    assert not needs_status(desired, {"status": {"code": 54002}})
    assert not needs_status({"name": "A"}, {"status": {"code": 54001}})


def test_an_overwrite_carries_along_what_is_not_managed_in_its_live_form() -> None:
    live = {
        "id": "1",
        "created_at": "x",
        "metrics": {"work": {}},
        "name": "A",
        "description": "theirs",
        "concepts": [{"concept": {"id": "cat", "value": 1}}],
        "brand_new": [1, 2],
        "priority": 2,
    }
    assert overwrite({"name": "B"}, live) == {
        "id": "1",
        "name": "B",
        "description": "theirs",
        "concepts": [{"concept": {"id": "cat", "value": 1}}],
        "brand_new": [1, 2],
        "priority": 2,
        "metadata": {"reconciler": MARK},
    }


def test_never_another_spelling_of_a_managed_field() -> None:
    live = {
        "concepts": [{"concept": {"id": "dog"}}],
        "worker": {
            "strategy": 3,
            "workers": [{"user": {"id": "bo"}}],
            "type": 1,
            "user_ids": ["bo"],
        },
        "ai_assistant": {"workflow": {"id": "w"}},
        "review": {
            "strategy": 3,
            "users": [{"id": "x"}],
            "consensus_strategy_info": {"approval_threshold_labelers": 2},
        },
    }
    desired = {
        "concept_ids": ["cat"],
        "worker": {"strategy": "FULL", "user_ids": ["ana"]},
        "ai_assistant": {"workflow_id": "v"},
        "review": {"strategy": "MANUAL", "manual_strategy_info": {"sample_percentage": 0.5}},
    }
    body = overwrite(desired, live)
    assert body["concept_ids"] == ["cat"]
    assert "concepts" not in body
    assert body["worker"] == {"strategy": "FULL", "user_ids": ["ana"], "type": 1}
    assert body["ai_assistant"] == {"workflow_id": "v"}
    assert body["review"] == desired["review"]


def test_the_info_of_another_strategy_is_not_carried() -> None:
    live = {
        "worker": {"strategy": 2, "partitioned_strategy_info": {"type": 1}},
        "input_source": {"type": 3, "id": "d"},
    }
    body = overwrite({"worker": {"strategy": "FULL"}, "input_source": {"type": "ALL_INPUTS"}}, live)
    assert body["worker"] == {"strategy": "FULL"}
    assert body["input_source"] == {"type": "ALL_INPUTS"}


def test_metadata_is_merged_by_key() -> None:
    live = {"metadata": {"theirs": 1, "ours": 2, "gone": 3, "reconciler": {"v": 1}}}
    body = overwrite({"metadata": {"ours": 4, "gone": None}}, live)
    assert body["metadata"] == {"theirs": 1, "ours": 4, "reconciler": MARK}


def test_the_status_is_sent_back_if_callers_may_set_it() -> None:
    for code, sent in ((54001, "TASK_IN_PROGRESS"), ("TASK_DONE", "TASK_DONE"), (54006, None)):
        body = overwrite({"name": "A"}, {"status": {"code": code, "description": "d"}})
        assert body.get("status") == ({"code": sent} if sent else None)
    declared = {"name": "A", "status": {"code": "TASK_DONE"}}
    assert overwrite(declared, {"status": {"code": 54001}})["status"] == {"code": "TASK_DONE"}


def test_the_trigger_goes_with_a_change_that_annotates_again() -> None:
    desired = {"name": "A", "delete_previous_annotations": True}
    assert "delete_previous_annotations" not in overwrite(desired, {}, "name")
    assert overwrite(desired, {}, "concepts")["delete_previous_annotations"] is True
    echoed = {"delete_previous_annotations": True}
    assert "delete_previous_annotations" not in overwrite({"name": "A"}, echoed, "concepts")


def test_what_a_thing_of_a_set_leaves_open_is_carried_along() -> None:
    config = {"annotation_data_types": 2, "threshold_range": {"min": 0.5}}
    live: Body = {
        "worker": {
            "workers": [
                {"user": {"id": "ana"}},
                {"model": {"id": "m", "user_id": "clarifai", "model_version": {"id": "v7"}}},
            ]
        },
        "concepts": [
            {
                "concept": {"id": "cat", "name": "Cat", "app_id": "zoo", "language": "en"},
                "auto_annotation_config": config,
            },
            {"concept": {"id": "dog"}, "auto_annotation_config": config},
        ],
    }
    desired: Body = {
        "worker": {"workers": [{"model": {"id": "m"}}, {"user": {"id": "bo"}}]},
        "concepts": [
            {"concept": {"id": "dog"}},
            {"concept": {"id": "cat"}, "auto_annotation_config": {"annotation_data_types": 4}},
            {"concept": {"id": "new"}},
        ],
    }
    body = overwrite(desired, live, "concepts")
    assert body["worker"]["workers"] == [
        {"model": {"id": "m", "user_id": "clarifai", "model_version": {"id": "v7"}}},
        {"user": {"id": "bo"}},
    ]
    assert body["concepts"] == [
        {"concept": {"id": "dog"}},
        {
            "concept": {"id": "cat", "name": "Cat", "app_id": "zoo"},
            "auto_annotation_config": {**config, "annotation_data_types": 4},
        },
        {"concept": {"id": "new"}},
    ]


def test_ids_stay_as_they_are_written() -> None:
    live: Body = {"concept_ids": ["cat"], "worker": {"user_ids": ["ana"]}}
    desired: Body = {"concept_ids": ["cat", "dog"], "worker": {"user_ids": ["bo", "ana"]}}
    body = overwrite(desired, live, "concepts")
    assert (body["concept_ids"], body["worker"]) == (["cat", "dog"], {"user_ids": ["bo", "ana"]})


def test_a_type_of_workers_is_not_carried_to_workers_of_another_kind() -> None:
    live: Body = {"worker": {"strategy": "FULL", "type": "WORKER_HUMAN", "user_ids": ["ana"]}}
    people: Body = {"worker": {"strategy": "FULL", "user_ids": ["bo"]}}
    model: Body = {"worker": {"strategy": "FULL", "workers": [{"model": {"id": "m"}}]}}
    assert overwrite(people, live, "worker")["worker"]["type"] == "WORKER_HUMAN"
    assert "type" not in overwrite(model, live, "worker")["worker"]


def test_a_partition_for_more_workers_than_there_are_is_not_carried() -> None:
    """The API refuses more workers on an input than a task has."""
    info = {"type": 1, "workers_per_input": 2}
    two = [{"user": {"id": "ana"}}, {"user": {"id": "bo"}}]
    live = {"worker": {"strategy": 2, "workers": two, "partitioned_strategy_info": info}}
    fewer = {"worker": {"strategy": "PARTITIONED", "user_ids": ["ana"]}}
    assert "partitioned_strategy_info" not in overwrite(fewer, live)["worker"]
    others = {"worker": {"strategy": "PARTITIONED", "user_ids": ["cy", "dee"]}}
    assert overwrite(others, live)["worker"]["partitioned_strategy_info"] == info
    declared = {"worker": fewer["worker"] | {"partitioned_strategy_info": {"type": "EVENLY"}}}
    sent = overwrite(declared, live)["worker"]["partitioned_strategy_info"]
    assert sent == {"type": "EVENLY"}
