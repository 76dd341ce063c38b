"""Whatever a server answers, a call ends with a result or with an `ApiError`, nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.api.retry import Patience
from reconciler.errors import ApiError
from reconciler.model import Fault
from tests.api.clients import TOKEN, client
from tests.server import Server, answer, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.api.client import TasksApi

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([10000, 10010, 11005, 54001, 54102, 98009, "SUCCESS", "10000", TOKEN, ""])
    | st.text(max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
statuses = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("code", "description", "details", "req_id"), values)
)
tasks = st.fixed_dictionaries(
    {}, optional={"id": values, "status": statuses | values, "metadata": values}
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "status": statuses | st.just({"code": 10000}) | st.just({"code": 10010}) | values,
        "tasks": st.lists(tasks | values, max_size=3) | values,
        "task": tasks | values,
        "message": values,
    },
)
HEADERS = ("Content-Encoding", "Location", "Retry-After", "Date", "Set-Cookie", "Transfer-Encoding")
words = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)
headers = st.dictionaries(
    st.sampled_from(HEADERS),
    words | st.sampled_from(["gzip", "br", "chunked", "http://[", "//", "http://x:y/", "a=b"]),
    max_size=2,
)
answers = st.builds(
    answer,
    envelopes | values | st.binary(max_size=30),
    status=st.integers(100, 999) | st.sampled_from([200, 200, 200, 207, 400, 404, 429]),
    kind=st.sampled_from(["application/json", "text/html", "", "application/json; charset=x"]),
    headers=headers,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(b"") as running:
        yield running


@contextmanager
def only_api_errors() -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        assert str(error)
        assert TOKEN not in repr(error.fault)


def try_all(api: TasksApi) -> None:
    with only_api_errors():
        for task in api.list_tasks():
            assert isinstance(task["id"], str)
            assert task["id"]
    with only_api_errors():
        assert api.get_task("t1")["id"]
    for write in (api.create_tasks, api.overwrite_tasks):
        with only_api_errors():
            for result in write([{"id": "t1"}]):
                assert isinstance(result, dict | Fault)
    with only_api_errors():
        api.delete_tasks(["t1"])


def open_client(server: Server, *script: bytes) -> Any:
    server.script[:] = script
    return client(server.url, patience=Patience(tries=2, unanswered=2))


@QUICK
@given(script=st.lists(answers, min_size=1, max_size=3))
def test_any_answer(server: Server, script: list[bytes]) -> None:
    with open_client(server, *script) as api:
        try_all(api)


@QUICK
@given(noise=st.binary(max_size=200))
def test_any_bytes(server: Server, noise: bytes) -> None:
    with open_client(server, noise) as api:
        try_all(api)


@QUICK
@given(good=answers, data=st.data())
def test_any_cut(server: Server, good: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(good)))
    with open_client(server, good[:length]) as api:
        try_all(api)
