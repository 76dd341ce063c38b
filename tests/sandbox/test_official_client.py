"""The official client works against a served sandbox as it is."""

from typing import Any

import pytest

from .requests import KEY

_grpc = pytest.importorskip("clarifai_grpc.grpc.api.service_pb2_grpc")
_service = pytest.importorskip("clarifai_grpc.grpc.api.service_pb2")
_resources = pytest.importorskip("clarifai_grpc.grpc.api.resources_pb2")
_channel = pytest.importorskip("clarifai_grpc.channel.clarifai_channel")
pytest.importorskip("requests")

# The client uses what protobuf 6 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_METADATA = (("authorization", f"Key {KEY}"),)


@pytest.fixture
def stub(served: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    channel = _channel.ClarifaiChannel.get_json_channel(base_url=served)
    yield _grpc.V2Stub(channel)
    channel.session.close()


def _app(name: str) -> Any:
    return _resources.UserAppIDSet(user_id="official", app_id=name)


def _task(**more: Any) -> Any:
    task = _resources.Task(
        type=_resources.Task.CONCEPTS_CLASSIFICATION,
        name="Annotate cat",
        worker=_resources.TaskWorker(
            strategy=_resources.TaskWorker.PARTITIONED,
            workers=[_resources.Worker(user=_resources.User(id=user)) for user in ("ana", "bo")],
            partitioned_strategy_info=_resources.TaskWorkerPartitionedStrategyInfo(
                type=_resources.TaskWorkerPartitionedStrategyInfo.WEIGHTED, workers_per_input=1
            ),
        ),
        input_source=_resources.TaskInputSource(type=_resources.TaskInputSource.ALL_INPUTS),
        concepts=[_resources.TaskConcept(concept=_resources.Concept(id="cat"))],
        review=_resources.TaskReview(
            strategy=_resources.TaskReview.CONSENSUS,
            users=[_resources.User(id="rev")],
            consensus_strategy_info=_resources.TaskReviewConsensusStrategyInfo(
                approval_threshold_labelers=2
            ),
        ),
        ai_assist_params=_resources.AiAssistParameters(min_threshold=0.1),
        **more,
    )
    task.worker.partitioned_strategy_info.weights.update({"ana": 90, "bo": 10.5})
    return task


def _post(stub: Any, app: Any, *tasks: Any) -> Any:
    request = _service.PostTasksRequest(user_app_id=app, tasks=tasks)
    reply = stub.PostTasks(request, metadata=_METADATA)
    assert reply.status.code == 10000, reply
    return reply.tasks


def test_a_life_of_a_task(stub: Any) -> None:
    app = _app("life")
    [task] = _post(stub, app, _task())
    assert len(task.id) == 32
    assert [worker.user.id for worker in task.worker.workers] == ["ana", "bo"]
    assert dict(task.worker.partitioned_strategy_info.weights) == {"ana": 90, "bo": 10.5}
    assert task.ai_assist_params.min_threshold == pytest.approx(0.1)

    wanted = ["worker.users", "review.users"]
    got = stub.GetTask(
        _service.GetTaskRequest(user_app_id=app, task_id=task.id, additional_fields=wanted),
        metadata=_METADATA,
    )
    assert got.task == task

    changed = _task(id=task.id, description="Look closely")
    changed.status.code = 54002
    patched = stub.PatchTasks(
        _service.PatchTasksRequest(user_app_id=app, tasks=[changed], action="overwrite"),
        metadata=_METADATA,
    )
    assert patched.tasks[0].status.code == 54002
    assert patched.tasks[0].description == "Look closely"

    merge = _resources.Task(id=task.id)
    merge.status.code = 54001
    merged = stub.PatchTasks(
        _service.PatchTasksRequest(user_app_id=app, tasks=[merge], action="merge"),
        metadata=_METADATA,
    )
    assert merged.tasks[0].status.code == 54001
    assert merged.tasks[0].description == "Look closely"

    deleted = stub.DeleteTasks(
        _service.DeleteTasksRequest(user_app_id=app, ids=[task.id]), metadata=_METADATA
    )
    assert deleted.status.code == 10000
    missing = stub.GetTask(
        _service.GetTaskRequest(user_app_id=app, task_id=task.id), metadata=_METADATA
    )
    assert missing.status.code == 54102


def test_lists(stub: Any) -> None:
    app = _app("lists")
    tasks = _post(stub, app, *(_task(description=str(number)) for number in range(5)))

    def found(**query: Any) -> list[str]:
        request = _service.ListTasksRequest(user_app_id=app, **query)
        reply = stub.ListTasks(request, metadata=_METADATA)
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
        _service.PostTasksRequest(user_app_id=_app("errors"), tasks=[wrong]), metadata=_METADATA
    )
    assert reply.status.code == 11102
    assert "cy is not a worker" in reply.status.details
    assert list(reply.tasks) == []


def test_automatic_annotation(stub: Any) -> None:
    model = _resources.Model(
        id="detector",
        user_id="clarifai",
        app_id="main",
        model_version=_resources.ModelVersion(id="1" * 32),
    )
    auto = _resources.Task(
        name="Auto",
        worker=_resources.TaskWorker(
            strategy=_resources.TaskWorker.FULL, workers=[_resources.Worker(model=model)]
        ),
        concepts=[
            _resources.TaskConcept(
                concept=_resources.Concept(id="cat", value=1),
                auto_annotation_config=_resources.TaskConceptAutoAnnotationConfig(
                    annotation_data_types=1,
                    threshold_range=_resources.ThresholdRange(lower=0.1, upper=0.7),
                    status_code=24157,
                ),
            )
        ],
        delete_previous_annotations=True,
    )
    auto.metadata.update({"note": {"n": 1, "list": [1.5, None]}})
    [task] = _post(stub, _app("auto"), auto)
    assert task.worker.workers[0].model.model_version.id == "1" * 32
    assert task.worker.workers[0].model.user_id == "clarifai"
    assert task.concepts[0].auto_annotation_config == auto.concepts[0].auto_annotation_config
    assert task.metadata == auto.metadata
