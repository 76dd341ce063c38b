"""Which members a request has, and of what kind each is.

The names, kinds and numbers are documented in the API's published message definitions. Three
choices are not. Members that only the server fills are accepted and ignored, because people send
back what they read (inferred). What the documentation of tasks does not spell out (runner
selectors, and all but the identity of models and workflows) is kept as sent, unchecked (unknown).
And POST takes a task's label order, because no label orders are emulated that would set it.
"""

from .enums import (
    ANNOTATION_STATUS,
    ASSIGNMENT_ACTION,
    GETTABLE,
    PARTITION_TYPE,
    POINT_VISIBILITY,
    PRIORITY,
    REVIEW_STRATEGY,
    SOURCE_TYPE,
    TASK_STATUS,
    TASK_TYPE,
    WORKER_STRATEGY,
    WORKER_TYPE,
)
from .kinds import Flag, Ignored, Kind, Many, Message, Open, Real, Struct, Text, Whole

_TEXT, _FLAG, _REAL, _OPEN, _IGNORED = Text(), Flag(), Real(), Open(), Ignored()
_TEXTS = Many(_TEXT)
_INT32 = Whole(-(2**31), 2**31 - 1)
_UINT32 = Whole(0, 2**32 - 1)


def _each(names: str, kind: Kind) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


USER = Message(
    {"id": _TEXT}
    | _each(
        "primary_email first_name last_name company_name job_title job_role intention"
        " referral_source bill_type created_at date_gdpr_consent date_tos_consent"
        " date_marketing_consent date_pii_consent metadata email_addresses"
        " two_factor_auth_enabled teams_count is_starred star_count visibility user_detail image",
        _IGNORED,
    )
)
MODEL = Message(
    _each("id app_id user_id", _TEXT)
    | _each("created_at modified_at is_starred star_count bookmark_origin version_count", _IGNORED)
    | _each(
        "name output_info model_version display_name default_eval_info model_type_id task"
        " visibility description metadata presets notes toolkits use_cases languages"
        " languages_full check_consents workflow_recommended image license_type source creator"
        " billing_type featured_order deploy_restriction replica_count open_router_info",
        _OPEN,
    )
)
WORKFLOW = Message(
    _each("id app_id user_id", _TEXT)
    | _each("created_at modified_at is_starred star_count bookmark_origin", _IGNORED)
    | _each(
        "nodes metadata visibility version description notes use_cases check_consents image",
        _OPEN,
    )
)
CONCEPT = Message(
    _each("id name app_id user_id language", _TEXT)
    | {"value": Real(shows_zero=True)}
    | _each(
        "created_at definition vocab_id visibility keypoint_info extra_info metadata image",
        _IGNORED,
    )
)
_TIME_OF_DAY = Message(_each("hours minutes seconds nanos", _INT32))
_POINT = Message(
    _each("row col", Real(shows_zero=True)) | {"z": _REAL, "visibility": POINT_VISIBILITY}
)
AUTO_ANNOTATION = Message(
    {
        "annotation_data_types": _UINT32,
        "threshold_range": Message(
            _each("is_lower_inclusive is_upper_inclusive", _FLAG) | _each("lower upper", _REAL)
        ),
        "status_code": ANNOTATION_STATUS,
        "time_of_day_range": Message(
            _each("start end", _TIME_OF_DAY) | _each("is_start_inclusive is_end_inclusive", _FLAG)
        ),
        "polygon": Message({"points": Many(_POINT)}),
    }
)
_WORKER = Message(
    {"user": USER, "model": MODEL, "workflow": WORKFLOW}, one_of=("user", "model", "workflow")
)
WORKER = Message(
    {
        "strategy": WORKER_STRATEGY,
        "type": WORKER_TYPE,
        "partitioned_strategy_info": Message(
            {"type": PARTITION_TYPE, "workers_per_input": _INT32, "weights": Struct()}
        ),
        "user_ids": _TEXTS,
        "users": Many(USER),
        "workers": Many(_WORKER),
        "runner_selectors": Many(Message(_each("nodepool runner deployment", _OPEN))),
    }
)
REVIEW = Message(
    {
        "strategy": REVIEW_STRATEGY,
        "user_ids": _TEXTS,
        "users": Many(USER),
        "manual_strategy_info": Message({"sample_percentage": _REAL, "approval_threshold": _INT32}),
        "consensus_strategy_info": Message(
            {
                "approval_threshold": _UINT32,
                "approval_threshold_labelers": _UINT32,
                "approval_threshold_reviewers": _INT32,
            }
        ),
    },
    one_of=("manual_strategy_info", "consensus_strategy_info"),
)
_STATUS_REST = (
    "description details stack_trace percent_completed time_remaining req_id internal_details"
    " redirect_info developer_notes http_status_code"
)
STATUS = Message({"code": TASK_STATUS} | _each(_STATUS_REST, _IGNORED))
TASK = Message(
    _each("created_at modified_at user_id app_id metrics", _IGNORED)
    | {
        "id": _TEXT,
        "label_order_id": _TEXT,
        "type": TASK_TYPE,
        "name": _TEXT,
        "description": _TEXT,
        "worker": WORKER,
        "concept_ids": _TEXTS,
        "concepts": Many(Message({"concept": CONCEPT, "auto_annotation_config": AUTO_ANNOTATION})),
        "input_source": Message({"type": SOURCE_TYPE, "id": _TEXT}),
        "sample_ms": _UINT32,
        "ai_assistant": Message({"workflow_id": _TEXT, "workflow": WORKFLOW}),
        "ai_assist_params": Message(
            _each("min_threshold max_threshold", _REAL) | {"concept_relation_ids": _TEXTS}
        ),
        "review": REVIEW,
        "status": STATUS,
        "visibility": Message({"gettable": GETTABLE}),
        "priority": PRIORITY,
        "metadata": Struct(),
        "delete_previous_annotations": _FLAG,
    }
)

