"""What was answered is there after the server is killed at any moment, and nothing is twice."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import pytest

from .conftest import run_server
from .requests import KEY, MANUAL, answer, listed

_HEADERS = {"Authorization": f"Key {KEY}"}
_WRITERS = 6


class Writer:
    """Somebody who creates, changes and deletes tasks until the server is gone.

    `names` is what tasks of this writer should be called, by their ids; `unsure` are the names
    and ids that a request was about when the connection broke; `answers` counts the others.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.names: dict[str, str] = {}
        self.unsure: set[str] = set()
        self.answers = 0

    def work(self, url: str) -> None:
        with httpx.Client(base_url=url, headers=_HEADERS) as client:
            try:
                for turn in count():
                    self._create(client, f"{self.number}-{turn}")
                    if turn % 3 == 1:
                        self._rename(client, next(iter(self.names)), f"{self.number}-{turn}-new")
                    if turn % 3 == 2:
                        self._delete(client, next(iter(self.names)))
            except httpx.TransportError:
                return

    def _create(self, client: httpx.Client, name: str) -> None:
        self.unsure = {name}
        response = client.post("/v2/tasks", json={"tasks": [MANUAL | {"name": name}]})
        self.names[answer(response)["tasks"][0]["id"]] = name
        self._note_answer()

    def _rename(self, client: httpx.Client, task_id: str, name: str) -> None:
        self.unsure = {task_id, name}
        body = {"action": "overwrite", "tasks": [MANUAL | {"id": task_id, "name": name}]}
        answer(client.patch("/v2/tasks", json=body))
        self.names[task_id] = name
        self._note_answer()

    def _delete(self, client: httpx.Client, task_id: str) -> None:
        self.unsure = {task_id, self.names[task_id]}
        answer(client.request("DELETE", "/v2/tasks", json={"ids": [task_id]}))
        del self.names[task_id]
        self._note_answer()

    def _note_answer(self) -> None:
        self.unsure = set()
        self.answers += 1


def _kill_while_writing(url: str, kill: Callable[[], None], *, after: int) -> list[Writer]:
    """Let all write, and kill the server once *after* requests were answered."""
    writers = [Writer(number) for number in range(_WRITERS)]
    with ThreadPoolExecutor(_WRITERS) as pool:
        working = [pool.submit(writer.work, url) for writer in writers]
        while sum(writer.answers for writer in writers) < after:
            assert not any(each.done() for each in working)
            time.sleep(0.001)
        kill()
    for each in working:
        each.result()
    return writers


def _list_all(client: httpx.Client) -> Iterator[dict[str, str]]:
    for page in count(1):
        tasks = listed(client, f"page={page}&per_page=1000")
        yield from tasks
        if len(tasks) < 1000:
            return


@pytest.mark.parametrize("after", [1, 30, 100, 200])
def test_killed_at_some_moment(db: Path, after: int) -> None:
    with run_server(db) as (url, process):
        writers = _kill_while_writing(url, process.kill, after=after)
    with run_server(db) as (url, _), httpx.Client(base_url=url, headers=_HEADERS) as client:
        found = [(task["id"], task["name"]) for task in _list_all(client)]
        assert len({name for _, name in found}) == len(found), "a name is there twice"
        sure = {pair for writer in writers for pair in writer.names.items()}
        unsure = {text for writer in writers for text in writer.unsure}
        odd = sure.symmetric_difference(found)
        assert all({task_id, name} & unsure for task_id, name in odd), odd
        assert sure
        answer(client.post("/v2/tasks", json={"tasks": [MANUAL]}))
