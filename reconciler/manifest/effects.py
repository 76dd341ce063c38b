"""What does a task declare that the API leaves without effect, or may? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.manifest.places import Violation
from reconciler.model import list_of, mapping_of
from reconciler.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.manifest.places import Path
    from reconciler.model import Json, Spec

_LABELERS: Final = ("approval_threshold_labelers", "approval_threshold")
_INFOS: Final = ("manual_strategy_info", "consensus_strategy_info")

_NEEDED: Final[Mapping[tuple[str, ...], tuple[str, tuple[str, ...]]]] = {
    ("input_source",): ("type", ("id",)),
    ("worker",): ("strategy", ("partitioned_strategy_info",)),
    ("worker", "partitioned_strategy_info"): ("type", ("weights",)),
    ("review",): ("strategy", _INFOS),
}
"""What says whether the members beside it mean anything, by the path of what holds them."""


def check_effects(spec: Spec) -> Iterator[Violation]:
    """Yield what a person may believe to act, and what does not or nobody can say."""
    yield from _check_needed(spec)
    worker = mapping_of(spec.get("worker"))
    if worker:
        yield from _check_worker(spec, worker)
    review = mapping_of(spec.get("review"))
    if len(review) > 1:
        yield from _check_review(review)
    source = mapping_of(spec.get("input_source"))
    if source.get("type") == "ALL_INPUTS" and source.get("id"):
        sentence = "ALL_INPUTS reads every input of the app, whatever this id says"
        yield _idle(("input_source", "id"), sentence, "remove it, or change the `type`")
    params = mapping_of(spec.get("ai_assist_params"))
    yield from _check_range(params, ("min_threshold", "max_threshold"), ("ai_assist_params",))


def _check_needed(spec: Spec) -> Iterator[Violation]:
    """Yield the members that mean something only with another one, and it isn't there."""
    for path, (name, dependents) in _NEEDED.items():
        parent = spec
        for step in path:
            parent = mapping_of(parent.get(step))
        if name in parent:
            continue
        for dependent in dependents:
            if parent.get(dependent):
                where = (*path, dependent)
                sentence = f"`{dependent}` means something only with `{name}`, which is missing"
                yield Violation(where, "missing-field", sentence, f"add `{name}`", of_key=True)


def _check_worker(spec: Spec, worker: Spec) -> Iterator[Violation]:
    info = mapping_of(worker.get("partitioned_strategy_info"))
    strategy = worker.get("strategy", "PARTITIONED")
    path: Path = ("worker", "partitioned_strategy_info")
    if info and strategy != "PARTITIONED":
        sentence = f"{strategy} doesn't divide the inputs, whatever stands here"
        yield _idle(path, sentence, "remove it, or write `strategy: PARTITIONED`", of_key=True)
    elif info.get("type") == "EVENLY" and info.get("weights"):
        sentence = "EVENLY gives everybody the same, whatever the weights are"
        yield _idle((*path, "weights"), sentence, "remove them, or write WEIGHTED", of_key=True)
    configs = [
        index
        for index, concept in enumerate(list_of(spec.get("concepts")))
        if "auto_annotation_config" in mapping_of(concept)
    ]
    for index in configs:
        config = mapping_of(mapping_of(list_of(spec["concepts"])[index])["auto_annotation_config"])
        where: Path = ("concepts", index, "auto_annotation_config")
        limits = mapping_of(config.get("threshold_range"))
        yield from _check_range(limits, ("lower", "upper"), (*where, "threshold_range"))
        if _is_manual(worker):
            sentence = "people annotate here, so this configures nothing"
            yield _idle(where, sentence, "remove it", of_key=True)
    if spec.get("delete_previous_annotations") is True and _is_manual(worker):
        sentence = "people annotate here: only a model or a workflow deletes what it did before"
        yield _idle(("delete_previous_annotations",), sentence, "remove it", of_key=True)


def _check_review(review: Spec) -> Iterator[Violation]:
    strategy = review.get("strategy")
    manual = mapping_of(review.get("manual_strategy_info"))
    if "sample_percentage" in manual:
        path: Path = ("review", "manual_strategy_info", "sample_percentage")
        sentence = "the API no longer uses `sample_percentage`: everything is reviewed"
        yield _idle(path, sentence, "remove it", of_key=True)
    for name in _INFOS:
        if strategy == "NONE" and mapping_of(review.get(name)):
            sentence = "with the review strategy NONE nothing is reviewed, whatever stands here"
            yield _idle(("review", name), sentence, "remove it, or change `strategy`", of_key=True)
    for name in ("user_ids", "users"):
        if strategy == "NONE" and review.get(name):
            sentence = "with the review strategy NONE nobody gets anything to review"
            yield _idle(
                ("review", name), sentence, "remove them, or change `strategy`", of_key=True
            )
    consensus = mapping_of(review.get("consensus_strategy_info"))
    for name in _LABELERS:
        if strategy == "MANUAL" and consensus.get(name):
            sentence = "with MANUAL review the reviewers decide, however many workers agree"
            hint = "remove it, or write `strategy: CONSENSUS`"
            yield _idle(("review", "consensus_strategy_info", name), sentence, hint, of_key=True)


def _check_range(parent: Spec, names: tuple[str, str], path: Path) -> Iterator[Violation]:
    low, high = (_number(parent.get(name)) for name in names)
    if low is not None and high is not None and low > high:
        sentence = f"`{names[0]}` is above `{names[1]}`: nothing lies between them"
        hint = "exchange the two"
        path = (*path, names[0])
        yield Violation(path, "empty-range", sentence, hint, severity=Severity.WARNING)


def _number(value: Json) -> float | None:
    return value if isinstance(value, int | float) else None


def _is_manual(worker: Spec) -> bool:
    """Tell whether a task names people who work on it."""
    if worker.get("user_ids") or worker.get("users"):
        return True
    return any("user" in mapping_of(each) for each in list_of(worker.get("workers")))


def _idle(path: Path, sentence: str, hint: str, *, of_key: bool = False) -> Violation:
    return Violation(path, "no-effect", sentence, hint, of_key, Severity.WARNING)
