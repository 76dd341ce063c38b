"""What goes over the wire: path, headers, body, and nothing to whom it doesn't concern."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.errors import RejectedError
from tests.api.clients import TOKEN, client
from tests.server import answer, reply, serve

if TYPE_CHECKING:
    from reconciler.model import Spec

ONE: Spec = {"id": "t1", "name": "One", "status": {"code": 54001}}


def test_an_app_key_takes_the_short_path() -> None:
    with serve(reply(tasks=[ONE]), reply(tasks=[])) as server, client(server.url) as api:
        assert list(api.list_tasks()) == [ONE]
    assert {request.path for request in server.requests} == {"/v2/tasks"}


def test_a_personal_token_takes_the_long_path() -> None:
    with (
        serve(reply(tasks=[])) as server,
        client(f"{server.url}/base", user_id="me/us", app_id="my app") as api,
    ):
        assert list(api.list_tasks()) == []
    assert server.requests[0].path == "/base/v2/users/me%2Fus/apps/my%20app/tasks"


def test_every_request_names_the_key() -> None:
    with serve(reply(tasks=[])) as server, client(server.url) as api:
        list(api.list_tasks())
        api.create_tasks([{"name": "One"}])
        api.overwrite_tasks([ONE])
        api.delete_tasks(["t1"])
        assert api.requests == 4
    assert server.methods == ["GET", "POST", "PATCH", "DELETE"]
    assert {request.headers["authorization"] for request in server.requests} == {f"Key {TOKEN}"}


def test_the_bodies_of_writes() -> None:
    with serve(reply(tasks=[])) as server, client(server.url) as api:
        api.create_tasks([{"name": "Grüße"}])
        api.overwrite_tasks([ONE])
        api.delete_tasks(["t1", "t2"])
    assert [request.json for request in server.requests] == [
        {"tasks": [{"name": "Grüße"}]},
        {"action": "overwrite", "tasks": [ONE]},
        {"ids": ["t1", "t2"]},
    ]
    assert {request.headers["content-type"] for request in server.requests} == {"application/json"}


def test_lists_ask_for_large_pages_label_orders_and_the_people_named() -> None:
    with serve(reply(tasks=[])) as server, client(server.url) as api:
        list(api.list_tasks(workers=["ana", "b&o"], reviewers=["cy"]))
    assert server.requests[0].query == [
        ("page", "1"),
        ("per_page", "1000"),
        ("including_label_order_tasks", "true"),
        ("worker_user_ids", "ana"),
        ("worker_user_ids", "b&o"),
        ("review_user_ids", "cy"),
    ]


def test_one_task_is_asked_for_by_id() -> None:
    task = {"id": "a/b?c"}
    with serve(reply(task=task)) as server, client(server.url) as api:
        assert api.get_task("a/b?c") == task
    assert server.requests[0].target == "/v2/tasks/a%2Fb%3Fc"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_token_stays_here(status: int) -> None:
    with serve(reply(tasks=[])) as other:
        away = answer(b"", status=status, headers={"Location": f"{other.url}/v2/tasks"})
        with serve(away) as server, client(server.url) as api:
            with pytest.raises(RejectedError, match=f"HTTP {status}"):
                list(api.list_tasks())
            with pytest.raises(RejectedError):
                api.create_tasks([{"name": "One"}])
    assert other.requests == []
    assert server.methods == ["GET", "POST"]


def test_a_proxy_is_not_asked_for_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(reply(tasks=[])) as proxy, serve(reply(tasks=[])) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with client(server.url) as api:
            list(api.list_tasks())
    assert proxy.requests == []


def test_a_cookie_is_not_kept() -> None:
    cookie = {"Set-Cookie": "session=\u00fc; Path=/"}
    given = answer({"status": {"code": 10000}, "tasks": []}, headers=cookie)
    with serve(given) as server, client(server.url) as api:
        list(api.list_tasks())
        list(api.list_tasks())
    assert all("cookie" not in request.headers for request in server.requests)
