"""Each form writes a task in its own words, whatever the words it came in."""

from typing import Any

import pytest

from .conftest import MakeClient
from .requests import CONSENSUS, MANUAL, UNASSIGNED, listed, post

_NEW_WORDS = {
    "name": "Annotate cat",
    "type": 1,
    "concepts": [{"concept": {"id": "cat"}}],
    "input_source": {"type": "1"},
    "sample_ms": "1000",
    "worker": {
        "strategy": 2,
        "workers": [{"user": {"id": user}} for user in ("ana", "bo", "cy")],
        "partitioned_strategy_info": {
            "type": "WEIGHTED",
            "workers_per_input": 1.0,
            "weights": {"ana": 1.0, "bo": 1, "cy": 1e0},
        },
    },
    "review": {
        "strategy": "CONSENSUS",
        "consensus_strategy_info": {"approval_threshold_labelers": 2},
        "users": [{"id": "rev"}],
    },
}
_PARTITION: dict[str, Any] = {
    "workers_per_input": 1,
    "weights": {"ana": 1, "bo": 1, "cy": 1},
}
_USERS = [{"id": "ana"}, {"id": "bo"}, {"id": "cy"}]
_FILLED_CONCEPT = {
    "concept": {
        "id": "cat",
        "name": "cat",
        "value": 1,
        "app_id": "sandbox-app",
        "user_id": "sandbox-user",
    }
}
_SERVER_MADE = {"id", "created_at", "modified_at", "user_id", "app_id", "status"}
_AUTO = {
    "worker": {"strategy": "FULL", "workers": [{"model": {"id": "detector"}}]},
    "concepts": [
        {
            "concept": {"id": "cat", "value": 0.0},
            "auto_annotation_config": {
                "annotation_data_types": 3,
                "threshold_range": {"is_lower_inclusive": True, "lower": 0.1, "upper": 0.7},
                "status_code": "ANNOTATION_AWAITING_REVIEW",
                "polygon": {"points": [{"row": 0, "col": 0.25}]},
            },
        }
    ],
}


def _write(make_client: MakeClient, task: object, writes: str, **options: object) -> dict[str, Any]:
    [created] = post(make_client(writes=writes, **options), task)
    return {name: value for name, value in created.items() if name not in _SERVER_MADE}


@pytest.mark.parametrize("sent", [CONSENSUS, _NEW_WORDS, CONSENSUS | _NEW_WORDS])
def test_current(make_client: MakeClient, sent: dict[str, Any]) -> None:
    assert _write(make_client, sent, "current") == {
        "name": "Annotate cat",
        "type": 1,
        "concepts": [_FILLED_CONCEPT],
        "input_source": {"type": 1},
        "sample_ms": 1000,
        "worker": {
            "strategy": 2,
            "type": 1,
            "workers": [{"user": user} for user in _USERS],
            "partitioned_strategy_info": _PARTITION | {"type": 2},
        },
        "review": {
            "strategy": 3,
            "users": [{"id": "rev"}],
            "consensus_strategy_info": {
                "approval_threshold_labelers": 2,
                "approval_threshold_reviewers": 1,
            },
        },
        "priority": 2,
        "visibility": {"gettable": 10},
    }


@pytest.mark.parametrize("sent", [CONSENSUS, _NEW_WORDS])
def test_classic(make_client: MakeClient, sent: dict[str, Any]) -> None:
    assert _write(make_client, sent, "classic") == CONSENSUS


@pytest.mark.parametrize("sent", [CONSENSUS, _NEW_WORDS])
def test_mirrors(make_client: MakeClient, sent: dict[str, Any]) -> None:
    task = _write(make_client, sent, "mirrors")
    assert task["concept_ids"] == ["cat"]
    assert task["concepts"] == [_FILLED_CONCEPT]
    assert task["worker"]["user_ids"] == ["ana", "bo", "cy"]
    assert task["worker"]["users"] == _USERS
    assert task["worker"]["workers"] == [{"user": user} for user in _USERS]
    assert task["review"]["user_ids"] == ["rev"]
    assert task["review"]["users"] == [{"id": "rev"}]
    assert task["review"]["consensus_strategy_info"] == {
        "approval_threshold": 2,
        "approval_threshold_labelers": 2,
        "approval_threshold_reviewers": 1,
    }
    assert task["review"]["strategy"] == 3


@pytest.mark.parametrize("writes", ["current", "mirrors"])
def test_an_unused_sample_percentage_is_dropped(make_client: MakeClient, writes: str) -> None:
    assert _write(make_client, MANUAL, writes)["review"]["manual_strategy_info"] == {}


