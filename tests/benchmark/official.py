"""How fast does the official client create tasks, one a call, at the API's pace?

`python -m tests.benchmark.official URL APP COUNT PER_SECOND` prints the seconds.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from typing import Any

from tests.benchmark.tasks import TOKEN, USER

_SUCCESS = 10000


def create_tasks(url: str, app: str, *, count: int, per_second: float) -> float:
    """Create *count* tasks one by one, never faster than *per_second*; return the seconds."""
    service = import_module("clarifai_grpc.grpc.api.service_pb2")
    grpc = import_module("clarifai_grpc.grpc.api.service_pb2_grpc")
    resources = import_module("clarifai_grpc.grpc.api.resources_pb2")
    channel = import_module("clarifai_grpc.channel.clarifai_channel")
    stub = grpc.V2Stub(channel.ClarifaiChannel.get_json_channel(base_url=url))
    target = resources.UserAppIDSet(user_id=USER, app_id=app)
    start = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, start + number / per_second - time.perf_counter()))
        request = service.PostTasksRequest(user_app_id=target, tasks=[_task(resources, number)])
        reply = stub.PostTasks(request, metadata=(("authorization", f"Key {TOKEN}"),))
        assert reply.status.code == _SUCCESS, reply
    # The last call has its share of the pace too.
    time.sleep(max(0.0, start + count / per_second - time.perf_counter()))
    return time.perf_counter() - start


def _task(resources: Any, number: int) -> Any:
    users = ("ana", "bo", "cy")
    task = resources.Task(
        type=resources.Task.CONCEPTS_CLASSIFICATION,
        name=f"Official {number:05}",
        description="Mark every bird, those at the edge of the picture too.",
        worker=resources.TaskWorker(
            strategy=resources.TaskWorker.PARTITIONED,
            workers=[resources.Worker(user=resources.User(id=user)) for user in users],
            partitioned_strategy_info=resources.TaskWorkerPartitionedStrategyInfo(
                type=resources.TaskWorkerPartitionedStrategyInfo.WEIGHTED, workers_per_input=2
            ),
        ),
        input_source=resources.TaskInputSource(
            type=resources.TaskInputSource.DATASET, id=f"estuary-{number:05}"
        ),
        concepts=[
            resources.TaskConcept(concept=resources.Concept(id=name)) for name in ("heron", "gull")
        ],
        review=resources.TaskReview(
            strategy=resources.TaskReview.CONSENSUS,
            users=[resources.User(id="hal")],
            consensus_strategy_info=resources.TaskReviewConsensusStrategyInfo(
                approval_threshold_labelers=2
            ),
        ),
    )
    task.worker.partitioned_strategy_info.weights.update(
        dict(zip(users, (45, 35, 20), strict=True))
    )
    return task


if __name__ == "__main__":
    _, base, app_id, amount, pace = sys.argv
    print(create_tasks(base, app_id, count=int(amount), per_second=float(pace)))  # noqa: T201
