"""The official client works against a served sandbox as it is."""

from typing import Any

import pytest

from .official import METADATA, RESOURCES, SERVICE, name_app, open_stub

# The client uses what protobuf 6 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def stub(served: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with open_stub(served) as stub:
        yield stub


def _task(**more: Any) -> Any:
    task = RESOURCES.Task(
        type=RESOURCES.Task.CONCEPTS_CLASSIFICATION,
        name="Annotate cat",
        worker=RESOURCES.TaskWorker(
            strategy=RESOURCES.TaskWorker.PARTITIONED,
            workers=[RESOURCES.Worker(user=RESOURCES.User(id=user)) for user in ("ana", "bo")],
            partitioned_strategy_info=RESOURCES.TaskWorkerPartitionedStrategyInfo(
                type=RESOURCES.TaskWorkerPartitionedStrategyInfo.WEIGHTED, workers_per_input=1
            ),
        ),
        input_source=RESOURCES.TaskInputSource(type=RESOURCES.TaskInputSource.ALL_INPUTS),
        concepts=[RESOURCES.TaskConcept(concept=RESOURCES.Concept(id="cat"))],
        review=RESOURCES.TaskReview(
            strategy=RESOURCES.TaskReview.CONSENSUS,
            users=[RESOURCES.User(id="rev")],
            consensus_strategy_info=RESOURCES.TaskReviewConsensusStrategyInfo(
                approval_threshold_labelers=2
            ),
        ),
        ai_assist_params=RESOURCES.AiAssistParameters(min_threshold=0.1),
        **more,
    )
    task.worker.partitioned_strategy_info.weights.update({"ana": 90, "bo": 10.5})
    return task


def _post(stub: Any, app: Any, *tasks: Any) -> Any:
    request = SERVICE.PostTasksRequest(user_app_id=app, tasks=tasks)
    reply = stub.PostTasks(request, metadata=METADATA)
    assert reply.status.code == 10000, reply
    return reply.tasks


def test_a_life_of_a_task(stub: Any) -> None:
    app = name_app("life")
    [task] = _post(stub, app, _task())
    assert len(task.id) == 32
    assert [worker.user.id for worker in task.worker.workers] == ["ana", "bo"]
    assert dict(task.worker.partitioned_strategy_info.weights) == {"ana": 90, "bo": 10.5}
    assert task.ai_assist_params.min_threshold == pytest.approx(0.1)

    wanted = ["worker.users", "review.users"]
    got = stub.GetTask(
        SERVICE.GetTaskRequest(user_app_id=app, task_id=task.id, additional_fields=wanted),
        metadata=METADATA,
    )
    assert got.task == task

    changed = _task(id=task.id, description="Look closely")
    changed.status.code = 54002
    patched = stub.PatchTasks(
        SERVICE.PatchTasksRequest(user_app_id=app, tasks=[changed], action="overwrite"),
        metadata=METADATA,
    )
    assert patched.tasks[0].status.code == 54002
    assert patched.tasks[0].description == "Look closely"

    merge = RESOURCES.Task(id=task.id)
    merge.status.code = 54001
    merged = stub.PatchTasks(
        SERVICE.PatchTasksRequest(user_app_id=app, tasks=[merge], action="merge"),
        metadata=METADATA,
    )
    assert merged.tasks[0].status.code == 54001
    assert merged.tasks[0].description == "Look closely"

    deleted = stub.DeleteTasks(
        SERVICE.DeleteTasksRequest(user_app_id=app, ids=[task.id]), metadata=METADATA
    )
    assert deleted.status.code == 10000
    missing = stub.GetTask(
        SERVICE.GetTaskRequest(user_app_id=app, task_id=task.id), metadata=METADATA
    )
    assert missing.status.code == 54102


def test_lists(stub: Any) -> None:
    app = name_app("lists")
    tasks = _post(stub, app, *(_task(description=str(number)) for number in range(5)))

    def found(**query: Any) -> list[str]:
        request = SERVICE.ListTasksRequest(user_app_id=app, **query)
        reply = stub.ListTasks(request, metadata=METADATA)
        assert reply.status.code == 10000, reply
        return [task.description for task in reply.tasks]

    assert found() == ["0", "1", "2", "3", "4"]
    assert found(page=2, per_page=2, including_label_order_tasks=True) == ["2", "3"]
    assert found(worker_user_ids=["ana", "x"], review_user_ids=["rev"], per_page=1) == ["0"]
    assert found(worker_user_ids=["rev"]) == []
    assert found(ids=[tasks[3].id], input_source_type="ALL_INPUTS") == ["3"]
    assert found(additional_fields=["worker.users"], page=9) == []


def test_errors_are_replies(stub: Any) -> None:
    wrong = _task()
    wrong.worker.partitioned_strategy_info.weights.update({"cy": 1})
    reply = stub.PostTasks(
        SERVICE.PostTasksRequest(user_app_id=name_app("errors"), tasks=[wrong]), metadata=METADATA
    )
    assert reply.status.code == 11102
    assert "cy is not a worker" in reply.status.details
    assert list(reply.tasks) == []


def test_automatic_annotation(stub: Any) -> None:
    model = RESOURCES.Model(
        id="detector",
        user_id="clarifai",
        app_id="main",
        model_version=RESOURCES.ModelVersion(id="1" * 32),
    )
    auto = RESOURCES.Task(
        name="Auto",
        worker=RESOURCES.TaskWorker(
            strategy=RESOURCES.TaskWorker.FULL, workers=[RESOURCES.Worker(model=model)]
        ),
        concepts=[
            RESOURCES.TaskConcept(
                concept=RESOURCES.Concept(id="cat", value=1),
                auto_annotation_config=RESOURCES.TaskConceptAutoAnnotationConfig(
                    annotation_data_types=1,
                    threshold_range=RESOURCES.ThresholdRange(lower=0.1, upper=0.7),
                    status_code=24157,
                ),
            )
        ],
        delete_previous_annotations=True,
    )
    auto.metadata.update({"note": {"n": 1, "list": [1.5, None]}})
    [task] = _post(stub, name_app("auto"), auto)
    assert task.worker.workers[0].model.model_version.id == "1" * 32
    assert task.worker.workers[0].model.user_id == "clarifai"
    assert task.concepts[0].auto_annotation_config == auto.concepts[0].auto_annotation_config
    assert task.metadata == auto.metadata
