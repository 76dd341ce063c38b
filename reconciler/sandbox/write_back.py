"""How the API writes a task back.

No reply with a task was ever published; replies of its sibling resources were.

- documented: keys are snake_case; a status code is a number; 0, "", false and [] are omitted, set
  but empty objects are `{}`; concept.value, a point's row and col, and a workflow's use_cases and
  check_consents are shown even when empty; floats are the shortest float32 text.
- inferred: enums are numbers; priority MEDIUM, visibility PRIVATE, worker.type, a concept's name,
  app_id, user_id and value 1, a model's app_id, user_id and version are filled in;
  sample_percentage, which is documented as unused, is dropped; the manual approval_threshold
  moves to approval_threshold_reviewers, which is 1 where it is absent.
- unknown: whether deprecated names are written at all, alone or beside today's. So each way is a
  form: `Writes`.
"""

from .classic import write_classic
from .current import write_current
from .enums import TASK_STATUS
from .mirrors import write_mirrors
from .normalise import member
from .options import Writes
from .record import Record, print_time
from .values import JsonObject, print_json

_DESCRIPTIONS = {
    "TASK_IN_PROGRESS": "Task is in progress",
    "TASK_DONE": "Task is done",
    "TASK_WONT_DO": "Task won't be done",
}
_STATUSES: dict[object, JsonObject] = {
    TASK_STATUS.numbers[name]: {"code": TASK_STATUS.numbers[name], "description": description}
    for name, description in _DESCRIPTIONS.items()
}


def print_task(record: Record, writes: Writes) -> str:
    """Return the JSON text of *record* in the form *writes*."""
    return print_json(write_task(record, writes))


def write_task(record: Record, writes: Writes) -> JsonObject:
    """Return *record* as a reply shows it; the record is left as it is."""
    match writes:
        case Writes.CURRENT:
            body = write_current(record)
        case Writes.MIRRORS:
            body = write_mirrors(record)
        case Writes.CLASSIC:
            body = write_classic(record)
    head: JsonObject = {
        "id": record.id,
        "created_at": print_time(record.created_at),
        "modified_at": print_time(record.modified_at),
        "user_id": record.app.user_id,
        "app_id": record.app.app_id,
    }
    if record.label_order_id:
        head["label_order_id"] = record.label_order_id
    return head | body | {"status": _STATUSES[member(record.spec, "status").get("code")]}
