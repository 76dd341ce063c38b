"""A sandbox's file is private, is never mistaken, and keeps what was answered."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox import SandboxError, create_app, reset
from reconciler.sandbox.database import prepare

from .conftest import MakeClient, run_server
from .requests import KEY, MANUAL, OVERWRITE, answer, listed, post

_HEADERS = {"Authorization": f"Key {KEY}"}


def test_files_and_folders_are_private(tmp_path: Path) -> None:
    db = tmp_path / "new" / "folder" / "sandbox.db"
    create_app(db)
    assert db.stat().st_mode & 0o777 == 0o600
    for folder in (db.parent, db.parent.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
    for beside in db.parent.iterdir():
        assert beside.stat().st_mode & 0o077 == 0


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 100)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE tasks (id)")
    for path in (text, other):
        before = path.read_bytes()
        for use in (create_app, reset):
            with pytest.raises(SandboxError, match=r"is not a sandbox database; choose"):
                use(path)
        assert path.read_bytes() == before


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "sandbox.db"):
        with pytest.raises(SandboxError, match=r"cannot write .* or choose another file"):
            create_app(path)


def test_a_file_of_a_newer_version(db: Path) -> None:
    create_app(db)
    with closing(sqlite3.connect(db)) as opened:
        opened.execute("PRAGMA user_version = 99")
    with pytest.raises(SandboxError, match="newer version; upgrade"):
        create_app(db)


def test_reset(db: Path, make_client: MakeClient) -> None:
    assert reset(db) == 0
    assert not db.exists()
    client = make_client()
    post(client, MANUAL, MANUAL)
    post(client, MANUAL, path="/v2/users/u/apps/a/tasks")
    assert reset(db) == 3
    assert listed(client) == []
    assert listed(client, "worker_user_ids=ana") == []
    assert reset(db) == 0


def test_two_sandboxes_share_a_file(make_client: MakeClient) -> None:
    [task] = post(make_client(), MANUAL)
    assert listed(make_client()) == [task]


def test_what_was_answered_survives_a_kill(db: Path) -> None:
    with run_server(db) as (url, process), httpx.Client(base_url=url, headers=_HEADERS) as client:
        kept, dropped = post(client, MANUAL, MANUAL)
        body = {"action": "overwrite", "tasks": [OVERWRITE | {"id": kept["id"]}]}
        changed = answer(client.patch("/v2/tasks", json=body))["tasks"]
        answer(client.request("DELETE", "/v2/tasks", json={"ids": [dropped["id"]]}))
        process.kill()
    with run_server(db) as (url, _), httpx.Client(base_url=url, headers=_HEADERS) as client:
        assert listed(client) == changed


def test_parallel_clients_lose_nothing(served: str) -> None:
    path = "/v2/users/parallel/apps/a/tasks"

    def work(number: int) -> list[str]:
        with httpx.Client(base_url=served, headers=_HEADERS, timeout=30) as client:
            batches = [
                post(client, *({"name": f"{number}-{batch}-{n}"} for n in range(5)), path=path)
                for batch in range(5)
            ]
        return [task["id"] for batch in batches for task in batch]

    with ThreadPoolExecutor(16) as pool:
        ids = [task_id for made in pool.map(work, range(16)) for task_id in made]
    with httpx.Client(base_url=served, headers=_HEADERS) as client:
        tasks = listed(client, "per_page=1000", path)
    assert len(set(ids)) == 16 * 25
    assert {task["id"] for task in tasks} == set(ids)
    times = [task["created_at"] for task in tasks]
    assert sorted(set(times)) == times


def test_processes_that_start_at_once_share_a_new_file(db: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(prepare, [db] * 4))
    assert reset(db) == 0
