"""Whatever a server answers, a call ends with a result or with an `ApiError`, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
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
    from collections.abc import Callable, Iterator

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


@dataclass(frozen=True, slots=True)
class Line:
    """One client and one server for all that is drawn."""

    server: Server = field(repr=False)
    api: TasksApi = field(repr=False)

    def script(self, *answers: bytes) -> TasksApi:
        """Let the server give these answers; return its client."""
        self.server.requests.clear()
        self.server.script[:] = answers
        return self.api


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    patience = Patience(tries=2, unanswered=2)
    with serve(b"") as server, client(server.url, patience=patience) as api:
        yield Line(server, api)


def attempt(call: Callable[[], Any]) -> Any:
    """Return the result of a call, none if it ends with an error that is fit to be shown."""
    try:
        return call()
    except ApiError as error:
        shown = (str(error), repr(error.fault))
    assert shown[0]
    assert TOKEN not in shown[1]
    return None


def try_all(api: TasksApi) -> None:
    for task in attempt(lambda: list(api.list_tasks())) or ():
        assert isinstance(task["id"], str)
        assert task["id"]
    one = attempt(lambda: api.get_task("t1"))
    assert one is None or one["id"]
    for write in (api.create_tasks, api.overwrite_tasks):
        for result in attempt(partial(write, [{"id": "t1"}])) or ():
            assert isinstance(result, dict | Fault)
    attempt(lambda: api.delete_tasks(["t1"]))


@QUICK
@given(script=st.lists(answers, min_size=1, max_size=3))
def test_any_answer(line: Line, script: list[bytes]) -> None:
    try_all(line.script(*script))


@QUICK
@given(noise=st.binary(max_size=200))
def test_any_bytes(line: Line, noise: bytes) -> None:
    try_all(line.script(noise))


@QUICK
@given(whole=answers, share=st.floats(0, 1))
def test_any_part_of_an_answer(line: Line, whole: bytes, share: float) -> None:
    try_all(line.script(whole[: int(len(whole) * share)]))
