"""What is sent for a task? Its body for a create and for an overwrite.

An overwrite replaces the whole task (API documentation: "updating a task by providing all
information at once"), so whatever the file doesn't manage is carried along in its live form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from reconciler.canon import canonical_message, canonical_task, counts, elements_of, find_members
from reconciler.fields import DELETING_FIELDS, SENT_BACK_STATUSES, STATUS_CODE, TASK
from reconciler.kinds import (
    Form,
    Keyed,
    Leaf,
    Member,
    Message,
    Tree,
    Trigger,
)
from reconciler.leaves import STAMP_KEY, name_of_enum
from reconciler.model import ABSENT, Absent, list_of, mapping_of
from reconciler.stamp import write_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.model import Desired, Json, Spec, Stamp


_HOLDERS: Final = frozenset({"concept", "model", "workflow"})
"""What may hold the id of a thing of a set, and what belongs to it."""

_PARTITION: Final = "partitioned_strategy_info"
_PER_INPUT: Final = "workers_per_input"


def managed_spec(task: Desired) -> Spec:
    """Return what a task declares but for the fields whose changes it ignores."""
    ignored = task.lifecycle.ignore_changes
    return (
        {n: v for n, v in task.spec.items() if _field(n) not in ignored} if ignored else task.spec
    )


def _field(name: str) -> str:
    leaf = TASK.tree.get(name)
    return leaf.member.name if isinstance(leaf, Leaf) else name


def create_body(desired: Spec, stamp: Stamp | Absent) -> Spec:
    """Return the body that creates a task.

    A status isn't part of it: it is writable only by an overwrite (proto comments), which
    `needs_status` asks for.
    """
    body = {name: value for name, value in desired.items() if name != "status"}
    return {**body, **_metadata(desired.get("metadata"), None, stamp)}


def needs_status(desired: Spec, live: Spec) -> bool:
    """Tell whether a task that was just created still lacks the status that the file declares."""
    want = canonical_task(desired).get("status")
    return want is not None and want != canonical_task(live).get("status")


def overwrite_body(
    desired: Spec, live: Spec, *, live_id: str, stamp: Stamp | Absent, differing: Iterable[str]
) -> Spec:
    """Return the body that overwrites *live* with what the file declares, and nothing else.

    *differing* names the fields that change: the trigger `delete_previous_annotations` is
    sent only with a change that makes the API annotate again.
    """
    body = _carry(TASK, desired, live)
    body = _without_strange_partition(body, desired)
    body = _without_strange_type(body, desired, live)
    if DELETING_FIELDS.isdisjoint(differing):
        body = {name: value for name, value in body.items() if not _is_trigger(name)}
    for name in ("status", "metadata"):
        body.pop(name, None)
    metadata = _metadata(desired.get("metadata"), live.get("metadata"), stamp)
    return {**body, **_status(desired, live), "id": live_id, **metadata}


def release_body(live: Spec, *, live_id: str) -> Spec:
    """Return the body that leaves a task as it is and takes our stamp away."""
    body = dict(overwrite_body({}, live, live_id=live_id, stamp=ABSENT, differing=()))
    metadata = {n: v for n, v in mapping_of(live.get("metadata")).items() if n != STAMP_KEY}
    return {**body, "metadata": metadata}


def deletes_annotations(desired: Spec, differing: Iterable[str]) -> bool:
    """Tell whether an overwrite makes the API delete earlier annotations."""
    return bool(desired.get("delete_previous_annotations")) and not DELETING_FIELDS.isdisjoint(
        differing
    )


def drops_partition(desired: Spec, live: Spec) -> bool:
    """Tell whether an overwrite drops a live partition that the file doesn't mention."""
    body = _carry(TASK, desired, live)
    left = mapping_of(_without_strange_partition(body, desired).get("worker"))
    return _PARTITION in mapping_of(body.get("worker")) and _PARTITION not in left


def _carry(
    message: Message, desired: Spec, live: Spec, *, with_unknown: bool = True
) -> dict[str, Json]:
    """Return *desired* with what it leaves open filled in from *live*, level by level.

    What this version doesn't know is filled in as well *with_unknown*.
    """
    declared = find_members(message, desired)
    siblings = {**canonical_message(message, live), **canonical_message(message, desired)}

    def carries(member: Member) -> bool:
        if member.name in declared or member.defaulted or isinstance(member.kind, Trigger):
            return False
        return counts(message, member.name, siblings)

    def fill(tree: Tree, wanted: Spec, found: Spec, *, keep_unknown: bool) -> dict[str, Json]:
        result = dict(wanted)
        for name, value in found.items():
            node = tree.get(name)
            mine = wanted.get(name)
            if node is None:
                if keep_unknown and name not in message.ignored:
                    result.setdefault(name, value)
            elif not isinstance(node, Leaf):
                inner = fill(node, mapping_of(mine), mapping_of(value), keep_unknown=False)
                if inner or name in wanted:
                    result[name] = inner
            elif carries(node.member):
                result[name] = value
            elif isinstance(node.member.kind, Message) and isinstance(mine, Mapping):
                result[name] = _carry(node.member.kind, mine, mapping_of(value))
            elif isinstance(node.member.kind, Keyed) and name in wanted:
                result[name] = _carry_elements(node.member.kind.element, node.form, mine, value)
        return result

    return fill(message.tree, desired, live, keep_unknown=with_unknown)


