"""The published schemas: what they accept, and that every engine reads them alike."""

from __future__ import annotations

import copy
import json
import re
import runpy
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import jsonschema
import jsonschema_rs
import pytest
from referencing import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = Any
Step: TypeAlias = "str | int"

SCHEMAS: Final = Path(__file__).resolve().parents[1] / "schemas"
NAMES: Final = ("task", "settings", "tasks", "config", "plan", "report")
PLACEHOLDER: Final = "{{ x }}"


def load(name: str) -> dict[str, Any]:
    text = (SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def refuse_to_fetch(uri: str) -> NoReturn:
    raise AssertionError(f"{uri} must not be fetched")


@cache
def python_engine(name: str) -> Any:
    return jsonschema.Draft202012Validator(load(name), registry=Registry())


@cache
def rust_engine(name: str) -> Any:
    return jsonschema_rs.Draft202012Validator(load(name), retriever=refuse_to_fetch)


def verdict(name: str, document: Json) -> bool:
    """Say whether *document* is valid; both engines must say the same."""
    in_python = python_engine(name).is_valid(document)
    in_rust = rust_engine(name).is_valid(document)
    reasons = [error.message for error in python_engine(name).iter_errors(document)]
    assert in_python == in_rust, f"the engines disagree: {reasons}"
    return bool(in_python)


def in_file(body: Json) -> Json:
    return {"tasks": {"key": body}}


# ---- Documents -----------------------------------------------------------------------------

HUMAN_TASK: Final = {
    "name": "Annotate cat",
    "type": "CONCEPTS_CLASSIFICATION",
    "description": "Cats only.",
    "worker": {
        "strategy": "PARTITIONED",
        "type": "WORKER_HUMAN",
        "workers": [{"user": {"id": "ana"}}, {"user": {"id": "bo"}}],
        "partitioned_strategy_info": {
            "type": "WEIGHTED",
            "workers_per_input": 1,
            "weights": {"ana": 90, "bo": 10.5},
        },
    },
    "concepts": [{"concept": {"id": "cat"}}, {"concept": {"id": "dog", "value": 0}}],
    "input_source": {"type": "ALL_INPUTS"},
    "sample_ms": 1000,
    "ai_assistant": {
        "workflow": {
            "id": "general",
            "user_id": "clarifai",
            "app_id": "main",
            "version": {"id": "2f0c"},
        }
    },
    "ai_assist_params": {
        "min_threshold": 0.1,
        "max_threshold": 0.95,
        "concept_relation_ids": ["r1"],
    },
    "review": {
        "strategy": "CONSENSUS",
        "users": [{"id": "cy"}],
        "consensus_strategy_info": {
            "approval_threshold_labelers": 2,
            "approval_threshold_reviewers": -1,
        },
    },
    "status": {"code": "TASK_DONE"},
    "visibility": {"gettable": "ORG"},
    "priority": "HIGH",
    "metadata": {"team": {"reconciler": True, "floors": [1, None]}, "empty": None},
}

OLD_SPELLINGS: Final = {
    "name": "Annotate dog",
    "type": "POLYGON_DETECTION",
    "worker": {"strategy": "FULL", "user_ids": ["ana", "bo"]},
    "concept_ids": ["dog"],
    "ai_assistant": {"workflow_id": "general"},
    "review": {
        "strategy": "MANUAL",
        "user_ids": ["cy"],
        "manual_strategy_info": {"sample_percentage": 0.5, "approval_threshold": 1},
    },
    "status": {"code": 54003},
}

OLDER_SPELLINGS: Final = {
    "name": "Annotate fox",
    "worker": {"strategy": "DYNAMIC", "users": [{"id": "ana"}]},
    "review": {"strategy": "CONSENSUS", "consensus_strategy_info": {"approval_threshold": 2}},
}

POOL: Final = {"id": "pool", "compute_cluster": {"id": "cluster", "user_id": "acme"}}

AUTO_TASK: Final = {
    "name": "Auto-annotate cat",
    "type": "TYPE_NOT_SET",
    "worker": {
        "strategy": "FULL",
        "type": "WORKER_AUTO",
        "workers": [
            {
                "model": {
                    "id": "detector",
                    "user_id": "clarifai",
                    "app_id": "main",
                    "model_version": {"id": "8a1b"},
                }
            }
        ],
        "runner_selectors": [
            {
                "nodepool": POOL,
                "runner": {"id": "runner", "nodepool": POOL},
                "deployment": {"id": "deployment", "user_id": "acme"},
            }
        ],
    },
    "concepts": [
        {
            "concept": {
                "id": "cat",
                "name": "Cat",
                "value": 1,
                "app_id": "wildlife",
                "user_id": "acme",
            },
            "auto_annotation_config": {
                "annotation_data_types": 34,
                "threshold_range": {
                    "is_lower_inclusive": True,
                    "is_upper_inclusive": False,
                    "lower": 0.7,
                    "upper": 1,
                },
                "status_code": 24150,
                "time_of_day_range": {
                    "start": {"hours": 9, "minutes": 30, "seconds": 0, "nanos": 5},
                    "end": {"hours": 17, "minutes": 0, "seconds": 0, "nanos": 0},
                    "is_start_inclusive": True,
                    "is_end_inclusive": True,
                },
                "polygon": {
                    "points": [{"row": 0, "col": 0.5, "z": 1.5, "visibility": "VISIBLE"}],
                },
            },
        }
    ],
    "input_source": {"type": "DATASET", "id": "night"},
    "delete_previous_annotations": True,
}

WORKFLOW_TASK: Final = {
    "name": "Auto-annotate by workflow",
    "worker": {
        "workers": [
            {"workflow": {"id": "w", "user_id": "u", "app_id": "a", "version": {"id": "v"}}}
        ]
    },
}

EVERYTHING: Final = {
    "human": HUMAN_TASK,
    "old spellings": OLD_SPELLINGS,
    "older spellings": OLDER_SPELLINGS,
    "auto": AUTO_TASK,
    "workflow": WORKFLOW_TASK,
}
"""Tasks that together use every field."""

GOOD_TASKS: Final[dict[str, Json]] = {
    **EVERYTHING,
    "only a name": {"name": "n"},
    "a whole number written as a float": {"name": "n", "sample_ms": 1000.0},
    "the largest uint32": {"name": "n", "sample_ms": 4294967295},
    "nobody works": {"name": "n", "worker": {"user_ids": []}},
    "no assistance": {"name": "n", "ai_assistant": {"workflow_id": ""}},
    "empty messages": {
        "name": "n",
        "worker": {},
        "review": {"manual_strategy_info": {}},
        "metadata": {},
    },
    "both forms at once": {
        "name": "n",
        "concept_ids": ["a"],
        "concepts": [{"concept": {"id": "a"}}],
    },
    "a text that spans lines": {"name": "n", "description": "a\nb\n"},
    "an annotation status by name": {
        "name": "n",
        "concepts": [
            {
                "concept": {"id": "a"},
                "auto_annotation_config": {"status_code": "ANNOTATION_AWAITING_REVIEW"},
            }
        ],
    },
}

BAD_TASKS: Final[dict[str, Json]] = {
    "no mapping": [],
    "no name": {},
    "an empty name": {"name": ""},
    "a name that is a number": {"name": 7},
    "an id": {"name": "n", "id": "c37aed15"},
    "a field of the server": {"name": "n", "created_at": "2026-01-01T00:00:00Z"},
    "a field of files": {"name": "n", "for_each": {"x": ["a"]}},
    "an unknown field": {"name": "n", "titel": "t"},
    "a null": {"name": "n", "description": None},
    "a type by number": {"name": "n", "type": 1},
    "a type in lower case": {"name": "n", "type": "concepts_classification"},
    "a zero of an enum": {"name": "n", "priority": "TASK_PRIORITY_NOT_SET"},
    "a placeholder for a number": {"name": "n", "sample_ms": PLACEHOLDER},
    "a placeholder for a list": {"name": "n", "concept_ids": PLACEHOLDER},
    "a negative number": {"name": "n", "sample_ms": -1},
    "a fraction of a millisecond": {"name": "n", "sample_ms": 0.5},
    "too large a number": {"name": "n", "sample_ms": 4294967296},
    "far too large a number": {"name": "n", "sample_ms": 10**30},
    "a boolean for a number": {"name": "n", "sample_ms": True},
    "a number for a boolean": {"name": "n", "delete_previous_annotations": 1},
    "a user id that is a number": {"name": "n", "worker": {"user_ids": [7]}},
    "an empty user id": {"name": "n", "worker": {"user_ids": [""]}},
    "a user without id": {"name": "n", "review": {"users": [{}]}},
    "a user with an address": {"name": "n", "review": {"users": [{"id": "a", "email": "a@b"}]}},
    "a worker that is nothing": {"name": "n", "worker": {"workers": [{}]}},
    "a worker that is two things": {
        "name": "n",
        "worker": {"workers": [{"user": {"id": "a"}, "model": {"id": "m"}}]},
    },
    "no workers for each input": {
        "name": "n",
        "worker": {"partitioned_strategy_info": {"workers_per_input": 0}},
    },
    "a weight that is text": {
        "name": "n",
        "worker": {"partitioned_strategy_info": {"weights": {"a": "1"}}},
    },
    "two reviewers must agree": {
        "name": "n",
        "review": {"consensus_strategy_info": {"approval_threshold_reviewers": 2}},
    },
    "true for one reviewer": {
        "name": "n",
        "review": {"consensus_strategy_info": {"approval_threshold_reviewers": True}},
    },
    "a share above 1": {
        "name": "n",
        "review": {"manual_strategy_info": {"sample_percentage": 50}},
    },
    "a concept without id": {"name": "n", "concepts": [{"concept": {"name": "Cat"}}]},
    "a concept without its message": {"name": "n", "concepts": [{"id": "cat"}]},
    "a status of the work": {"name": "n", "status": {"code": "TASK_IN_PROGRESS"}},
    "a status by another number": {"name": "n", "status": {"code": 54001}},
    "a status without code": {"name": "n", "status": {}},
    "an unknown visibility": {"name": "n", "visibility": {"gettable": "UNKNOWN_VISIBILITY"}},
    "metadata that is a list": {"name": "n", "metadata": []},
    "the mark of ownership": {"name": "n", "metadata": {"reconciler": {}}},
    "25 o'clock": {
        "name": "n",
        "concepts": [
            {
                "concept": {"id": "a"},
                "auto_annotation_config": {"time_of_day_range": {"start": {"hours": 25}}},
            }
        ],
    },
}

LIFECYCLE: Final = {
    "prevent_destroy": True,
    "on_delete": "retain",
    "ignore_changes": ["description", "concept_ids"],
}

GOOD_SETTINGS: Final[dict[str, Json]] = {
    "none": {},
    "all": {"id": "c37a", "moved_from": "k", "lifecycle": LIFECYCLE},
    "an id for each target": {"id": {"sandbox": "c37a"}},
}

BAD_SETTINGS: Final[dict[str, Json]] = {
    "nothing": None,
    "an empty id": {"id": ""},
    "an id of digits": {"id": 7},
    "a target without name": {"id": {"": "c37a"}},
    "a placeholder": {"lifecycle": {"prevent_destroy": "{{ x }}"}},
    "an unknown member": {"lifecycle": {"prevent_destruction": True}},
    "something else on delete": {"lifecycle": {"on_delete": "keep"}},
    "an unknown field": {"lifecycle": {"ignore_changes": ["worker.user_ids"]}},
    "a mapping of a mapping": {"id": {"sandbox": {}}},
}

GOOD_FILES: Final[dict[str, Json]] = {
    "no tasks": {"tasks": {}},
    "no tasks in a list": {"tasks": []},
    "an empty task, filled by defaults": {"defaults": {"name": "n"}, "tasks": {"key": {}}},
    "empty defaults": {"defaults": {}, "tasks": {}},
    "a list": {"tasks": [{"name": "a"}, {"name": "b"}]},
    "part of a message": in_file({"status": {}, "ai_assistant": {"workflow": {"app_id": "a"}}}),
    "null removes a default": in_file({"worker": {"partitioned_strategy_info": None}}),
    "null removes a weight": in_file(
        {"worker": {"partitioned_strategy_info": {"weights": {"ana": None}}}}
    ),
    "for_each": in_file({"name": "n", "for_each": {"concept_id": ["cat", 7], "_x": []}}),
    "a placeholder in a key": {
        "tasks": {
            "annotate-{{ c }}": {
                "worker": {"partitioned_strategy_info": {"weights": {"{{ u }}": 1}}},
            }
        }
    },
    "a placeholder in a text": in_file({"name": "Annotate {{ c }}", "concept_ids": ["{{c}}-1"]}),
    "a placeholder for an enum": in_file({"type": "{{ kind }}"}),
    "a placeholder for part of an enum": in_file({"type": "{{ kind }}_DETECTION"}),
    "a placeholder for a task's part": in_file({"worker": "{{ worker }}"}),
    "a placeholder for an element": in_file({"concepts": ["{{ concept }}"]}),
    "a placeholder for values": in_file({"for_each": {"x": "{{ animals }}", "y": ["{{ z }}"]}}),
    "a placeholder for all values": in_file({"for_each": "{{ axes }}"}),
    "a live task": in_file({"id": "c37a", "moved_from": "late-{{ x }}"}),
    "a live task for each target": in_file({"id": {"sandbox": "c37a", "{{ t }}": "9f48"}}),
    "a lifecycle": in_file({"lifecycle": LIFECYCLE}),
    "a lifecycle of placeholders": in_file({"lifecycle": dict.fromkeys(LIFECYCLE, "{{ x }}")}),
    "a lifecycle for all": {"defaults": {"lifecycle": LIFECYCLE}, "tasks": {}},
    "no lifecycle": in_file({"lifecycle": None, "id": None, "moved_from": None}),
    "the body of an update": {"action": "overwrite", "tasks": [{"id": "c37a", "name": "n"}]},
}

BAD_FILES: Final[dict[str, Json]] = {
    "nothing": None,
    "no mapping": [],
    "no tasks": {"defaults": {}},
    "tasks of null": {"tasks": None},
    "a task of null": in_file(None),
    "a task of text": in_file("n"),
    "an empty key": {"tasks": {"": {"name": "n"}}},
    "an unknown member": {"tasks": {}, "task": {}},
    "an unknown field": in_file({"titel": "t"}),
    "an unknown field of defaults": {"defaults": {"titel": "t"}, "tasks": {}},
    "for_each in defaults": {"defaults": {"for_each": {"x": ["a"]}}, "tasks": {}},
    "a text for a number": in_file({"sample_ms": "1000"}),
    "a text for a list": in_file({"concept_ids": "cat"}),
    "a text for a message": in_file({"worker": "ana"}),
    "half a placeholder": in_file({"sample_ms": "{ x }"}),
    "an unknown value of an enum": in_file({"type": "SEGMENTATION"}),
    "a null in a list": in_file({"concept_ids": [None]}),
    "a null inside a list": in_file({"concepts": [{"concept": {"id": "a", "name": None}}]}),
    "an id missing inside a list": in_file({"review": {"users": [{}]}}),
    "for_each of text": in_file({"for_each": {"x": "cat"}}),
    "for_each of booleans": in_file({"for_each": {"x": [True]}}),
    "for_each of lists": in_file({"for_each": {"x": [["a"]]}}),
    "for_each of fractions": in_file({"for_each": {"x": [0.5]}}),
    "a variable with a dash": in_file({"for_each": {"concept-id": ["a"]}}),
    "a variable that starts with a digit": in_file({"for_each": {"1x": ["a"]}}),
    "a variable of other letters": in_file({"for_each": {"größe": ["a"]}}),
    "a variable with digits of another script": in_file({"for_each": {"x٣": ["a"]}}),
    "a variable that ends in a line break": in_file({"for_each": {"x\n": ["a"]}}),
    "an empty variable": in_file({"for_each": {"": ["a"]}}),
    "the mark of ownership": in_file({"metadata": {"reconciler": {}}}),
    "another action": {"action": "merge", "tasks": []},
    "the body of a delete": {"ids": ["c37a"]},
    "an id in defaults": {"defaults": {"id": "c37a"}, "tasks": {}},
    "a move in defaults": {"defaults": {"moved_from": "k"}, "tasks": {}},
    "text for a truth value": in_file({"lifecycle": {"prevent_destroy": "yes"}}),
    "a null in a list of fields": in_file({"lifecycle": {"ignore_changes": [None]}}),
    "an unknown field to ignore": in_file({"lifecycle": {"ignore_changes": ["titel"]}}),
    "text for values": in_file({"for_each": "cat"}),
}

URL: Final = "https://api.clarifai.com"


def target(**members: Json) -> Json:
    return {"targets": {"production": {"url": URL, **members}}}


GOOD_CONFIGS: Final[dict[str, Json]] = {
    "empty": {},
    "full": {
        "owner": "acme-wildlife",
        "default_target": "sandbox",
        "targets": {
            "sandbox": {"url": "sandbox:.reconciler/sandbox.db"},
            "production": {
                "url": URL,
                "user_id": "acme",
                "app_id": "wildlife",
                "token_env": "CLARIFAI_PAT",
                "requests_per_second": 0.5,
                "variables": {"annotators": ["ana", "bo"], "n": None, "deep": {"a b": 1}},
            },
        },
        "ownership": "stamp",
        "guards": {"max_deletes": "30%"},
    },
    "an app of its own": {"ownership": "app", "guards": {"max_deletes": 0}},
    "guards of a target": target(guards={"max_deletes": 5}),
    "all of them": {"guards": {"max_deletes": "100%"}},
    "the key of an app": target(token_env="CLARIFAI_APP_KEY_2"),
}

BAD_CONFIGS: Final[dict[str, Json]] = {
    "nothing": None,
    "an empty owner": {"owner": ""},
    "an owner of digits": {"owner": 7},
    "an unknown member": {"taget": {}},
    "an unknown ownership": {"ownership": "name"},
    "a target without URL": {"targets": {"a": {}}},
    "a target without name": {"targets": {"": {"url": URL}}},
    "a target of text": {"targets": {"a": URL}},
    "a token": target(token="0123"),
    "a token as the name of a variable": target(token_env="0123456789abcdef"),
    "another variable": target(token_env="GITHUB_TOKEN"),
    "a bare prefix": target(token_env="CLARIFAI_"),
    "a variable that ends in a line break": target(token_env="CLARIFAI_PAT\n"),
    "a user without app": target(user_id="acme"),
    "an app without user": target(app_id="wildlife"),
    "no requests": target(requests_per_second=0),
    "a variable with a dash": target(variables={"a-b": 1}),
    "a variable that ends in a line break too": target(variables={"a\n": 1}),
    "variables in a list": target(variables=["a"]),
    "fewer deletes than none": {"guards": {"max_deletes": -1}},
    "more than all": {"guards": {"max_deletes": "101%"}},
    "a share without its sign": {"guards": {"max_deletes": "30"}},
    "a share with a line break": {"guards": {"max_deletes": "30%\n"}},
    "a share in digits of another script": {"guards": {"max_deletes": "٣%"}},
    "half a delete": {"guards": {"max_deletes": 0.5}},
    "an unknown guard": target(guards={"max_delete": 5}),
}

SOURCE: Final = {"file": "tasks/animals.yaml", "line": 3, "column": 3}
HEAD: Final[dict[str, Json]] = {
    "format_version": "1.0",
    "tool": {"name": "reconciler", "version": "0.1.0"},
    "target": {"name": "production", "url": URL, "user_id": "acme", "app_id": "wildlife"},
    "owner": "acme-wildlife",
}
TAIL: Final[dict[str, Json]] = {
    "blocked": [],
    "refusals": [],
    "problems": [],
    "error": None,
    "requests": {"count": 3, "seconds": 0.2},
}
UPDATE: Final[dict[str, Json]] = {
    "action": "update",
    "key": "annotate-cat",
    "name": "Annotate cat",
    "id": "c37aed15",
    "reason": "differs",
    "changed_by": "files",
    "source": SOURCE,
    "changes": [
        {"path": ["worker", "user_ids"], "before": ["ana"], "after": ["ana", "bo"]},
        {"path": ["concepts", 0, "concept", "id"], "after": None},
    ],
}
CREATE: Final[dict[str, Json]] = {
    "action": "create",
    "key": "a",
    "name": "A",
    "reason": "not_live",
    "source": SOURCE,
    "changes": [],
}
DELETE: Final[dict[str, Json]] = {
    "action": "delete",
    "key": "a",
    "name": "",
    "id": "1",
    "reason": "not_declared",
    "changes": [],
}
PLAN: Final[dict[str, Json]] = {
    **HEAD,
    "summary": dict.fromkeys(
        (
            "create",
            "update",
            "adopt",
            "release",
            "delete",
            "blocked",
            "unchanged",
            "unmanaged",
            "foreign",
        ),
        0,
    ),
    "actions": [],
    **TAIL,
    "warnings": [],
}
FINDINGS: Final[dict[str, Json]] = {
    "blocked": [
        {
            "key": "a",
            "name": "A",
            "id": "1",
            "reason": "name_taken",
            "sentence": "A live task of nobody has this name.",
            "release": "Declare id: 1, or pass --adopt.",
            "source": SOURCE,
        },
        {"key": "b", "name": "", "reason": "newer_stamp", "sentence": "s", "release": "r"},
    ],
    "refusals": [{"code": "max_deletes", "sentence": "s"}],
    "problems": [
        {
            "file": "tasks/a.yaml",
            "line": 1,
            "column": 1,
            "code": "unknown_field",
            "severity": "error",
            "sentence": "s",
            "hint": "h",
            "for_each": "concept_id=cat",
        },
        {"code": "c", "severity": "warning", "sentence": "s"},
    ],
    "warnings": [{"code": "c", "sentence": "s", "key": "a", "id": "1"}],
    "error": {
        "code": "api",
        "sentence": "s",
        "http_status": 401,
        "api_code": 11009,
        "description": "d",
        "details": "",
        "req_id": "r",
    },
}

GOOD_PLANS: Final[dict[str, Json]] = {
    "no changes": PLAN,
    "every action": {
        **PLAN,
        "actions": [
            CREATE,
            UPDATE,
            {**UPDATE, "reason": "stamp_outdated", "changes": []},
            {**CREATE, "action": "adopt", "id": "1", "reason": "id_declared"},
            {**DELETE, "action": "release", "reason": "retained"},
            DELETE,
        ],
    },
    "every finding": {**PLAN, **FINDINGS},
    "no configuration": {**PLAN, "target": None, "owner": None},
    "the key of an app": {
        **PLAN,
        "target": {"name": None, "url": URL, "user_id": None, "app_id": None},
    },
    "a later version": {**PLAN, "format_version": "1.12"},
}

BAD_PLANS: Final[dict[str, Json]] = {
    **{
        f"no {member}": {name: value for name, value in PLAN.items() if name != member}
        for member in PLAN
    },
    "an unknown member": {**PLAN, "note": ""},
    "another version": {**PLAN, "format_version": "2.0"},
    "a version with a line break": {**PLAN, "format_version": "1.0\n"},
    "a negative count": {**PLAN, "summary": {**PLAN["summary"], "create": -1}},
    "a missing count": {**PLAN, "summary": {}},
    "a create with an id": {**PLAN, "actions": [{**CREATE, "id": "1"}]},
    "a create without place": {
        **PLAN,
        "actions": [{name: CREATE[name] for name in CREATE if name != "source"}],
    },
    "a create with its author": {**PLAN, "actions": [{**CREATE, "changed_by": "files"}]},
    "a delete with a place": {**PLAN, "actions": [{**DELETE, "source": SOURCE}]},
    "a delete without id": {
        **PLAN,
        "actions": [{name: DELETE[name] for name in DELETE if name != "id"}],
    },
    "an unknown action": {**PLAN, "actions": [{**UPDATE, "action": "replace"}]},
    "an action with a blocked reason": {**PLAN, "actions": [{**UPDATE, "reason": "name_taken"}]},
    "a blocked action with its reason": {
        **PLAN,
        "blocked": [{**FINDINGS["blocked"][1], "reason": "differs"}],
    },
    "a change of nothing": {**PLAN, "actions": [{**UPDATE, "changes": [{"path": []}]}]},
    "line 0": {**PLAN, "actions": [{**UPDATE, "source": {**SOURCE, "line": 0}}]},
    "an unknown severity": {
        **PLAN,
        "problems": [{"code": "c", "severity": "info", "sentence": "s"}],
    },
    "an error without sentence": {**PLAN, "error": {"code": "api"}},
}

RESULT: Final[dict[str, Json]] = {
    "action": "update",
    "key": "annotate-cat",
    "name": "Annotate cat",
    "id": "c37aed15",
    "source": SOURCE,
    "outcome": "done",
    "error": None,
    "warnings": [{"code": "not_kept", "sentence": "s"}],
}
API_ERROR: Final[dict[str, Json]] = {
    "http_status": 400,
    "code": 11102,
    "description": "Invalid request",
    "details": "d",
    "req_id": "r",
}
REPORT: Final[dict[str, Json]] = {
    **HEAD,
    "outcome": "complete",
    "summary": dict.fromkeys(
        (
            "created",
            "updated",
            "adopted",
            "released",
            "deleted",
            "failed",
            "not_attempted",
            "unknown",
            "blocked",
        ),
        0,
    ),
    "results": [],
    **TAIL,
}

GOOD_REPORTS: Final[dict[str, Json]] = {
    "nothing to do": REPORT,
    "every outcome": {
        **REPORT,
        "outcome": "incomplete",
        "results": [
            RESULT,
            {**RESULT, "outcome": "failed", "error": API_ERROR},
            {**RESULT, "outcome": "unknown", "error": dict.fromkeys(API_ERROR)},
            {**RESULT, "outcome": "not_attempted", "id": None, "source": None},
            {name: RESULT[name] for name in RESULT if name not in {"id", "source"}},
        ],
    },
    "every finding": {**REPORT, **FINDINGS, "outcome": "refused"},
    "no configuration": {**REPORT, "target": None, "owner": None, "outcome": "failed"},
}

BAD_REPORTS: Final[dict[str, Json]] = {
    **{
        f"no {member}": {name: value for name, value in REPORT.items() if name != member}
        for member in REPORT
    },
    "the actions of a plan": {**REPORT, "actions": []},
    "an unknown outcome": {**REPORT, "outcome": "done"},
    "an unknown outcome of an action": {**REPORT, "results": [{**RESULT, "outcome": "ok"}]},
    "a code that is text": {
        **REPORT,
        "results": [{**RESULT, "error": {**API_ERROR, "code": "TASK_CONFLICT"}}],
    },
    "half an error": {**REPORT, "results": [{**RESULT, "error": {"code": 1}}]},
    "an empty id": {**REPORT, "results": [{**RESULT, "id": ""}]},
}

# The bodies of the API documentation's own requests, without `id` and `action`.


def documented_body(worker: Json, review: Json, **more: Json) -> Json:
    return {
        "type": "CONCEPTS_CLASSIFICATION",
        "name": "Annotate {{concept_id}}",
        "worker": worker,
        "concept_ids": ["{{concept_id}}"],
        "input_source": {"type": "ALL_INPUTS"},
        "sample_ms": 1000,
        "review": review,
        **more,
    }


def documented_shares(**weights: int) -> Json:
    return {
        "strategy": "PARTITIONED",
        "user_ids": [f"{{{{{user}}}}}" for user in weights],
        "partitioned_strategy_info": {
            "type": "WEIGHTED",
            "workers_per_input": 1,
            "weights": {f"{{{{{user}}}}}": weight for user, weight in weights.items()},
        },
    }


def documented_consensus(reviewer: str) -> Json:
    return {
        "strategy": "CONSENSUS",
        "consensus_strategy_info": {"approval_threshold": 2},
        "user_ids": [reviewer],
    }


DOCUMENTED: Final[dict[str, Json]] = {
    "create for nobody": documented_body({"strategy": "FULL"}, {"strategy": "NONE"}),
    "create with manual review": documented_body(
        {"strategy": "FULL", "user_ids": ["{{worker_user_id}}"]},
        {
            "strategy": "MANUAL",
            "manual_strategy_info": {"sample_percentage": 0.5},
            "user_ids": ["{{reviewer_user_id}}"],
        },
    ),
    "create partitioned": documented_body(
        documented_shares(user_id1=90, user_id2=10), {"strategy": "NONE"}
    ),
    "create with consensus": documented_body(
        documented_shares(user_id1=1, user_id2=1, user_id3=1), documented_consensus("{{user_id4}}")
    ),
    "overwrite": documented_body(
        documented_shares(user_id1=1, user_id2=1),
        documented_consensus("{{user_id3}}"),
        status={"code": "TASK_DONE"},
    ),
}

GOOD: Final = [
    pytest.param(name, document, id=f"{name}: {case}")
    for name, documents in (
        ("task", GOOD_TASKS),
        ("settings", GOOD_SETTINGS),
        ("tasks", GOOD_FILES),
        ("config", GOOD_CONFIGS),
        ("plan", GOOD_PLANS),
        ("report", GOOD_REPORTS),
    )
    for case, document in documents.items()
]
BAD: Final = [
    pytest.param(name, document, id=f"{name}: {case}")
    for name, documents in (
        ("task", BAD_TASKS),
        ("settings", BAD_SETTINGS),
        ("tasks", BAD_FILES),
        ("config", BAD_CONFIGS),
        ("plan", BAD_PLANS),
        ("report", BAD_REPORTS),
    )
    for case, document in documents.items()
]
TASKS: Final = [pytest.param(body, id=case) for case, body in EVERYTHING.items()]


# ---- The schemas themselves ----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_against_its_metaschema(name: str) -> None:
    schema = load(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema_rs.meta.is_valid(schema)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_stands_alone(name: str) -> None:
    """Nothing has an address that an editor or a validator could want to fetch."""
    for node in nodes(load(name)):
        assert not node.keys() & {"$id", "$anchor", "$dynamicRef"}
        assert str(node.get("$ref", "#")).startswith("#")


@pytest.mark.parametrize("name", NAMES)
def test_every_definition_is_used(name: str) -> None:
    schema = load(name)
    used = {str(node["$ref"]).split("/")[2] for node in nodes(schema) if "$ref" in node}
    assert used == set(schema["$defs"])


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_described(name: str) -> None:
    """The schemas are the reference documentation: each property and definition says itself."""
    schema = load(name)
    named = [schema, *schema["$defs"].values()]
    named += [
        member if set(member) != {"$ref"} else follow(schema, member)
        for node in nodes(schema)
        if node.get("additionalProperties") is False
        for member in node.get("properties", {}).values()
    ]
    for node in named:
        assert node.get("title"), node
        assert re.search(r"[.]$", str(node.get("description", ""))), node


@pytest.mark.parametrize("name", NAMES)
def test_every_message_is_closed(name: str) -> None:
    for node in nodes(load(name)):
        if "properties" in node and "title" in node:
            assert node["additionalProperties"] is False, node["title"]


def test_plan_and_report_agree_on_what_they_share() -> None:
    plan, report = load("plan"), load("report")
    own = {"plan_summary", "report_summary", "action", "change", "result", "api_error"}
    assert set(plan["$defs"]) ^ set(report["$defs"]) == own
    for name in set(plan["$defs"]) - own:
        assert plan["$defs"][name] == report["$defs"][name]


@pytest.mark.parametrize(("name", "document"), GOOD)
def test_both_engines_accept(name: str, document: Json) -> None:
    assert verdict(name, document)


@pytest.mark.parametrize(("name", "document"), BAD)
def test_both_engines_refuse(name: str, document: Json) -> None:
    assert not verdict(name, document)


# ---- The file form -------------------------------------------------------------------------


def run_generator(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, folder / "generate.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_generated_schema_is_up_to_date() -> None:
    result = run_generator(SCHEMAS, "--check")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_generator_notices_and_mends_an_outdated_schema(tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tasks.schema.json").write_text("{}", encoding="utf-8")
    outdated = run_generator(folder, "--check")
    assert outdated.returncode == 1
    assert "python schemas/generate.py" in outdated.stderr
    assert run_generator(folder).returncode == 0
    assert (folder / "tasks.schema.json").read_bytes() == (
        SCHEMAS / "tasks.schema.json"
    ).read_bytes()


def test_generating_leaves_its_source_alone() -> None:
    task, settings = load("task"), load("settings")
    before = copy.deepcopy((task, settings))
    file_schema = runpy.run_path(str(SCHEMAS / "generate.py"))["file_schema"]
    assert file_schema(task, settings) == load("tasks")
    assert (task, settings) == before


@pytest.mark.parametrize("body", TASKS)
def test_a_task_is_a_file_of_one(body: Json) -> None:
    assert verdict("tasks", in_file(body))
    assert verdict("tasks", {"tasks": [body]})
    assert verdict("tasks", {"defaults": body, "tasks": {"key": {}}})


@pytest.mark.parametrize("body", TASKS)
def test_a_placeholder_may_stand_for_every_value(body: Json) -> None:
    for path in paths(body):
        assert verdict("tasks", in_file(replaced(body, path, PLACEHOLDER))), path


@pytest.mark.parametrize("body", TASKS)
def test_other_text_may_stand_for_text_only(body: Json) -> None:
    for path in paths(body):
        if path[0] != "metadata" and not isinstance(value_at(body, path), str):
            assert not verdict("tasks", in_file(replaced(body, path, "text"))), path
    assert not verdict("tasks", in_file({"metadata": "text"}))


@pytest.mark.parametrize("body", TASKS)
def test_null_removes_what_defaults_can_give(body: Json) -> None:
    """Defaults give members of mappings, but lists are replaced whole."""
    for path in paths(body):
        if path[0] != "metadata":
            in_list = any(isinstance(step, int) for step in path)
            assert verdict("tasks", in_file(replaced(body, path, None))) != in_list, path


@pytest.mark.parametrize("body", TASKS)
def test_defaults_can_give_every_member(body: Json) -> None:
    for path in paths(body):
        if not any(isinstance(step, int) for step in path):
            assert verdict("tasks", in_file(without(body, path))), path


@pytest.mark.parametrize("body", [pytest.param(body, id=case) for case, body in DOCUMENTED.items()])
def test_the_documented_requests_can_be_pasted(body: Json) -> None:
    assert verdict("tasks", in_file(body))
    assert verdict("tasks", {"tasks": [body]})
    filled = re.sub(r"{{(\w+)}}", r"\1", json.dumps(body))
    assert "{{" not in filled
    assert verdict("task", json.loads(filled))


# ---- The API's own description -------------------------------------------------------------

SERVER_ONLY: Final = {
    "id": "made by the server; a file names a live task in another way",
    "created_at": "written by the server",
    "modified_at": "written by the server",
    "app_id": "follows from the target",
    "user_id": "follows from the target",
    "label_order_id": "such a task belongs to its label order",
    "metrics": "measured by the server",
}

NAMED_ONLY: Final = {
    "User": {"id"},
    "Model": {"id", "user_id", "app_id", "model_version"},
    "ModelVersion": {"id"},
    "Workflow": {"id", "user_id", "app_id", "version"},
    "WorkflowVersion": {"id"},
    "Nodepool": {"id", "compute_cluster"},
    "ComputeCluster": {"id", "user_id"},
    "Runner": {"id", "nodepool"},
    "Deployment": {"id", "user_id"},
    "Concept": {"id", "name", "value", "user_id", "app_id"},
    "Status": {"code"},
}
"""What a task only points at: the members that say which one, or, for a concept, what of it."""

STATUSES: Final = {
    "Task.status.code": {"TASK_DONE", "TASK_WONT_DO"},  # the other states are the work's
    "Task.concepts.auto_annotation_config.status_code": {  # the states of an annotation
        "ANNOTATION_SUCCESS",
        "ANNOTATION_PENDING",
        "ANNOTATION_FAILED",
        "ANNOTATION_AWAITING_REVIEW",
        "ANNOTATION_REVIEW_DENIED",
        "ANNOTATION_AWAITING_CONSENSUS_REVIEW",
    },
}

SCALARS: Final = {
    "string": {"TYPE_STRING"},
    "integer": {"TYPE_INT32", "TYPE_UINT32"},
    "number": {"TYPE_FLOAT"},
    "boolean": {"TYPE_BOOL"},
}


@pytest.fixture(scope="module")
def api() -> Any:
    """Return what the official client knows about the API's messages."""
    return pytest.importorskip("clarifai_grpc.grpc.api.resources_pb2")


def test_the_task_has_exactly_the_writable_fields_of_the_api(api: Any) -> None:
    compare_message("Task", load("task"), api.Task.DESCRIPTOR)


@pytest.mark.parametrize("body", [pytest.param(body, id=case) for case, body in GOOD_TASKS.items()])
def test_the_official_client_reads_what_is_accepted(api: Any, body: Json) -> None:
    """The values are the API's too: each accepted task is a Task in the JSON of protobuf."""
    json_format = pytest.importorskip("google.protobuf.json_format")
    json_format.ParseDict(body, api.Task())


def compare_message(path: str, schema: Json, descriptor: Any) -> None:
    fields = {field.name: field for field in descriptor.fields}
    expected = set(fields) & NAMED_ONLY.get(descriptor.name, set(fields))
    if path == "Task":
        assert set(SERVER_ONLY) < expected
        expected -= set(SERVER_ONLY)
    assert set(schema["properties"]) == expected, path
    for name in expected:
        compare_field(f"{path}.{name}", schema["properties"][name], fields[name])


def compare_field(path: str, schema: Json, field: Any) -> None:
    schema = follow(load("task"), schema)
    if is_repeated(field):
        assert schema["type"] == "array", path
        schema = follow(load("task"), schema["items"])
    if field.enum_type is not None:
        compare_enum(path, set(schema["enum"]), field.enum_type)
    elif field.message_type is None:
        compare_scalar(path, schema, field)
    elif field.message_type.name == "Struct":
        assert schema["type"] == "object", path
        assert "properties" not in schema, path
    else:
        compare_message(path, schema, field.message_type)


def compare_enum(path: str, accepted: set[Step], enum_type: Any) -> None:
    numbers = {value.name: value.number for value in enum_type.values}
    if path in STATUSES:
        names = STATUSES[path]
        assert accepted == names | {numbers[name] for name in names}, path
        return
    # Number 0 says that nothing is set. Only as the type of a task does that mean something:
    # a model or a workflow annotates.
    unset = {name for name, number in numbers.items() if number == 0} - {"TYPE_NOT_SET"}
    assert accepted == set(numbers) - unset, path


def compare_scalar(path: str, schema: Json, field: Any) -> None:
    kinds = {getattr(field, kind): kind for kind in set().union(*SCALARS.values())}
    kind = kinds[field.type]
    if "enum" in schema:
        assert kind == "TYPE_INT32", path
        assert all(isinstance(value, int) for value in schema["enum"]), path
        return
    assert kind in SCALARS[schema["type"]], path
    if schema["type"] == "integer":
        lowest, highest = (-(2**31), 2**31 - 1) if kind == "TYPE_INT32" else (0, 2**32 - 1)
        assert lowest <= schema["minimum"] <= schema["maximum"] <= highest, path


def is_repeated(field: Any) -> bool:
    # Newer versions of protobuf warn about `label`, older ones have nothing else.
    if hasattr(type(field), "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)


def test_every_field_can_be_left_alone() -> None:
    assert set(load("settings")["$defs"]["field"]["enum"]) == set(load("task")["properties"])


def test_the_examples_use_every_field() -> None:
    """What is tested with every field of the examples is tested with every field there is."""
    schema = load("task")
    declared = set(declared_members(schema, schema))
    used = {
        tuple(step for step in path if isinstance(step, str))
        for body in EVERYTHING.values()
        for path in paths(body)
    }
    assert declared <= used


def declared_members(
    schema: Json, node: Json, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    node = follow(schema, node)
    for name, member in node.get("properties", {}).items():
        yield (*path, name)
        yield from declared_members(schema, member, (*path, name))
    if "items" in node:
        yield from declared_members(schema, node["items"], path)


# ---- Walking -------------------------------------------------------------------------------


def nodes(node: Json) -> Iterator[dict[str, Any]]:
    """Yield *node* and every mapping below it that is a schema or holds schemas."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def follow(schema: Json, node: Json) -> Json:
    """Return what *node* refers to, its own words laid over it."""
    while "$ref" in node:
        referred = schema
        for step in node["$ref"].split("/")[1:]:
            referred = referred[step]
        node = referred | {name: value for name, value in node.items() if name != "$ref"}
    return node


def paths(value: Json, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield the path of everything inside *value*."""
    steps: list[Step] = []
    if isinstance(value, dict):
        steps = list(value)
    elif isinstance(value, list):
        steps = list(range(len(value)))
    for step in steps:
        yield (*path, step)
        yield from paths(value[step], (*path, step))


def value_at(value: Json, path: tuple[Step, ...]) -> Json:
    for step in path:
        value = value[step]
    return value


def replaced(value: Json, path: tuple[Step, ...], new: Json) -> Json:
    result = copy.deepcopy(value)
    value_at(result, path[:-1])[path[-1]] = new
    return result


def without(value: Json, path: tuple[Step, ...]) -> Json:
    result = copy.deepcopy(value)
    del value_at(result, path[:-1])[path[-1]]
    return result
