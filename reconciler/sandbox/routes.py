"""Which calls of the API the sandbox answers, under which paths."""

from dataclasses import dataclass

from .annotation_calls import (
    list_annotations,
    patch_annotations,
    patch_statuses,
    post_annotations,
)
from .assignment_calls import count_annotations, count_assignments, list_next, put_assignments
from .batch import Answer, change_in_parts, drop_in_parts
from .task_calls import delete_tasks, get_task, list_tasks, patch_tasks, post_tasks
from .thing_calls import (
    count_inputs,
    get_input,
    list_concepts,
    list_dataset_inputs,
    list_datasets,
    list_inputs,
    post_concepts,
    post_dataset_inputs,
    post_datasets,
    post_inputs,
)


@dataclass(frozen=True, slots=True)
class Route:
    """A call of the API: its published name, its method, and its path below an app's.

    `many` names the list that an answer shows even when it is empty, beside an error too.
    All calls but those that are not `short` are answered below /v2 as well.
    """

    name: str
    method: str
    path: str
    answer: Answer
    many: str = ""
    short: bool = True


ROUTES = (
    Route("PostTasks", "POST", "/tasks", change_in_parts(post_tasks), many="tasks"),
    Route("ListTasks", "GET", "/tasks", list_tasks, many="tasks"),
    Route("PatchTasks", "PATCH", "/tasks", change_in_parts(patch_tasks), many="tasks"),
    Route("DeleteTasks", "DELETE", "/tasks", drop_in_parts(delete_tasks)),
    Route("GetTask", "GET", "/tasks/<task_id>", get_task),
    Route("PostInputs", "POST", "/inputs", post_inputs, many="inputs"),
    Route("ListInputs", "GET", "/inputs", list_inputs, many="inputs"),
    Route("GetInput", "GET", "/inputs/<input_id>", get_input),
    Route("GetInputCount", "GET", "/inputs/status", count_inputs),
    Route("PostDatasets", "POST", "/datasets", post_datasets, many="datasets"),
    Route("ListDatasets", "GET", "/datasets", list_datasets, many="datasets"),
    Route(
        "PostDatasetInputs",
        "POST",
        "/datasets/<dataset_id>/inputs",
        post_dataset_inputs,
        many="dataset_inputs",
    ),
    Route(
        "ListDatasetInputs",
        "GET",
        "/datasets/<dataset_id>/inputs",
        list_dataset_inputs,
        many="dataset_inputs",
    ),
    Route("PostConcepts", "POST", "/concepts", post_concepts, many="concepts"),
    Route("ListConcepts", "GET", "/concepts", list_concepts, many="concepts"),
    Route("PostAnnotations", "POST", "/annotations", post_annotations, many="annotations"),
    Route("ListAnnotations", "GET", "/annotations", list_annotations, many="annotations"),
    Route("PatchAnnotations", "PATCH", "/annotations", patch_annotations, many="annotations"),
    Route(
        "PatchAnnotationsStatus",
        "PATCH",
        "/task/<task_id>/annotations/status",
        patch_statuses,
        short=False,
    ),
    Route("GetTaskAnnotationCount", "GET", "/tasks/<task_id>/annotations/count", count_annotations),
    Route("GetTaskInputCount", "GET", "/tasks/<task_id>/inputs/count", count_assignments),
    Route(
        "ListNextTaskAssignments",
        "GET",
        "/tasks/<task_id>/assignments",
        list_next,
        many="inputs",
    ),
    Route(
        "PutTaskAssignments",
        "PUT",
        "/tasks/<task_id>/assignments",
        put_assignments,
        many="task_assignments",
        short=False,
    ),
)
