"""Thirty-two clients at once lose nothing, see whole tasks only, and share no input."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import Any

import httpx

from .requests import KEY, MANUAL, OVERWRITE, answer, listed, post

_CLIENTS = 32


@contextmanager
def _client(url: str, user: str = "") -> Iterator[httpx.Client]:
    key = f"{KEY}:{user}" if user else KEY
    headers = {"Authorization": f"Key {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        yield client


def _all_at_once(url: str, work: Callable[[httpx.Client, int], Any]) -> list[Any]:
    """Let each of the clients, who are users u0 to u31, do its work from the same moment on."""
    start = Barrier(_CLIENTS, timeout=30)

    def run(number: int) -> Any:
        with _client(url, f"u{number}") as client:
            answer(client.get("/v2/tasks?per_page=1"))
            start.wait()
            return work(client, number)

    with ThreadPoolExecutor(_CLIENTS) as pool:
        return list(pool.map(run, range(_CLIENTS)))


def test_changes_of_different_tasks_are_all_kept(served: str) -> None:
    path = "/v2/users/parallel/apps/changes/tasks"
    with _client(served) as client:
        made = post(client, *[MANUAL] * _CLIENTS, path=path)

    def work(client: httpx.Client, number: int) -> None:
        task = OVERWRITE | {"id": made[number]["id"]}
        for turn in range(4):
            body = {"action": "overwrite", "tasks": [task | {"name": f"{number}-{turn}"}]}
            answer(client.patch(path, json=body))
            merge = {"id": task["id"], "status": {"code": "TASK_WONT_DO"}}
            answer(client.patch(path, json={"action": "merge", "tasks": [merge]}))

    _all_at_once(served, work)
    with _client(served) as client:
        found = listed(client, path=path)
    assert [task["name"] for task in found] == [f"{number}-3" for number in range(_CLIENTS)]
    assert {task["status"]["code"] for task in found} == {54003}
    times = [task["modified_at"] for task in found]
    assert len(set(times)) == _CLIENTS


def test_whole_changes_of_one_task(served: str) -> None:
    """The last one wins, and it wins altogether."""
    path = "/v2/users/parallel/apps/one/tasks"
    with _client(served) as client:
        [task] = post(client, MANUAL, path=path)

    def work(client: httpx.Client, number: int) -> Any:
        name = str(number)
        new = MANUAL | {"id": task["id"], "name": name, "description": name, "concept_ids": [name]}
        body = {"action": "overwrite", "tasks": [new]}
        return answer(client.patch(path, json=body))["tasks"][0]

    changed = _all_at_once(served, work)
    with _client(served) as client:
        [found] = listed(client, path=path)
    assert found == max(changed, key=lambda each: str(each["modified_at"]))
    for each in changed:
        assert each["name"] == each["description"] == each["concepts"][0]["concept"]["id"]


def test_ids_are_unique(served: str) -> None:
    path = "/v2/users/parallel/apps/ids/tasks"
    made = _all_at_once(served, lambda client, _: post(client, *[MANUAL] * 8, path=path))
    ids = [task["id"] for tasks in made for task in tasks]
    with _client(served) as client:
        found = [task["id"] for task in listed(client, "per_page=1000", path)]
    assert len(set(ids)) == len(ids)
    assert sorted(found) == sorted(ids)


def test_lists_are_whole_while_others_write(served: str) -> None:
    """A batch is listed altogether or not at all, and each task is as somebody wrote it."""
    path = "/v2/users/parallel/apps/lists/tasks"
    done = Event()

    def write(client: httpx.Client, number: int) -> None:
        for turn in range(3):
            name = f"{number}-{turn}"
            batch = [MANUAL | {"name": name, "description": name}] * 4
            made = post(client, *batch, path=path)
            changes = [
                OVERWRITE | {"id": task["id"], "name": f"{name}x", "description": f"{name}x"}
                for task in made
            ]
            answer(client.patch(path, json={"action": "overwrite", "tasks": changes}))

    def read() -> int:
        lists = 0
        with _client(served) as client:
            while not done.is_set():
                names = _check_whole(listed(client, "per_page=1000", path))
                assert all(names.count(name) == 4 for name in names)
                lists += 1
        return lists

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            _all_at_once(served, write)
        finally:
            done.set()
        assert all(reader.result() > 3 for reader in readers)


def _check_whole(tasks: list[dict[str, Any]]) -> list[str]:
    """Return the names of *tasks*, each of which is of one piece and there once."""
    assert len({task["id"] for task in tasks}) == len(tasks)
    for task in tasks:
        assert task["name"] == task["description"]
        assert task["status"]["code"] == (54002 if task["name"].endswith("x") else 54001)
    return [str(task["name"]) for task in tasks]


def test_pages_repeat_no_task_while_others_are_created(served: str) -> None:
    path = "/v2/users/parallel/apps/pages/tasks"
    with _client(served) as client:
        before = [task["id"] for task in post(client, *[MANUAL] * 50, path=path)]

    def work(client: httpx.Client, number: int) -> None:
        if number % 2:
            post(client, *[MANUAL] * 5, path=path)
            return
        found = [
            task["id"]
            for page in range(1, 6)
            for task in listed(client, f"page={page}&per_page=10", path)
        ]
        assert found == before

    _all_at_once(served, work)


def test_no_input_is_handed_to_two_people(served: str) -> None:
    app = "/v2/users/parallel/apps/dynamic"
    workers = [f"u{number}" for number in range(_CLIENTS)]
    with _client(served) as client:
        for first in (0, 100):
            inputs = [{"id": f"i{first + n}"} for n in range(100)]
            answer(client.post(f"{app}/inputs", json={"inputs": inputs}))
        worker = {"strategy": "DYNAMIC", "user_ids": workers}
        [task] = post(client, MANUAL | {"worker": worker}, path=f"{app}/tasks")
    path = f"{app}/tasks/{task['id']}/assignments"

    def work(client: httpx.Client, _number: int) -> list[str]:
        found = answer(client.put(path, json={"action": "LABEL_START"}))["task_assignments"]
        return [each["input"]["id"] for each in found]

    handed = [name for names in _all_at_once(served, work) for name in names]
    assert len(handed) == len(set(handed)) == 200
