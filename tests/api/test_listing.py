"""A listing is every task once, or an error: never a part of it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import ApiError, RejectedError
from tests.api.clients import client
from tests.server import answer, refusal, reply, serve


def tasks(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", "n": number} for number in numbers]


def listed(*script: bytes) -> tuple[list[Any], int]:
    """Return the numbers of the tasks that are listed, and the requests that it took."""
    with serve(*script) as server, client(server.url) as api:
        found = [task["n"] for task in api.list_tasks()]
    return found, len(server.requests)


END = reply(tasks=[])


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([END], ([], 1)),
        ([reply(tasks=tasks(1, 2)), END], ([1, 2], 2)),
        ([reply(tasks=tasks(1)), reply(tasks=tasks(2, 3)), END], ([1, 2, 3], 3)),
        ([reply(tasks=tasks(1, 2))], ([1, 2], 3)),
        (
            [reply(tasks=tasks(1, 2)), reply(tasks=tasks(1, 2)), reply(tasks=tasks(3)), END],
            ([1, 2, 3], 4),
        ),
        ([reply(tasks=tasks(1, 2)), reply(tasks=tasks(2, 3)), END], ([1, 2, 3], 3)),
        ([reply(tasks=tasks(1, 1, 2)), END], ([1, 2], 2)),
    ],
    ids=[
        "empty",
        "one page",
        "short pages",
        "one page for ever",
        "pushed page",
        "shifted page",
        "twice",
    ],
)
def test_pages_are_read_until_one_is_empty_or_two_bring_nothing_new(
    script: list[bytes], expected: tuple[list[int], int]
) -> None:
    assert listed(*script) == expected


@pytest.mark.parametrize(
    ("code", "status"),
    [(11105, 400), (11105, 416), ("CONN_INVALID_RANGE", 400), (11102, 400)],
)
def test_after_the_first_page_out_of_range_is_the_end(code: object, status: int) -> None:
    assert listed(reply(tasks=tasks(1)), refusal(code, status=status)) == ([1], 2)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(refusal(11102, status=401), id="the token expired"),
        pytest.param(refusal(11101, status=404), id="the app is gone"),
        pytest.param(answer(b"", status=400, kind="text/html"), id="a gateway"),
        pytest.param(reply(tasks=None), id="null"),
        pytest.param(reply(), id="no list"),
        pytest.param(reply(tasks={"id": "t2"}), id="a mapping"),
        pytest.param(reply(tasks="t2"), id="text"),
        pytest.param(reply(tasks=[*tasks(2), None]), id="a null"),
        pytest.param(reply(tasks=[*tasks(2), "t3"]), id="an id"),
        pytest.param(reply(tasks=[*tasks(2), {"n": 3}]), id="no id"),
        pytest.param(reply(tasks=[*tasks(2), {"id": ""}]), id="empty id"),
        pytest.param(reply(tasks=[*tasks(2), {"id": 3}]), id="a number as id"),
        pytest.param(reply(tasks=[*tasks(2), {"id": ["t3"]}]), id="a list as id"),
        pytest.param(reply(10010, status=207, tasks=tasks(2)), id="mixed"),
    ],
)
@pytest.mark.parametrize("before", [0, 1], ids=["first page", "second page"])
def test_what_cannot_be_read_whole_is_an_error(bad: bytes, before: int) -> None:
    with pytest.raises(ApiError) as caught:
        listed(*[reply(tasks=tasks(1))] * before, bad)
    assert str(caught.value)


def test_the_first_page_is_never_out_of_range() -> None:
    with pytest.raises(RejectedError, match="11105"):
        listed(refusal(11105, status=400))
