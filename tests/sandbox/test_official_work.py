"""The official client labels, counts and asks oddly, and a served sandbox bears with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import run_server
from .official import METADATA, RESOURCES, SERVICE, USAGE_ERROR, name_app, open_stub
from .requests import KEY, answer

# The client uses what protobuf 6 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_SUCCESS, _PENDING = 24150, 24151


def _authorize(key: str) -> tuple[tuple[str, str]]:
    return (("authorization", f"Key {key}"),)


class Person:
    """Somebody who makes the client's calls in one app, with a key that speaks for them."""

    def __init__(self, stub: Any, app: str, user: str = "") -> None:
        self.stub, self.app = stub, name_app(app)
        self.metadata = _authorize(f"{KEY}:{user}" if user else KEY)

    def ask(self, name: str, request: str, *, code: int = 10000, **members: Any) -> Any:
        """Make the call *name*; return its reply, whose code must be *code*."""
        message = getattr(SERVICE, request)(user_app_id=self.app, **members)
        reply = getattr(self.stub, name)(message, metadata=self.metadata)
        assert reply.status.code == code, reply
        return reply

    def post(self, kind: str, *items: Any) -> Any:
        call = f"Post{kind.title()}"
        members: dict[str, Any] = {kind: items}
        return getattr(self.ask(call, f"{call}Request", **members), kind)

    def put(self, task_id: str, action: str, **members: Any) -> Any:
        number = SERVICE.PutTaskAssignmentsRequestAction.Value(action)
        reply = self.ask(
            "PutTaskAssignments",
            "PutTaskAssignmentsRequest",
            task_id=task_id,
            action=number,
            **members,
        )
        return reply.task_assignments

    def get_task(self, task_id: str, *fields: str) -> Any:
        reply = self.ask("GetTask", "GetTaskRequest", task_id=task_id, additional_fields=fields)
        return reply.task

    def count(self, what: str, task_id: str, **query: Any) -> dict[str, tuple[int, int]]:
        reply = self.ask(what, "GetTaskCountRequest", task_id=task_id, **query)
        return {each.user_id: (each.pending, each.success) for each in reply.counts}


