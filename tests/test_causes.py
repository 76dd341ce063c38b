"""The 39 known causes of phantom differences, each in both directions.

For each cause: what a file declares, in which ways a server may write that back (no difference),
and what is really another (a difference). Source: the API's protobuf comments, published replies
of its sibling resources, and measurements on the official client.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.actions import ChangedBy, Update
from reconciler.belonging import Ours
from reconciler.canon import canonical_task, project_live
from reconciler.compare import plan_update
from reconciler.diff import diff_fields
from reconciler.errors import ProblemsFoundError
from reconciler.live import make_live
from reconciler.manifest import Scope, load_desired
from reconciler.model import Desired, Place, Stamp
from reconciler.payload import overwrite_body
from reconciler.plan import make_plan
from reconciler.report import ReportOutcome
from reconciler.stamp import digest_fields, write_stamp
from tests.shelf import Shelf
from tests.test_apply import plan_for, run

if TYPE_CHECKING:
    from pathlib import Path

Body = dict[str, Any]


@dataclass(frozen=True)
class Cause:
    """What a file declares, and live bodies that say the same and that say something else."""

    desired: Body
    same: list[Body] = field(default_factory=list)
    other: list[Body] = field(default_factory=list)


def worker(**members: Any) -> Body:
    return {"worker": {"strategy": "FULL", **members}}


def shares(weights: Body, **info: Any) -> Body:
    return {
        "worker": {
            "strategy": "PARTITIONED",
            "workers": [{"user": {"id": user}} for user in weights],
            "partitioned_strategy_info": {"type": "WEIGHTED", "weights": weights, **info},
        }
    }


def review(strategy: Any = "CONSENSUS", **members: Any) -> Body:
    return {"review": {"strategy": strategy, **members}}


def model(**members: Any) -> Body:
    return worker(workers=[{"model": {"id": "m", **members}}])


def config(**members: Any) -> Body:
    return {"concepts": [{"concept": {"id": "cat"}, "auto_annotation_config": members}]}


CAT: Body = {"concepts": [{"concept": {"id": "cat"}}]}

CAUSES: dict[str, Cause] = {
    "1 enums come back as numbers": Cause(
        {"type": "CONCEPTS_CLASSIFICATION", "priority": "HIGH"},
        [{"type": 1, "priority": 3}, {"type": "1", "priority": "HIGH"}],
        [{"type": 2, "priority": 3}, {"type": 1, "priority": 2}],
    ),
    "2 concept_ids, concepts, or both": Cause(
        {"concept_ids": ["cat"]},
        [
            CAT,
            {"concept_ids": ["cat"]},
            {**CAT, "concept_ids": ["cat"]},
            {**CAT, "concept_ids": []},
        ],
        [{"concepts": [{"concept": {"id": "dog"}}], "concept_ids": ["cat"]}, {}],
    ),
    "3 workers in three spellings at once": Cause(
        worker(user_ids=["ana"]),
        [
            worker(users=[{"id": "ana"}]),
            worker(workers=[{"user": {"id": "ana"}}]),
            worker(user_ids=["ana"], users=[{"id": "ana"}], workers=[{"user": {"id": "ana"}}]),
        ],
        [worker(user_ids=["ana"], workers=[{"user": {"id": "bo"}}]), worker()],
    ),
    "4 reviewers in two spellings": Cause(
        review(user_ids=["cy"]),
        [review(users=[{"id": "cy"}]), review(users=[{"id": "cy"}], user_ids=["cy"])],
        [review(users=[{"id": "cy"}, {"id": "dee"}]), review()],
    ),
    "5 the threshold of labelers renamed": Cause(
        review(consensus_strategy_info={"approval_threshold": 2}),
        [review(consensus_strategy_info={"approval_threshold_labelers": 2})],
        [review(consensus_strategy_info={"approval_threshold_labelers": 3}), review()],
    ),
    "6 the threshold of reviewers defaults to 1": Cause(
        review(consensus_strategy_info={"approval_threshold_reviewers": 0}),
        [review(consensus_strategy_info={"approval_threshold_reviewers": 1}), review()],
        [review(consensus_strategy_info={"approval_threshold_reviewers": -1})],
    ),
    "7 the manual threshold moved, the percentage dropped": Cause(
        review("MANUAL", manual_strategy_info={"approval_threshold": -1, "sample_percentage": 0.5}),
        [review("MANUAL", consensus_strategy_info={"approval_threshold_reviewers": -1})],
        [review("MANUAL"), review("MANUAL", manual_strategy_info={"approval_threshold": 1})],
    ),
    "8 an empty message or none": Cause(
        review("MANUAL", manual_strategy_info={}),
        [review("MANUAL"), review(2)],
        [review("NONE"), review()],
    ),
    "9 zeros are left out": Cause(
        {"sample_ms": 0, "description": "", "concept_ids": [], "type": "TYPE_NOT_SET"},
        [{}, {"sample_ms": 0, "description": "", "concepts": [], "type": 0}],
        [{"sample_ms": 1}, {"description": "x"}, CAT, {"type": 1}],
    ),
    "10 a concept's value": Cause(
        CAT,
        [{"concepts": [{"concept": {"id": "cat", "value": v}}]} for v in (0.0, 1.0, 1)],
        [{"concepts": [{"concept": {"id": "Cat", "value": 1.0}}]}],
    ),
    "11 a concept filled in": Cause(
        CAT,
        [
            {
                "concepts": [
                    {"concept": {"id": "cat", "name": "Cat", "app_id": "a", "language": "en"}}
                ]
            }
        ],
        [{"concepts": [{"concept": {"id": "cat"}}, {"concept": {"id": "dog", "name": "cat"}}]}],
    ),
    "11 a concept's declared name": Cause(
        {"concepts": [{"concept": {"id": "cat", "name": "Cat"}}]},
        [{"concepts": [{"concept": {"id": "cat", "name": "Cat", "value": 1.0}}]}],
        [{"concepts": [{"concept": {"id": "cat", "name": "Dog"}}]}],
    ),
    "12 users filled in": Cause(
        worker(user_ids=["ana"]),
        [worker(workers=[{"user": {"id": "ana", "first_name": "Ana", "is_verified": True}}])],
        [worker(workers=[{"user": {"id": "bo", "first_name": "ana"}}])],
    ),
    "13 a model filled in, its version pinned": Cause(
        model(),
        [model(app_id="main", user_id="clarifai", model_version={"id": "v7"}, use_cases=[])],
        [worker(workers=[{"model": {"id": "n"}}]), worker(workers=[{"user": {"id": "m"}}])],
    ),
    "13 a declared version": Cause(
        model(model_version={"id": "v7"}),
        [model(app_id="main", model_version={"id": "v7", "status": {"code": 21100}})],
        [model(model_version={"id": "v8"})],
    ),
    "14 numbers of 32 bits": Cause(
        {"ai_assist_params": {"min_threshold": 0.1, "max_threshold": 0.95}},
        [{"ai_assist_params": {"min_threshold": 0.10000000149011612, "max_threshold": 0.95}}],
        [{"ai_assist_params": {"min_threshold": 0.11, "max_threshold": 0.95}}],
    ),
    "15 whole numbers become doubles, keys lose their order": Cause(
        {"metadata": {"a": 90, "b": {"c": 2**53 + 1, "d": [1, 2]}}},
        [{"metadata": {"b": {"d": [1.0, 2.0], "c": 9007199254740992.0}, "a": 90.0}}],
        [{"metadata": {"a": 91, "b": {"c": 2**53 + 1, "d": [1, 2]}}}],
    ),
    "15 a list of metadata keeps its order": Cause(
        {"metadata": {"d": [1, 2]}},
        [{"metadata": {"d": [1.0, 2.0]}}],
        [{"metadata": {"d": [2, 1]}}],
    ),
    "16 weights normalised": Cause(
        shares({"ana": 90, "bo": 10}),
        [
            shares({"ana": 9, "bo": 1}),
            shares({"bo": 0.1, "ana": 0.9}),
            shares({"ana": 90.0, "bo": 10.0}),
        ],
        [shares({"ana": 89, "bo": 11}), shares({"ana": 90, "bo": 10, "cy": 1})],
    ),
    "17 workers_per_input filled in": Cause(
        shares({"ana": 1, "bo": 1}),
        [shares({"ana": 1, "bo": 1}, workers_per_input=n) for n in (0, 1)],
        [shares({"ana": 2, "bo": 1}, workers_per_input=1)],
    ),
    "17 a declared workers_per_input": Cause(
        shares({"ana": 1, "bo": 1}, workers_per_input=1),
        [shares({"ana": 1, "bo": 1})],
        [shares({"ana": 1, "bo": 1}, workers_per_input=2)],
    ),
    "18 a priority filled in": Cause(
        {"name": "A"}, [{"name": "A", "priority": 2}], [{"priority": 2}]
    ),
    "18 a declared priority": Cause(
        {"priority": "MEDIUM"}, [{"priority": 2}], [{}, {"priority": 1}]
    ),
    "19 visibility filled in": Cause(
        {"name": "A"}, [{"name": "A", "visibility": {"gettable": 10}}], [{"name": "B"}]
    ),
    "19 a declared visibility": Cause(
        {"visibility": {"gettable": "ORG"}},
        [{"visibility": {"gettable": 30}}],
        [{"visibility": {"gettable": 10}}, {}],
    ),
    "20 a type of worker filled in": Cause(
        worker(user_ids=["ana"]), [worker(user_ids=["ana"], type=1)], [worker(user_ids=[], type=1)]
    ),
    "20 a declared type of worker": Cause(
        worker(type="WORKER_AUTO"), [worker(type=2)], [worker(type=1), worker()]
    ),
    "21 strategies filled in": Cause(
        {"worker": {"user_ids": ["ana"]}, "review": {"user_ids": ["cy"]}},
        [{**worker(user_ids=["ana"]), **review(1, user_ids=["cy"])}],
        [{**worker(user_ids=["ana"]), **review(1)}, worker(user_ids=["ana"])],
    ),
    "21 declared strategies": Cause(
        {**worker(), **review("NONE")},
        [{"worker": {"strategy": 3}, "review": {"strategy": 1}}],
        [{**worker(strategy="DYNAMIC"), **review("NONE")}, {**worker(), **review("MANUAL")}],
    ),
    "22 a status that the work moves": Cause(
        {"name": "A"},
        [{"name": "A", "status": {"code": c}} for c in (54001, 54002, 54005, 54006)],
        [{"name": "B", "status": {"code": 54001}}],
    ),
    "22 a declared status, its text aside": Cause(
        {"status": {"code": "TASK_DONE"}},
        [{"status": {"code": 54002, "description": "Done", "details": "x"}}],
        [{"status": {"code": 54001}}, {"status": {"code": 54003}}, {}],
    ),
    "23 what the server writes": Cause(
        {"name": "A"},
        [
            {
                "name": "A",
                "id": "1",
                "created_at": "x",
                "modified_at": "y",
                "app_id": "a",
                "user_id": "u",
            }
        ],
        [{"id": "A", "user_id": "A"}],
    ),
    "24 metrics come and change": Cause(
        {"name": "A"}, [{"name": "A", "metrics": {"work": {"inputs_percent_estimated": 7}}}], [{}]
    ),
    "25 counts as text": Cause(
        {"name": "A"}, [{"name": "A", "metrics": {"work": {"inputs_count_estimated": "12"}}}], [{}]
    ),
    "26 the order of sets": Cause(
        {**worker(user_ids=["a", "b"]), "concept_ids": ["x", "y"], **review(user_ids=["p", "q"])},
        [{**worker(user_ids=["b", "a"]), "concept_ids": ["y", "x"], **review(user_ids=["q", "p"])}],
        [{**worker(user_ids=["b"]), "concept_ids": ["y", "x"], **review(user_ids=["q", "p"])}],
    ),
    "26 runner selectors follow the workers": Cause(
        worker(
            workers=[{"model": {"id": "m"}}, {"model": {"id": "n"}}],
            runner_selectors=[{"runner": {"id": "1"}}, {"runner": {"id": "2"}}],
        ),
        [
            worker(
                workers=[{"model": {"id": "n"}}, {"model": {"id": "m"}}],
                runner_selectors=[{"runner": {"id": "2"}}, {"runner": {"id": "1"}}],
            )
        ],
        [
            worker(
                workers=[{"model": {"id": "n"}}, {"model": {"id": "m"}}],
                runner_selectors=[{"runner": {"id": "1"}}, {"runner": {"id": "2"}}],
            )
        ],
    ),
    "27 what stands twice": Cause(
        {**worker(user_ids=["a", "a", "b"]), "concept_ids": ["x", "x"]},
        [{**worker(user_ids=["a", "b"]), "concept_ids": ["x"]}],
        [{**worker(user_ids=["a"]), "concept_ids": ["x"]}],
    ),
    "29 the id of all inputs": Cause(
        {"input_source": {"type": "ALL_INPUTS"}},
        [{"input_source": {"type": 1, "id": ""}}, {"input_source": {"type": 1, "id": "app"}}],
        [{"input_source": {"type": "DATASET", "id": "app"}}],
    ),
    "29 the id of a dataset": Cause(
        {"input_source": {"type": "DATASET", "id": "d"}},
        [{"input_source": {"type": 3, "id": "d"}}],
        [{"input_source": {"type": 3, "id": "e"}}, {"input_source": {"type": 3}}],
    ),
    "30 a workflow in two spellings, filled in": Cause(
        {"ai_assistant": {"workflow_id": "w"}},
        [{"ai_assistant": {"workflow": {"id": "w", "use_cases": [], "check_consents": []}}}],
        [{"ai_assistant": {"workflow": {"id": "v"}, "workflow_id": "w"}}, {}],
    ),
    "31 ranges and codes inside a concept": Cause(
        config(
            status_code="ANNOTATION_SUCCESS",
            threshold_range={"lower": 0.1, "upper": 0.7, "is_upper_inclusive": False},
        ),
        [config(status_code=24150, threshold_range={"lower": 0.10000000149011612, "upper": 0.7})],
        [
            config(status_code=24157, threshold_range={"lower": 0.1, "upper": 0.7}),
            config(
                status_code=24150,
                threshold_range={"lower": 0.1, "upper": 0.7, "is_upper_inclusive": True},
            ),
        ],
    ),
    "32 metadata empty or none": Cause(
        {"metadata": {}}, [{}, {"metadata": {}}, {"metadata": {"theirs": 1}}], []
    ),
    "32 nulls and absences inside metadata": Cause(
        {"metadata": {"a": {"n": None, "i": 1}}},
        [{"metadata": {"a": {"n": None, "i": 1.0}, "theirs": 0}}],
        [{"metadata": {"a": {"i": 1}}}, {"metadata": {"a": {"n": 0, "i": 1}}}, {}],
    ),
    "32 zeros inside metadata are values": Cause(
        {"metadata": {"a": 0, "b": False, "c": ""}},
        [{"metadata": {"a": 0.0, "b": False, "c": ""}}],
        [{"metadata": {"a": 0}}, {"metadata": {"a": False, "b": 0, "c": ""}}],
    ),
    "33 a trigger that isn't echoed": Cause(
        {"name": "A", "delete_previous_annotations": True},
        [{"name": "A"}, {"name": "A", "delete_previous_annotations": True}],
        [{"delete_previous_annotations": True}],
    ),
    "34 timestamps of 6 and 9 digits": Cause(
        {"name": "A"},
        [{"name": "A", "created_at": f"2026-01-01T00:00:00.{f}Z"} for f in ("123456", "123456000")],
        [{"created_at": "A"}],
    ),
    "35 names trimmed or composed": Cause(
        {"name": " Re\u0301sume\u0301 "},
        [{"name": "R\u00e9sum\u00e9"}, {"name": " Re\u0301sume\u0301 "}],
        [{"name": "Resume"}, {"name": "R\u00e9sum\u00e9s"}, {}],
    ),
    "37 an enum value that is newer": Cause(
        {"priority": "HIGH"},
        [{"priority": 3}],
        [{"priority": 4}, {"priority": "TASK_PRIORITY_URGENT"}],
    ),
}


def differs(desired: Body, live: Body) -> tuple[str, ...]:
    want = canonical_task(desired)
    return diff_fields(want, project_live(canonical_task(live), want))


@pytest.mark.parametrize("cause", CAUSES)
def test_what_says_the_same_is_no_difference(cause: str) -> None:
    for live in CAUSES[cause].same:
        assert differs(CAUSES[cause].desired, live) == (), live


@pytest.mark.parametrize("cause", CAUSES)
def test_what_says_something_else_is_one(cause: str) -> None:
    for live in CAUSES[cause].other:
        assert differs(CAUSES[cause].desired, live) != (), live


def test_28_the_callers_alias_is_refused_and_a_real_id_compared(tmp_path: Path) -> None:
    """The API answers with the real id, so `me` would never be equal."""
    (tmp_path / "t.yaml").write_text("tasks: {a: {name: A, worker: {user_ids: [me]}}}")
    with pytest.raises(ProblemsFoundError) as caught:
        load_desired(tmp_path, Scope())
    assert [problem.code for problem in caught.value.problems] == ["caller-alias"]
    assert differs(worker(user_ids=["ana"]), worker(user_ids=["me"])) != ()


def test_36_tasks_of_a_label_order_and_of_others_are_seen_and_left() -> None:
    """Not listed they would look deleted; listed they must not look like ours."""
    mark = write_stamp(Stamp("other", "a", "n"))
    live = [
        make_live({"id": "1", "name": "A", "label_order_id": "lo"}),
        make_live({"id": "2", "name": "B", "metadata": {"reconciler": mark}}),
    ]
    plan = make_plan([], live, owner="acme")
    assert (plan.actions, plan.foreign) == ((), 2)


@pytest.mark.parametrize("edit", [worker(user_ids=["ana", "bo"]), worker(user_ids=[])])
def test_38_what_people_edit_is_seen_and_named(edit: Body) -> None:
    task = Desired("a", {"name": "A", **worker(user_ids=["ana"])}, Place("t"))
    stamp = Stamp("acme", "a", "n", digest_fields(canonical_task(task.spec)))
    equal = make_live({"id": "1", **task.spec})
    assert plan_update(task, Ours(equal, stamp)) is None
    update = plan_update(task, Ours(make_live({"id": "1", "name": "A", **edit}), stamp))
    assert isinstance(update, Update)
    assert update.changed_by is ChangedBy.OUTSIDE


def test_37_a_newer_value_that_is_not_declared_is_carried_along() -> None:
    live: Body = {"id": "1", "name": "A", "priority": 4, "type": 99}
    body = overwrite_body(
        {"name": "B"}, live, live_id="1", stamp=Stamp("o", "k", "n"), differing=()
    )
    assert (body["priority"], body["type"]) == (4, 99)


def test_39_a_listing_that_lags_behind_a_create_is_waited_for() -> None:
    """Else the next plan would create the task once more."""
    shelf = Shelf()

    def create(bodies: Any) -> Any:
        shelf.lag = 3
        return shelf.keep(bodies)

    shelf.on_create.append(create)
    tasks = {"a": {"name": "A"}}
    assert run(shelf, tasks).outcome is ReportOutcome.COMPLETE
    assert plan_for(shelf, tasks).actions == ()