@pytest.mark.parametrize("writes", ["current", "mirrors"])
def test_the_manual_threshold_moves_to_the_reviewers(make_client: MakeClient, writes: str) -> None:
    sent = {"strategy": "MANUAL", "manual_strategy_info": {"approval_threshold": -1}}
    assert _write(make_client, {"review": sent}, writes)["review"] == {
        "strategy": 2,
        "consensus_strategy_info": {"approval_threshold_reviewers": -1},
    }


def test_classic_echoes_what_was_sent(make_client: MakeClient) -> None:
    review = {
        "strategy": "MANUAL",
        "manual_strategy_info": {"sample_percentage": 0.1, "approval_threshold": -1},
        "user_ids": ["rev"],
    }
    sent = UNASSIGNED | {"review": review, "priority": "HIGH", "visibility": {"gettable": "ORG"}}
    assert _write(make_client, sent, "classic") == sent


def test_manual_review_has_an_empty_info(make_client: MakeClient) -> None:
    sent = {"review": {"strategy": "MANUAL"}}
    assert _write(make_client, sent, "current")["review"] == {
        "strategy": 2,
        "manual_strategy_info": {},
    }


def test_automatic_tasks_in_current(make_client: MakeClient) -> None:
    task = _write(make_client, _AUTO, "current")
    [worker] = task["worker"]["workers"]
    assert task["worker"]["type"] == 2
    assert worker["model"]["id"] == "detector"
    assert len(worker["model"]["model_version"]["id"]) == 32
    [concept] = task["concepts"]
    assert concept["concept"]["value"] == 0
    assert concept["auto_annotation_config"] == {
        "annotation_data_types": 3,
        "threshold_range": {"is_lower_inclusive": True, "lower": 0.1, "upper": 0.7},
        "status_code": 24157,
        "polygon": {"points": [{"row": 0, "col": 0.25}]},
    }


def test_automatic_tasks_need_todays_names_in_classic(make_client: MakeClient) -> None:
    task = _write(make_client, _AUTO, "classic")
    assert task["worker"] == _AUTO["worker"]
    [concept] = task["concepts"]
    assert concept["auto_annotation_config"]["status_code"] == "ANNOTATION_AWAITING_REVIEW"
    assert "concept_ids" not in task


@pytest.mark.parametrize(
    ("writes", "written"),
    [
        ("current", {"workflow": {"id": "w", "use_cases": [], "check_consents": []}}),
        ("classic", {"workflow_id": "w"}),
        (
            "mirrors",
            {"workflow_id": "w", "workflow": {"id": "w", "use_cases": [], "check_consents": []}},
        ),
    ],
)
def test_assistant(make_client: MakeClient, writes: str, written: dict[str, Any]) -> None:
    for sent in ({"workflow_id": "w"}, {"workflow": {"id": "w"}, "workflow_id": "older"}):
        task = _write(make_client, {"ai_assistant": sent}, writes)
        assert task["ai_assistant"] == written


@pytest.mark.parametrize("writes", ["current", "classic", "mirrors"])
def test_metadata_is_the_callers_own(make_client: MakeClient, writes: str) -> None:
    """Its zeros and empties stay; its numbers are doubles and print as jsonpb prints them."""
    sent = {"a": {"b": [0, "", False, None, {}], "big": 2**53 + 1, "half": 1.50, "n": 90.0}}
    written = _write(make_client, {"metadata": sent}, writes)["metadata"]
    assert written == {"a": sent["a"] | {"big": 2**53}}
    assert str(written["a"]["n"]) == "90"
    assert _write(make_client, {"metadata": {}}, writes)["metadata"] == {}
    assert "metadata" not in _write(make_client, {"metadata": None}, writes)
    assert "metadata" not in _write(make_client, {"metadata": sent}, writes, keep_metadata=False)


def test_empty_values_are_absent(make_client: MakeClient) -> None:
    sent = {
        "name": "",
        "sample_ms": 0,
        "concepts": [],
        "type": 0,
        "worker": {"user_ids": []},
        "visibility": {"gettable": "UNKNOWN_VISIBILITY"},
        "ai_assist_params": {"min_threshold": 0.0, "max_threshold": 0.95},
        "delete_previous_annotations": True,
    }
    assert _write(make_client, sent, "classic") == {
        "worker": {},
        "visibility": {},
        "ai_assist_params": {"max_threshold": 0.95},
    }


def test_a_file_can_change_its_form(make_client: MakeClient) -> None:
    """Tasks that were stored under one form are written in the form in use."""
    post(make_client(writes="current"), CONSENSUS)
    [classic] = listed(make_client(writes="classic"))
    assert classic["worker"]["user_ids"] == ["ana", "bo", "cy"]
    [current] = listed(make_client(writes="current"))
    assert current["worker"]["workers"] == [{"user": user} for user in _USERS]