@pytest.fixture
def stub(served: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with open_stub(served) as stub:
        yield stub


def _make_task(strategy: str, *users: str, **more: Any) -> Any:
    number = RESOURCES.TaskWorker.TaskWorkerStrategy.Value(strategy)
    workers = [RESOURCES.Worker(user=RESOURCES.User(id=user)) for user in users]
    worker = RESOURCES.TaskWorker(strategy=number, workers=workers)
    kind = RESOURCES.Task.CONCEPTS_CLASSIFICATION
    source = RESOURCES.TaskInputSource(type=RESOURCES.TaskInputSource.ALL_INPUTS)
    members = {"name": "Annotate", "type": kind, "input_source": source}
    return RESOURCES.Task(worker=worker, **(members | more))


def _make_annotation(input_id: str, task_id: str) -> Any:
    data = RESOURCES.Data(concepts=[RESOURCES.Concept(id="cat")])
    return RESOURCES.Annotation(input_id=input_id, task_id=task_id, data=data)


def test_label_a_task_to_its_end(stub: Any) -> None:
    owner, ana = Person(stub, "work"), Person(stub, "work", "ana")
    inputs = [
        RESOURCES.Input(
            id=f"i{n}", data=RESOURCES.Data(image=RESOURCES.Image(url="https://example.org/x.jpg"))
        )
        for n in range(3)
    ]
    assert [each.id for each in owner.post("inputs", *inputs)] == ["i0", "i1", "i2"]
    assert owner.post("concepts", RESOURCES.Concept(id="cat", name="Cat"))[0].name == "Cat"
    [task] = owner.post("tasks", _make_task("FULL", "ana"))

    assert {each.input.id for each in ana.put(task.id, "LABEL_START")} == {"i0", "i1", "i2"}
    made = ana.post("annotations", *(_make_annotation(f"i{n}", task.id) for n in range(3)))
    assert [each.status.code for each in made] == [_PENDING] * 3
    for kind in ("GetTaskInputCount", "GetTaskAnnotationCount"):
        assert ana.count(kind, task.id) == {"ana": (3, 0)}
        assert ana.count(kind, task.id, user_ids=["bo"]) == {}
    reply = ana.ask(
        "PutTaskAssignments", "PutTaskAssignmentsRequest", task_id=task.id, input_id="i0"
    )
    assert [each.status.code for each in reply.task_assignments] == [54200]
    metrics = owner.get_task(task.id, "all").metrics
    assert metrics.input_source.inputs_count_estimated == 3
    assert metrics.work.inputs_count_estimated == 1
    assert metrics.work.inputs_percent_estimated == 33
    assert not owner.get_task(task.id, "worker.users").HasField("metrics")

    rest = [{"worker": {"user": {"id": "ana"}}, "input": {"id": name}} for name in ("i1", "i2")]
    config = {"task_assignments": rest}
    assert len(ana.put(task.id, "LABEL_SUBMIT", label_submit_config=config)) == 2
    assert ana.count("GetTaskInputCount", task.id) == {"ana": (0, 3)}
    assert owner.get_task(task.id).status.code == 54002


def test_list_next_assignments(stub: Any) -> None:
    owner = Person(stub, "next")
    owner.post("inputs", *(RESOURCES.Input(id=f"i{n}") for n in range(12)))
    [task] = owner.post("tasks", _make_task("DYNAMIC", "ana", "bo"))
    handed = [
        Person(stub, "next", user)
        .ask("ListNextTaskAssignments", "ListNextTaskAssignmentsRequest", task_id=task.id)
        .inputs
        for user in ("ana", "bo")
    ]
    assert [len(inputs) for inputs in handed] == [10, 2]
    refused = Person(stub, "next", "eve").ask(
        "ListNextTaskAssignments", "ListNextTaskAssignmentsRequest", task_id=task.id, code=54103
    )
    assert list(refused.inputs) == []


def test_datasets_inputs_and_annotations(stub: Any) -> None:
    owner = Person(stub, "things")
    inputs = [RESOURCES.Input(id=f"i{n}") for n in range(3)]
    owner.post("inputs", *inputs)
    owner.post("datasets", RESOURCES.Dataset(id="d"))
    members = [RESOURCES.DatasetInput(input=each) for each in inputs[:2]]
    owner.ask(
        "PostDatasetInputs", "PostDatasetInputsRequest", dataset_id="d", dataset_inputs=members
    )
    source = RESOURCES.TaskInputSource(type=RESOURCES.TaskInputSource.DATASET, id="d")
    [task] = owner.post("tasks", _make_task("FULL", "ana", input_source=source))
    field = "metrics.input_source.inputs_count_estimated"
    assert owner.get_task(task.id, field).metrics.input_source.inputs_count_estimated == 2
    page = owner.ask("ListInputs", "ListInputsRequest", page=2, per_page=2).inputs
    assert [each.id for each in page] == ["i2"]

    [made] = owner.post("annotations", _make_annotation("i2", ""))
    assert made.status.code == _SUCCESS
    made.status.code = _PENDING
    patch = RESOURCES.Annotation(id=made.id, input_id="i2", status=made.status)
    [changed] = owner.ask(
        "PatchAnnotations", "PatchAnnotationsRequest", annotations=[patch], action="merge"
    ).annotations
    assert changed.status.code == _PENDING
    found = owner.ask("ListAnnotations", "ListAnnotationsRequest", input_ids=["i2", "i9"])
    assert [each.id for each in found.annotations] == [made.id]


def test_lists_by_source_and_label_order(stub: Any) -> None:
    owner = Person(stub, "filters")
    source = RESOURCES.TaskInputSource(type=RESOURCES.TaskInputSource.DATASET, id="d 1&2")
    plain, ordered = owner.post(
        "tasks",
        _make_task("FULL", input_source=source),
        _make_task("FULL", label_order_id="lo"),
    )

    def found(**query: Any) -> list[str]:
        return [each.id for each in owner.ask("ListTasks", "ListTasksRequest", **query).tasks]

    assert found() == found(including_label_order_tasks=False) == [plain.id]
    assert found(including_label_order_tasks=True) == [plain.id, ordered.id]
    assert found(label_order_ids=["lo"]) == [ordered.id]
    assert found(input_source_type="DATASET", input_source_ids=["d 1&2"]) == [plain.id]
    assert found(input_source_type="INPUT") == []
    assert found(worker_ids=[RESOURCES.WorkerIDSet(user_id="nobody")]) == [plain.id]
    owner.ask("ListTasks", "ListTasksRequest", code=11105, per_page=1001)


def test_an_id_that_is_not_escaped(stub: Any) -> None:
    """Of `a/b c?d#e` the client makes the path `a/b%20c` and the query `d`."""
    owner = Person(stub, "escapes")
    owner.ask("GetTask", "GetTaskRequest", code=11101, task_id="a/b c?d#e")
    owner.ask("GetTask", "GetTaskRequest", code=54102, task_id="b c")
    [task] = owner.post("tasks", _make_task("FULL"))
    assert owner.get_task(f"{task.id}?x").id == task.id


def test_short_paths_and_me(stub: Any, served: str) -> None:
    """Without an app the client takes short paths; with an app alone the user is "me"."""
    request = SERVICE.PostTasksRequest(tasks=[_make_task("FULL")])
    [task] = stub.PostTasks(request, metadata=METADATA).tasks
    assert (task.user_id, task.app_id) == ("sandbox-user", "sandbox-app")
    for ids, expected in (
        ({"user_id": "someone"}, ("sandbox-user", "sandbox-app")),
        ({"app_id": "mine"}, ("sandbox-user", "mine")),
    ):
        app = RESOURCES.UserAppIDSet(**ids)
        request = SERVICE.PostTasksRequest(user_app_id=app, tasks=[_make_task("FULL")])
        [made] = stub.PostTasks(request, metadata=METADATA).tasks
        assert (made.user_id, made.app_id) == expected
    for user in ("ana", ""):
        metadata = Person(stub, "mine", user).metadata
        app = RESOURCES.UserAppIDSet(app_id="mine")
        found = stub.ListTasks(SERVICE.ListTasksRequest(user_app_id=app), metadata=metadata)
        assert len(found.tasks) == (0 if user else 1)
    answer(httpx.get(f"{served}/v2/tasks", headers={"Authorization": f"Key {KEY}"}))


def test_what_the_client_makes_of_zeros(stub: Any) -> None:
    """It sends a concept's value 0.0, weights as floats, and nothing for what is empty."""
    owner = Person(stub, "zeros")
    task = _make_task("PARTITIONED", "ana", description="")
    info = task.worker.partitioned_strategy_info
    info.type, info.workers_per_input = RESOURCES.TaskWorkerPartitionedStrategyInfo.WEIGHTED, 1
    info.weights.update({"ana": 90})
    task.concepts.add().concept.id = "cat"
    task.review.strategy = RESOURCES.TaskReview.CONSENSUS
    task.review.consensus_strategy_info.approval_threshold_labelers = 0
    [made] = owner.post("tasks", task)
    assert made.concepts[0].concept.id == "cat"
    assert dict(made.worker.partitioned_strategy_info.weights) == {"ana": 90.0}
    assert made.review.WhichOneof("strategy_info") == "consensus_strategy_info"
    assert made.description == ""


def test_errors_are_replies_with_their_code(stub: Any, served: str) -> None:
    owner = Person(stub, "errors")
    reply = owner.ask("PatchTasks", "PatchTasksRequest", code=11102, action="remove")
    assert list(reply.tasks) == []
    owner.ask("DeleteTasks", "DeleteTasksRequest", code=54102, ids=["nothing"])
    owner.ask("GetTaskInputCount", "GetTaskCountRequest", code=54102, task_id="x")
    with pytest.raises(USAGE_ERROR):
        stub.ListTasks(SERVICE.ListTasksRequest(), metadata=(("authorization", "Bearer x"),))
    response = httpx.get(f"{served}/v2/tasks", headers={"Authorization": "Bearer x"})
    assert answer(response, 11102, 401)["tasks"] == []


def test_a_wrong_key(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with run_server(db, token="right") as (url, _), open_stub(url) as stub:
        for key, code in (("wrong", 11009), ("wrong:ana", 11009), ("right", 10000)):
            reply = stub.ListTasks(SERVICE.ListTasksRequest(), metadata=_authorize(key))
            assert (reply.status.code, list(reply.tasks)) == (code, [])
        request = SERVICE.PostTasksRequest(tasks=[_make_task("FULL")])
        assert stub.PostTasks(request, metadata=_authorize("right:ana")).status.code == 10000