def _carry_elements(element: Message, form: Form, desired: Json, live: Json) -> Json:
    """Return the things of a set, each filled in from the live one of its id."""
    found = {_identity(form, item): mapping_of(item) for item in list_of(live)}
    return [
        _carry_element(element, item, found.get(_identity(form, item), {}))
        for item in list_of(desired)
    ]


def _identity(form: Form, item: Json) -> str:
    return next((identity for identity, _ in elements_of(form, [item])), "")


def _carry_element(element: Message, desired: Json, live: Spec) -> Json:
    if not isinstance(desired, Mapping):
        return desired
    result = _carry(element, desired, live, with_unknown=False)
    for name in _HOLDERS.intersection(desired, live):
        inner = mapping_of(desired[name])
        result[name] = _carry(element, inner, mapping_of(live[name]), with_unknown=False)
    return result


def _without_strange_partition(body: dict[str, Json], desired: Spec) -> dict[str, Json]:
    """Drop what was carried along of a partition that doesn't fit the workers any more.

    The API refuses weights of others, and more workers on an input than there are; a new set of
    workers has no weights.
    """
    worker, declared = mapping_of(body.get("worker")), mapping_of(desired.get("worker"))
    if "worker" not in desired or _PARTITION not in worker:
        return body
    canonical = mapping_of(canonical_task({"worker": worker}).get("worker"))
    info, workers = mapping_of(canonical.get(_PARTITION)), mapping_of(canonical.get("workers"))
    weights, per_input = mapping_of(info.get("weights")), info.get(_PER_INPUT)
    crowded = bool(workers) and isinstance(per_input, int) and per_input > len(workers)
    if _PARTITION not in declared and (crowded or (weights and weights.keys() != workers.keys())):
        return {**body, "worker": {n: v for n, v in worker.items() if n != _PARTITION}}
    if crowded and _PER_INPUT not in mapping_of(declared.get(_PARTITION)):
        sent = mapping_of(worker[_PARTITION])
        kept = {name: value for name, value in sent.items() if name != _PER_INPUT}
        return {**body, "worker": {**worker, _PARTITION: kept}}
    return body


def _without_strange_type(body: dict[str, Json], desired: Spec, live: Spec) -> dict[str, Json]:
    """Drop a type of workers that was carried along if they are of other kinds now."""
    worker, declared = mapping_of(body.get("worker")), mapping_of(desired.get("worker"))
    if "worker" not in desired or "type" in declared or "type" not in worker:
        return body
    if _kinds_of_workers(desired) == _kinds_of_workers(live):
        return body
    return {**body, "worker": {n: v for n, v in worker.items() if n != "type"}}


def _kinds_of_workers(spec: Spec) -> set[str]:
    canonical = mapping_of(canonical_task({"worker": spec.get("worker")}).get("worker"))
    kinds = (identity.partition("/") for identity in mapping_of(canonical.get("workers")))
    return {kind if slash else "user" for kind, slash, _ in kinds}


def _status(desired: Spec, live: Spec) -> Spec:
    """Return the status to send: the declared one, else the last read if callers may set it."""
    if "status" in desired:
        return {"status": desired["status"]}
    code = mapping_of(live.get("status")).get("code")
    name = name_of_enum(STATUS_CODE, code)
    return {"status": {"code": name}} if name in SENT_BACK_STATUSES else {}


def _metadata(desired: Json, live: Json, stamp: Stamp | Absent) -> Spec:
    """Return the member `metadata` of a body, none if there is nothing to say."""
    merged = {**mapping_of(live), **mapping_of(desired)}
    # In a file null removes a key.
    removed = {name for name, value in mapping_of(desired).items() if value is None}
    kept = {name: value for name, value in merged.items() if name not in removed}
    if stamp is not ABSENT:
        kept[STAMP_KEY] = write_stamp(stamp)
    return {"metadata": kept} if kept or live is not None or desired is not None else {}


def _is_trigger(name: str) -> bool:
    node = TASK.tree.get(name)
    return isinstance(node, Leaf) and isinstance(node.member.kind, Trigger)
