"""Has a task in which a model or a workflow annotates the one shape that the API takes? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.manifest.places import Violation
from reconciler.model import list_of, mapping_of
from reconciler.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.model import Json, Spec

_CODE: Final = "auto-annotation"


def check_automation(spec: Spec) -> Iterator[Violation]:
    """Yield what can't be so in a task of a model or a workflow, or in one of people.

    Source: the documentation of auto-annotation tasks, and the comments on TaskWorker and Worker
    in the API's protobuf files.
    """
    worker = mapping_of(spec.get("worker"))
    workers = [mapping_of(each) for each in list_of(worker.get("workers"))]
    machines = [each for each in workers if "model" in each or "workflow" in each]
    if machines:
        yield from _check_machine(spec, worker, workers)
    elif worker.get("type") == "WORKER_AUTO" and _has_users(worker):
        sentence = "WORKER_AUTO is for a model or a workflow, and the workers are users"
        yield Violation(("worker", "type"), _CODE, sentence, "write WORKER_HUMAN, or remove it")
    selectors = list_of(worker.get("runner_selectors"))
    if selectors and len(selectors) != len(workers):
        sentence = f"there are {len(selectors)} runner selectors for {len(workers)} `workers`"
        hint = "write one for each of the `workers`, in their order"
        path = ("worker", "runner_selectors")
        yield Violation(path, "runner-selectors", sentence, hint, severity=Severity.WARNING)


def _check_machine(spec: Spec, worker: Spec, workers: list[Spec]) -> Iterator[Violation]:
    if len(workers) > 1:
        sentence = "a model or a workflow must be the only worker of its task"
        hint = "make a task of its own for each"
        yield Violation(("worker", "workers", 1), _CODE, sentence, hint)
    for path, value, right, hint in (
        (("worker", "strategy"), worker.get("strategy"), "FULL", "write FULL"),
        (("worker", "type"), worker.get("type"), "WORKER_AUTO", "write WORKER_AUTO, or remove it"),
        (("type",), spec.get("type"), "TYPE_NOT_SET", "write TYPE_NOT_SET, or remove it"),
    ):
        if value not in (None, right):
            sentence = f"where a model or a workflow annotates, this must be {right}"
            yield Violation(path, _CODE, sentence, hint)
    concepts = [mapping_of(each) for each in list_of(spec.get("concepts"))]
    if concepts and not any("auto_annotation_config" in each for each in concepts):
        sentence = "no concept says which predictions become annotations"
        hint = "add an `auto_annotation_config` to those that are to be annotated"
        yield Violation(("concepts",), _CODE, sentence, hint, severity=Severity.WARNING)
    if "status" in spec:
        sentence = "a task in which a model or a workflow annotates is never closed"
        yield Violation(("status",), _CODE, sentence, "remove `status`", of_key=True)


def _has_users(worker: Spec) -> bool:
    lists: tuple[Json, ...] = (worker.get("workers"), worker.get("users"), worker.get("user_ids"))
    return any(list_of(users) for users in lists)
