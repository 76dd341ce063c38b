"""No request makes the sandbox fail: whatever comes is answered in an envelope, not with 500."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.sandbox import Batch, Options, Writes, create_app
from reconciler.sandbox.fields import (
    DELETE_BODY,
    PATCH_ANNOTATIONS,
    PATCH_ANNOTATIONS_STATUS,
    PATCH_BODY,
    POST_ANNOTATIONS,
    POST_BODY,
    POST_CONCEPTS,
    POST_DATASET_INPUTS,
    POST_DATASETS,
    POST_INPUTS,
    PUT_ASSIGNMENTS,
)
from reconciler.sandbox.kinds import Choice, Kind, Many, Message, Text

from .requests import CREATES, KEY

_FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([10**400, "\ud800", "", "1", "-0", 54002, "TASK_DONE", 1e300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
# What `labelled` has, and what it has not.
_NAMES = ["i0", "i1", "wild", "cat", "ana", "rev", "TASK", "ASSIGNMENT", "merge", "overwrite"]


def _values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values that are nearly always of *kind*, now and then anything."""
    match kind:
        case Message(members=members):
            return st.fixed_dictionaries(
                {},
                optional={name: _values(of) for name, of in members.items()},
            )
        case Many(of=of):
            return st.lists(_values(of), max_size=3) | _ANYTHING
        case Choice(numbers=numbers):
            return st.sampled_from([*numbers, *numbers.values()]) | _ANYTHING
        case Text():
            return st.sampled_from(_NAMES) | _ANYTHING
        case _:
            return _ANYTHING


@pytest.fixture(
    scope="module", params=[*({"writes": writes} for writes in Writes), {"batch": Batch.MIXED}]
)
def fuzzed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    options = Options(keep_status_on_create=True, **request.param)
    app = create_app(tmp_path_factory.mktemp("fuzz") / "sandbox.db", options=options)
    transport = httpx.WSGITransport(app=app)
    headers = {"Authorization": f"Key {KEY}"}
    with httpx.Client(transport=transport, base_url="http://x", headers=headers) as client:
        yield client


def _check(response: httpx.Response) -> None:
    assert response.status_code < 500, response.text
    status = response.json()["status"]
    assert (status["code"] == 10000) == (response.status_code == 200)


_BODIES = {
    "POST": _values(POST_BODY),
    "PATCH": _values(PATCH_BODY),
    "DELETE": _values(DELETE_BODY),
}


@pytest.mark.parametrize("method", _BODIES)
@_FUZZ
@given(data=st.data())
def test_bodies(fuzzed: httpx.Client, method: str, data: st.DataObject) -> None:
    body = data.draw(_BODIES[method])
    _check(fuzzed.request(method, "/v2/tasks", content=json.dumps(body)))


@_FUZZ
@given(data=st.data())
def test_changes_to_good_tasks(fuzzed: httpx.Client, data: st.DataObject) -> None:
    """One wrong member in a good task is the mistake that people make."""
    task = json.loads(json.dumps(data.draw(st.sampled_from(list(CREATES.values())))))
    holder, kind = task, POST_BODY.members["tasks"]
    assert isinstance(kind, Many)
    kind = kind.of
    while isinstance(kind, Message):
        name = data.draw(st.sampled_from([*kind.members]))
        kind = kind.members[name]
        if not isinstance(holder.get(name), dict) or data.draw(st.booleans()):
            holder[name] = data.draw(_values(kind))
            break
        holder = holder[name]
    _check(fuzzed.post("/v2/tasks", content=json.dumps({"tasks": [task]})))


@_FUZZ
@given(st.binary(max_size=40))
def test_bytes(fuzzed: httpx.Client, body: bytes) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        _check(fuzzed.request(method, "/v2/tasks", content=body))


_QUERIES = st.lists(
    st.tuples(
        st.sampled_from(
            ["page", "per_page", "ids", "worker_user_ids", "input_source_type", "input_source_ids"]
        ),
        st.text(max_size=4) | st.integers().map(str),
    ),
    max_size=4,
)


@_FUZZ
@given(_QUERIES, st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=6))
def test_queries_and_paths(fuzzed: httpx.Client, query: list[tuple[str, str]], part: str) -> None:
    pairs: list[tuple[str, Any]] = [
        (name, value.encode(errors="replace").decode()) for name, value in query
    ]
    _check(fuzzed.get("/v2/tasks", params=httpx.QueryParams(pairs)))
    quoted = quote(part, safe="")
    _check(fuzzed.get(f"/v2/users/{quoted}/apps/{quoted}/tasks/{quoted}"))


_APP = "/v2/users/sandbox-user/apps/sandbox-app"
_LABELLING = [
    ("POST", "inputs", POST_INPUTS),
    ("POST", "datasets", POST_DATASETS),
    ("POST", "datasets/wild/inputs", POST_DATASET_INPUTS),
    ("POST", "concepts", POST_CONCEPTS),
    ("POST", "annotations", POST_ANNOTATIONS),
    ("PATCH", "annotations", PATCH_ANNOTATIONS),
    ("PATCH", "task/TASK/annotations/status", PATCH_ANNOTATIONS_STATUS),
    ("PUT", "tasks/TASK/assignments", PUT_ASSIGNMENTS),
]


@pytest.fixture(scope="module")
def labelled(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """Return a client of a sandbox with a task to label, and the ids of it and an assignment."""
    app = create_app(tmp_path_factory.mktemp("labelled") / "sandbox.db")
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://x") as client:
        client.headers["Authorization"] = f"Key {KEY}"
        client.post("/v2/inputs", json={"inputs": [{"id": f"i{number}"} for number in range(15)]})
        client.post("/v2/datasets", json={"datasets": [{"id": "wild"}]})
        [task] = client.post("/v2/tasks", json={"tasks": [CREATES["manual"]]}).json()["tasks"]
        path = f"{_APP}/tasks/{task['id']}/assignments"
        begun = client.put(path, json={"action": "LABEL_START"}, headers=_as("ana")).json()
        ids = {"TASK": task["id"], "ASSIGNMENT": begun["task_assignments"][0]["id"]}
        yield client, ids


def _as(user: str) -> dict[str, str]:
    return {"Authorization": f"Key {KEY}:{user}"}


@pytest.mark.parametrize("call", _LABELLING, ids=lambda call: f"{call[0]} {call[1]}")
@_FUZZ
@given(data=st.data(), user=st.sampled_from(["ana", "rev", "sandbox-user", "x"]))
def test_labelling(
    labelled: tuple[httpx.Client, dict[str, str]],
    call: tuple[str, str, Message],
    data: st.DataObject,
    user: str,
) -> None:
    client, ids = labelled
    method, path, kind = call
    body = json.dumps(data.draw(_values(kind)))
    for word, found in ids.items():
        body, path = body.replace(f'"{word}"', f'"{found}"'), path.replace(word, found)
    _check(client.request(method, f"{_APP}/{path}", content=body, headers=_as(user)))
    for counts in ("inputs", "annotations"):
        _check(client.get(f"/v2/tasks/{ids['TASK']}/{counts}/count"))
    _check(client.get("/v2/tasks?additional_fields=all"))
