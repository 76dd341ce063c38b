"""A list is paged and filtered as its query says."""

from typing import Any

import httpx
import pytest

from .conftest import MakeClient
from .requests import MANUAL, answer, listed, post


def _names(tasks: list[dict[str, Any]]) -> list[int]:
    return [int(task["name"]) for task in tasks]


def _fill(client: httpx.Client, count: int) -> None:
    for start in range(0, count, 128):
        post(client, *({"name": str(number)} for number in range(start, min(start + 128, count))))


def test_pages(client: httpx.Client) -> None:
    _fill(client, 130)
    assert _names(listed(client)) == list(range(128))
    assert _names(listed(client, "page=2")) == [128, 129]
    assert _names(listed(client, "page=2&per_page=50")) == list(range(50, 100))
    assert _names(listed(client, "per_page=1000")) == list(range(130))
    assert listed(client, "page=3") == []
    assert listed(client, f"page={2**32 - 1}&per_page=1000") == []


def test_a_cap_is_silent(make_client: MakeClient) -> None:
    """The pages of a capped server are capped pages: a client must not count in its own."""
    client = make_client(page_cap=10)
    _fill(client, 25)
    for query in ("per_page=1000", "per_page=5000", ""):
        assert _names(listed(client, query)) == list(range(10))
    assert _names(listed(client, "per_page=1000&page=3")) == list(range(20, 25))
    assert _names(listed(client, "per_page=4&page=2")) == list(range(4, 8))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page=0", 11105),
        ("page=x", 11102),
        ("page=-1", 11102),
        ("page=", 11102),
        ("page=1.5", 11102),
        (f"page={2**32}", 11102),
        ("per_page=0", 11105),
        ("per_page=1001", 11105),
        ("including_label_order_tasks=yes", 11102),
        ("input_source_type=FOLDER", 11102),
        ("input_source_type=9", 11102),
    ],
)
def test_a_query_that_makes_no_sense(client: httpx.Client, query: str, code: int) -> None:
    body = answer(client.get(f"/v2/tasks?{query}"), code, 400)
    assert body["tasks"] == []
    assert body["status"]["details"].startswith(query.split("=", maxsplit=1)[0])


def test_filters(client: httpx.Client) -> None:
    all_inputs, first, second, entry = post(
        client,
        MANUAL,
        {"input_source": {"type": "DATASET", "id": "ds 1&2"}},
        {"input_source": {"type": "DATASET", "id": "ds3"}},
        {"worker": {"workers": [{"user": {"id": "dee"}}]}, "review": {"users": [{"id": "eve"}]}},
    )
    assert listed(client, "input_source_type=DATASET") == [first, second]
    assert listed(client, "input_source_type=3&input_source_ids=ds+1%262") == [first]
    assert listed(client, "input_source_type=0&input_source_ids=ds3") == [second]
    assert listed(client, f"ids={second['id']}&ids={all_inputs['id']}&ids=x") == [
        all_inputs,
        second,
    ]
    assert listed(client, "worker_user_ids=dee&review_user_ids=eve") == [entry]
    assert listed(client, "worker_user_ids=eve") == []
    assert listed(client, "label_order_ids=lo1") == []


def test_what_adds_nothing_here_is_accepted(client: httpx.Client) -> None:
    [task] = post(client, MANUAL)
    for flag in ("true", "True", "1", "false", "False", "0"):
        assert listed(client, f"including_label_order_tasks={flag}") == [task]
    wanted = "additional_fields=review.users&additional_fields=worker.users"
    assert listed(client, f"{wanted}&x=1") == [task]
    path = f"/v2/tasks/{task['id']}?{wanted}&user_app_id.user_id=me"
    assert answer(client.get(path))["task"] == task
