"""Which names and numbers the API's enums have.

All are documented. 0 is "not set" in each, and an absent member is 0.
"""

from .kinds import Choice

TASK_TYPE = Choice(
    {
        "TYPE_NOT_SET": 0,
        "CONCEPTS_CLASSIFICATION": 1,
        "BOUNDING_BOX_DETECTION": 2,
        "POLYGON_DETECTION": 3,
    }
)
PRIORITY = Choice({"TASK_PRIORITY_NOT_SET": 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3})
GETTABLE = Choice({"UNKNOWN_VISIBILITY": 0, "PRIVATE": 10, "ORG": 30, "PUBLIC": 50})
WORKER_STRATEGY = Choice(
    {"WORKER_STRATEGY_NOT_SET": 0, "PARTITIONED": 2, "FULL": 3, "DYNAMIC": 4}  # 1 is reserved
)
WORKER_TYPE = Choice({"WORKER_TYPE_NOT_SET": 0, "WORKER_HUMAN": 1, "WORKER_AUTO": 2})
PARTITION_TYPE = Choice({"PARTITIONED_WORKER_STRATEGY_NOT_SET": 0, "EVENLY": 1, "WEIGHTED": 2})
SOURCE_TYPE = Choice(
    {
        "INPUT_SOURCE_TYPE_NOT_SET": 0,
        "ALL_INPUTS": 1,
        "SAVED_SEARCH": 2,
        "DATASET": 3,
        "INPUT": 4,
    }
)
REVIEW_STRATEGY = Choice(
    {"TASK_REVIEW_STRATEGY_NOT_SET": 0, "NONE": 1, "MANUAL": 2, "CONSENSUS": 3}
)
POINT_VISIBILITY = Choice({"NOT_SET": 0, "VISIBLE": 1, "NOT_VISIBLE": 2, "NOT_PRESENT": 3})
TASK_STATUS = Choice(
    {
        "ZERO": 0,
        "TASK_IN_PROGRESS": 54001,
        "TASK_DONE": 54002,
        "TASK_WONT_DO": 54003,
        "TASK_FAILED": 54005,
        "TASK_IDLE": 54006,
    }
)
# Of the API's some 400 statuses those that an annotation can be given.
ANNOTATION_STATUS = Choice(
    {
        "ZERO": 0,
        "ANNOTATION_SUCCESS": 24150,
        "ANNOTATION_PENDING": 24151,
        "ANNOTATION_FAILED": 24152,
        "ANNOTATION_UNKNOWN_STATUS": 24154,
        "ANNOTATION_INVALID_ARGUMENT": 24155,
        "ANNOTATION_PERMISSION_DENIED": 24156,
        "ANNOTATION_AWAITING_REVIEW": 24157,
        "ANNOTATION_REVIEW_DENIED": 24158,
        "ANNOTATION_AWAITING_CONSENSUS_REVIEW": 24159,
    }
)
ASSIGNMENT_ACTION = Choice(
    {
        "PUT_TASK_ASSIGNMENTS_REQUEST_ACTION_NOT_SET": 0,
        "LABEL_START": 1,
        "LABEL_SUBMIT": 2,
        "REVIEW_START": 10,
        "REVIEW_APPROVE": 11,
        "REVIEW_REQUEST_CHANGES": 12,
        "REVIEW_REJECT": 13,
    }
)