POST_BODY = Message({"tasks": Many(TASK), "user_app_id": _IGNORED})
PATCH_BODY = Message({"tasks": Many(TASK), "user_app_id": _IGNORED, "action": _TEXT})
DELETE_BODY = Message({"ids": _TEXTS, "user_app_id": _IGNORED})

INPUT = Message(
    _each("id", _TEXT)
    | {"data": Struct(), "dataset_ids": _TEXTS}
    | _each("created_at modified_at status settings", _IGNORED)
)
DATASET = Message(
    _each("id description notes", _TEXT)
    | {"metadata": Struct(), "visibility": Message({"gettable": GETTABLE})}
    | _each(
        "created_at modified_at app_id user_id default_annotation_filter default_processing_info"
        " version is_starred star_count bookmark_origin image",
        _IGNORED,
    )
)
ANNOTATION = Message(
    _each("id input_id task_id", _TEXT)
    | {
        "data": Struct(),
        "annotation_info": Struct(),
        "status": Message({"code": ANNOTATION_STATUS} | _each(_STATUS_REST, _IGNORED)),
    }
    | _each(
        "user_id model_version_id embed_model_version_id created_at modified_at trusted"
        " input_level consensus_info worker",
        _IGNORED,
    )
)
POST_INPUTS = Message(
    {"inputs": Many(INPUT)}
    | _each("user_app_id inputs_add_job_id input_id_conflict_resolution", _IGNORED)
)
POST_DATASETS = Message({"datasets": Many(DATASET), "user_app_id": _IGNORED})
POST_DATASET_INPUTS = Message(
    {"dataset_inputs": Many(Message({"input": INPUT, "created_at": _IGNORED}))}
    | _each("user_app_id dataset_id search", _IGNORED)
)
POST_CONCEPTS = Message({"concepts": Many(CONCEPT), "user_app_id": _IGNORED})
POST_ANNOTATIONS = Message({"annotations": Many(ANNOTATION), "user_app_id": _IGNORED})
PATCH_ANNOTATIONS = Message(
    _each("user_app_id delete_if_empty_data", _IGNORED)
    | {"annotations": Many(ANNOTATION), "action": _TEXT}
)
PATCH_ANNOTATIONS_STATUS = Message(
    _each("user_app_id task_id", _IGNORED)
    | {
        "user_ids": _TEXTS,
        "status_codes": Many(ANNOTATION_STATUS),
        "status_code": ANNOTATION_STATUS,
        "action": _TEXT,
    }
)
_WORKERS = Many(_WORKER)
_ASSIGNMENTS = Many(
    Message(
        _each("created_at modified_at status", _IGNORED)
        | {"id": _TEXT, "worker": _WORKER, "input": INPUT}
    )
)
_REVIEW_CONFIG = Message({"task_assignments": _ASSIGNMENTS, "workers": _WORKERS})
_CONFIGS: dict[str, Kind] = {
    "label_submit_config": Message({"task_assignments": _ASSIGNMENTS}),
    "review_start_config": Message({"workers": _WORKERS}),
    "review_approve_config": _REVIEW_CONFIG,
    "review_request_changes_config": _REVIEW_CONFIG,
    "review_reject_config": _REVIEW_CONFIG,
}
PUT_ASSIGNMENTS = Message(
    _each("user_app_id task_id", _IGNORED)
    | {"input_id": _TEXT, "action": ASSIGNMENT_ACTION}
    | _CONFIGS,
    one_of=tuple(_CONFIGS),
)
