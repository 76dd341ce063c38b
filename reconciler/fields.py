"""What are the fields of a Task? Their names old and new, their kinds, who writes them.

The one table from which canonical form, differences, defaults and payloads follow. Source of
the names, numbers and defaults: the protobuf descriptors and comments of clarifai-grpc 12.6.0.
"""

from __future__ import annotations

from typing import Final

from reconciler.kinds import (
    Condition,
    Float32,
    Form,
    Keyed,
    Member,
    Number,
    OpenMap,
    Ratio,
    Spelling,
    Structure,
    Text,
    Trigger,
    enumeration,
    member,
    message,
)

TASK_TYPE: Final = enumeration(
    "TYPE_NOT_SET", CONCEPTS_CLASSIFICATION=1, BOUNDING_BOX_DETECTION=2, POLYGON_DETECTION=3
)
WORKER_STRATEGY: Final = enumeration("WORKER_STRATEGY_NOT_SET", PARTITIONED=2, FULL=3, DYNAMIC=4)
WORKER_TYPE: Final = enumeration("WORKER_TYPE_NOT_SET", WORKER_HUMAN=1, WORKER_AUTO=2)
PARTITION_TYPE: Final = enumeration("PARTITIONED_WORKER_STRATEGY_NOT_SET", EVENLY=1, WEIGHTED=2)
SOURCE_TYPE: Final = enumeration(
    "INPUT_SOURCE_TYPE_NOT_SET", ALL_INPUTS=1, SAVED_SEARCH=2, DATASET=3, INPUT=4
)
REVIEW_STRATEGY: Final = enumeration("TASK_REVIEW_STRATEGY_NOT_SET", NONE=1, MANUAL=2, CONSENSUS=3)
PRIORITY: Final = enumeration("TASK_PRIORITY_NOT_SET", LOW=1, MEDIUM=2, HIGH=3)
GETTABLE: Final = enumeration("UNKNOWN_VISIBILITY", PRIVATE=10, ORG=30, PUBLIC=50)
STATUS_CODE: Final = enumeration(
    "ZERO",
    TASK_IN_PROGRESS=54001,
    TASK_DONE=54002,
    TASK_WONT_DO=54003,
    TASK_FAILED=54005,
    TASK_IDLE=54006,
)
ANNOTATION_STATUS: Final = enumeration(
    "ZERO",
    ANNOTATION_SUCCESS=24150,
    ANNOTATION_PENDING=24151,
    ANNOTATION_FAILED=24152,
    ANNOTATION_AWAITING_REVIEW=24157,
    ANNOTATION_REVIEW_DENIED=24158,
    ANNOTATION_AWAITING_CONSENSUS_REVIEW=24159,
)

POINT_VISIBILITY: Final = enumeration("NOT_SET", VISIBLE=1, NOT_VISIBLE=2, NOT_PRESENT=3)

SENT_BACK_STATUSES: Final = frozenset({"TASK_IN_PROGRESS", "TASK_DONE", "TASK_WONT_DO"})
"""The states that a caller may set; the others are the server's own."""

_PARTITION: Final = message(
    member(PARTITION_TYPE, "type"),
    # Sent as 0 or left out it may come back as 1: one worker for each input.
    member(Number(default=1), "workers_per_input"),
    member(Ratio(), "weights", only_with=Condition("type", frozenset({"WEIGHTED"}))),
)

_OWNED: Final = (member(Text(), "app_id"), member(Text(), "user_id"))
_WORKER_ELEMENT: Final = message(
    *_OWNED,
    # A model's version that the file leaves open is pinned by the server.
    Member("version", Text(), (Spelling(("model_version", "id")), Spelling(("version", "id")))),
)

_CONCEPT_ELEMENT: Final = message(
    *_OWNED,
    member(Text(), "name"),
    member(
        message(
            member(Number(), "annotation_data_types"),
            member(Structure(), "threshold_range"),
            member(ANNOTATION_STATUS, "status_code"),
            member(Structure(), "time_of_day_range"),
            member(Structure({"visibility": POINT_VISIBILITY}), "polygon"),
        ),
        "auto_annotation_config",
        defaulted=True,
    ),
)

_WORKER: Final = message(
    member(WORKER_STRATEGY, "strategy"),
    member(WORKER_TYPE, "type"),
    member(
        Keyed(_WORKER_ELEMENT),
        ("workers", Form.WORKERS),
        ("users", Form.OBJECTS),
        ("user_ids", Form.IDS),
        defaulted=True,
    ),
    member(
        _PARTITION,
        "partitioned_strategy_info",
        only_with=Condition("strategy", frozenset({"PARTITIONED"})),
    ),
    member(Structure(), "runner_selectors"),
    # Proto comment: index-aligned with workers.
    aligned={"runner_selectors": "workers"},
)

_REVIEW: Final = message(
    member(REVIEW_STRATEGY, "strategy"),
    member(Keyed(message()), ("users", Form.OBJECTS), ("user_ids", Form.IDS), defaulted=True),
    member(
        Number(),
        "consensus_strategy_info.approval_threshold_labelers",
        "consensus_strategy_info.approval_threshold",
        defaulted=True,
        only_with=Condition("strategy", frozenset({"CONSENSUS"})),
    ),
    member(
        Number(default=1),
        "consensus_strategy_info.approval_threshold_reviewers",
        "manual_strategy_info.approval_threshold",
        defaulted=True,
        only_with=Condition("strategy", frozenset({"MANUAL", "CONSENSUS"})),
    ),
    arms={
        "manual_strategy_info": Condition("strategy", frozenset({"MANUAL"})),
        "consensus_strategy_info": Condition("strategy", frozenset({"CONSENSUS"})),
    },
)

TASK: Final = message(
    member(Text(), "name"),
    member(TASK_TYPE, "type"),
    member(Text(), "description"),
    member(_WORKER, "worker"),
    member(Keyed(_CONCEPT_ELEMENT), ("concepts", Form.CONCEPTS), ("concept_ids", Form.IDS)),
    member(
        message(
            member(SOURCE_TYPE, "type"),
            member(
                Text(),
                "id",
                defaulted=True,
                only_with=Condition("type", frozenset({"SAVED_SEARCH", "DATASET", "INPUT"})),
            ),
        ),
        "input_source",
    ),
    member(Number(), "sample_ms"),
    member(
        message(
            member(Text(), "workflow.id", "workflow_id"),
            member(Text(), "workflow.user_id"),
            member(Text(), "workflow.app_id"),
            member(Text(), "workflow.version.id"),
        ),
        "ai_assistant",
    ),
    member(_REVIEW, "review"),
    member(message(member(STATUS_CODE, "code"), ignored="description details"), "status"),
    member(
        message(
            member(Float32(), "min_threshold"),
            member(Float32(), "max_threshold"),
            member(Keyed(message()), ("concept_relation_ids", Form.IDS)),
        ),
        "ai_assist_params",
    ),
    member(message(member(GETTABLE, "gettable")), "visibility"),
    member(PRIORITY, "priority"),
    member(OpenMap(), "metadata"),
    member(Trigger(), "delete_previous_annotations"),
    ignored="id created_at modified_at app_id user_id label_order_id metrics",
)
"""The Task itself. What the file leaves out at this level is left as it is live."""

DELETING_FIELDS: Final = frozenset({"concepts", "worker", "input_source"})
"""A change of one of these re-runs an auto-annotation task: the trigger is sent with it."""
