"""No id, wherever it stands, is more than a name: it fails nothing and touches nothing else."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from reconciler.sandbox.routes import ROUTES

from .conftest import MakeClient
from .requests import MANUAL, answer, listed, post

_EVIL = (
    "' OR '1'='1",
    "'; DROP TABLE tasks; --",
    '") OR 1=1 --',
    '["*"]',
    "%",
    "_" * 32,
    "a/b",
    "..",
    "../../../etc/passwd",
    "%2F..%2F",
    "..%2f..%2f",
    "\\",
    "a\0b",
    "\0",
    "a\r\nX-Evil: 1",
    "😀",
    "e\u0301",
    "\ufeff",
    "\u202e",
    "\U0010ffff",
    "null",
    "$.id",
    "{{7*7}}",
    "${jndi:x}",
    "__proto__",
    "9" * 400,
    "?ids=x",
    "#",
)
# Whose path the other routes never share.
_OWN = "/v2/users/own/apps/own/tasks"


@pytest.fixture
def guarded(client: httpx.Client) -> httpx.Client:
    """Make a client of a sandbox in which there is something to harm."""
    post(client, MANUAL, MANUAL)
    post(client, MANUAL, path=_OWN)
    for path, name in (("inputs", "in"), ("datasets", "set"), ("concepts", "cat")):
        answer(client.post(f"/v2/{path}", json={path: [{"id": name}]}))
    return client


def _quote(text: str) -> str:
    """Return *text* as one segment of a path; clients resolve a bare `..` themselves."""
    return quote(text, safe="").replace(".", "%2E")


def _dump(db: Path) -> list[str]:
    with closing(sqlite3.connect(db)) as opened:
        return [line for line in opened.iterdump() if '"clock"' not in line]


def _send(client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response:
    response = client.request(method, path, **more)  # type: ignore[arg-type]
    assert response.status_code < 500, response.text
    assert response.json()["status"]["code"]
    assert "X-Evil" not in response.headers
    for inside in ("Traceback", "sqlite", ".py", "/reconciler/", "SELECT"):
        assert inside not in response.text
    return response


@pytest.mark.parametrize("evil", _EVIL)
def test_in_a_path(guarded: httpx.Client, db: Path, evil: str) -> None:
    before = _dump(db)
    body = json.dumps({"ids": ["x"], "action": "overwrite", "status_code": 24150})
    for route in ROUTES:
        path = route.path
        for name in ("task_id", "input_id", "dataset_id"):
            path = path.replace(f"<{name}>", _quote(evil))
        if path != route.path:
            response = _send(guarded, route.method, f"/v2/users/me/apps/a{path}", content=body)
            assert response.status_code >= 400
    for user, app in ((evil, "own"), ("own", evil)):
        prefix = f"/v2/users/{_quote(user)}/apps/{_quote(app)}"
        assert "task" not in str(_send(guarded, "GET", f"{prefix}/tasks").json().get("tasks"))
        _send(guarded, "DELETE", f"{prefix}/tasks", content=body)
    assert _dump(db) == before


@pytest.mark.parametrize("evil", _EVIL)
def test_in_a_query(guarded: httpx.Client, db: Path, evil: str) -> None:
    before = _dump(db)
    filters = ["ids", "worker_user_ids", "review_user_ids", "input_source_ids", "label_order_ids"]
    for name in filters:
        assert listed(guarded, f"{name}={quote(evil)}") == []
    names = [*filters, "id", "page", "per_page", "input_source_type", "including_label_order_tasks"]
    names += ["additional_fields", "input_ids", "user_ids", "task_id", "user_app_id.user_id", evil]
    for route in ROUTES:
        if route.method == "GET":
            path = route.path.replace("<", "").replace(">", "")
            for name in names:
                _send(guarded, "GET", f"/v2{path}?{quote(name)}={quote(evil)}")
    assert _dump(db) == before


@pytest.mark.parametrize("evil", _EVIL)
def test_in_a_body(guarded: httpx.Client, db: Path, evil: str) -> None:
    before = _dump(db)
    [task, _] = listed(guarded)
    for method, path, body in (
        ("DELETE", "tasks", {"ids": [evil]}),
        ("PATCH", "tasks", {"action": "overwrite", "tasks": [MANUAL | {"id": evil}]}),
        ("PATCH", "tasks", {"action": evil, "tasks": [MANUAL | {"id": task["id"]}]}),
        ("POST", "tasks", {"tasks": [MANUAL | {"type": evil}]}),
        ("POST", "tasks", {"tasks": [{evil: evil}]}),
        ("POST", "annotations", {"annotations": [{"input_id": evil}]}),
        ("POST", "annotations", {"annotations": [{"input_id": "in", "task_id": evil}]}),
        (
            "PATCH",
            "annotations",
            {"action": "merge", "annotations": [{"id": evil, "status": {"code": 24150}}]},
        ),
        ("POST", "datasets/set/inputs", {"dataset_inputs": [{"input": {"id": evil}}]}),
        ("POST", "inputs", {"inputs": [{"dataset_ids": [evil]}]}),
        ("PUT", f"tasks/{task['id']}/assignments", {"input_id": evil}),
    ):
        long = f"/v2/users/sandbox-user/apps/sandbox-app/{path}"
        assert _send(guarded, method, long, json=body).status_code >= 400
    assert _dump(db) == before


@pytest.mark.parametrize("evil", _EVIL)
def test_as_what_somebody_chose(guarded: httpx.Client, evil: str) -> None:
    """What is no id of an existing thing may be any text, and comes back as it was."""
    spec = MANUAL | {"name": evil, "description": evil, "metadata": {evil: evil}}
    spec |= {"worker": {"strategy": "FULL", "user_ids": [evil]}, "concept_ids": [evil]}
    [made] = post(guarded, spec)
    assert (made["name"], made["metadata"]) == (evil, {evil: evil})
    assert made["worker"]["workers"] == [{"user": {"id": evil}}]
    assert answer(guarded.get(f"/v2/tasks/{made['id']}"))["task"] == made
    answer(guarded.post("/v2/inputs", json={"inputs": [{"id": evil}]}))
    assert len(listed(guarded)) == 3


@pytest.mark.parametrize("tail", ["\0", "\0x", " ", "'", "%00", "/", "?x", "é"])
def test_an_id_with_a_tail_is_another_id(make_client: MakeClient, tail: str) -> None:
    client = make_client()
    [task] = post(client, MANUAL)
    other = _quote(task["id"] + tail)
    assert client.get(f"/v2/tasks/{other}").status_code == 404
    assert listed(client, f"ids={other}") == []
    assert listed(client, f"worker_user_ids={quote('ana' + tail)}") == []
    answer(client.request("DELETE", "/v2/tasks", json={"ids": [task["id"] + tail]}), 54102, 404)
    assert listed(client) == [task]
