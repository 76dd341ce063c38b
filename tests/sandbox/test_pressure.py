"""A sandbox under strain shows tasks late, takes so many requests a second, answers slowly."""

import time
from datetime import datetime
from pathlib import Path
from threading import Barrier, Thread

import httpx
import pytest

from reconciler.sandbox import Options, create_app

from .requests import KEY, MANUAL, OVERWRITE, answer, listed, patch, post


class Time:
    """A clock that moves when told, or when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = time.time()
        self.sleeps: list[float] = []

    def read(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock() -> Time:
    return Time()


def _open(db: Path, clock: Time, **options: float) -> httpx.Client:
    app = create_app(
        db,
        options=Options(**options),  # type: ignore[arg-type]
        now=clock.read,
        clock=clock.read,
        sleep=clock.sleep,
    )
    headers = {"Authorization": f"Key {KEY}"}
    transport = httpx.WSGITransport(app=app)
    return httpx.Client(transport=transport, base_url="http://sandbox", headers=headers)


def test_a_created_task_shows_up_in_lists_after_a_while(db: Path, clock: Time) -> None:
    with _open(db, clock, list_delay=30) as client:
        [first] = post(client, MANUAL)
        clock.seconds += 29
        assert listed(client) == listed(client, f"ids={first['id']}") == []
        clock.seconds += 2
        assert listed(client) == listed(client, f"ids={first['id']}") == [first]


def test_by_its_id_it_is_there_at_once(db: Path, clock: Time) -> None:
    with _open(db, clock, list_delay=30) as client:
        [task] = post(client, MANUAL)
        assert answer(client.get(f"/v2/tasks/{task['id']}"))["task"] == task
        answer(client.get(f"/v2/tasks/{task['id']}/annotations/count"))
        [changed] = patch(client, OVERWRITE | {"id": task["id"]})
        assert listed(client) == []
        clock.seconds += 31
        assert listed(client) == [changed]
        [late] = post(client, MANUAL)
        answer(client.request("DELETE", "/v2/tasks", json={"ids": [late["id"], task["id"]]}))


def test_a_change_hides_nothing(db: Path, clock: Time) -> None:
    with _open(db, clock, list_delay=30) as client:
        [task] = post(client, MANUAL)
        [changed] = patch(client, OVERWRITE | {"id": task["id"]})
        created = datetime.fromisoformat(task["created_at"]).timestamp()
        clock.seconds = created + 30.0001
        assert listed(client) == [changed]


def test_one_request_too_many_in_a_second_does_nothing(db: Path, clock: Time) -> None:
    with _open(db, clock, rate_limit=3) as client:
        for _ in range(3):
            post(client, MANUAL)
        response = client.post("/v2/tasks", json={"tasks": [MANUAL]})
        body = answer(response, 11005, 429)
        assert body["tasks"] == []
        assert body["status"]["details"] == "more than 3 requests in a second"
        assert "Retry-After" not in response.headers
        clock.seconds += 1
        assert len(listed(client)) == 3


def test_any_second_is_counted_and_refused_requests_too(db: Path, clock: Time) -> None:
    with _open(db, clock, rate_limit=2) as client:
        answer(client.get("/v2/tasks"))
        clock.seconds += 0.7
        answer(client.get("/v2/tasks"))
        clock.seconds += 0.2
        answer(client.get("/v2/tasks"), 11005, 429)
        clock.seconds += 0.2
        answer(client.get("/v2/tasks"), 11005, 429)
        clock.seconds += 1.0
        answer(client.get("/v2/tasks"))


def test_whatever_is_asked_counts(db: Path, clock: Time) -> None:
    with _open(db, clock, rate_limit=2) as client:
        answer(client.get("/nowhere"), 11101, 404)
        answer(client.get("/v2/tasks", headers={"Authorization": ""}), 11102, 401)
        assert "tasks" not in answer(client.get("/nowhere"), 11005, 429)


def test_retry_after_stands_beside_a_refusal_only(db: Path, clock: Time) -> None:
    with _open(db, clock, rate_limit=1, retry_after=7) as client:
        assert "Retry-After" not in client.get("/v2/tasks").headers
        assert client.get("/v2/tasks").headers["Retry-After"] == "7"


def test_each_answer_takes_as_long(db: Path, clock: Time) -> None:
    with _open(db, clock, latency=1.5) as client:
        post(client, MANUAL)
        answer(client.get("/nowhere"), 11101, 404)
        assert clock.sleeps == [1.5, 1.5]


def test_nothing_waits_unless_asked_to(db: Path, clock: Time) -> None:
    with _open(db, clock) as client:
        for _ in range(100):
            answer(client.get("/v2/tasks"))
        assert clock.sleeps == []


def test_answers_wait_side_by_side(db: Path) -> None:
    """Each waits until both wait."""
    both = Barrier(2, timeout=10)
    codes: list[int] = []

    def sleep(_seconds: float) -> None:
        both.wait()

    def ask() -> None:
        codes.append(app.test_client().get("/nowhere").status_code)

    app = create_app(db, options=Options(latency=1), sleep=sleep)
    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [404, 404]


@pytest.mark.parametrize(
    "options",
    [
        {"list_delay": -1},
        {"latency": -0.1},
        {"latency": float("nan")},
        {"list_delay": float("inf")},
        {"rate_limit": 0},
        {"rate_limit": 5, "retry_after": -1},
        {"retry_after": 1},
    ],
)
def test_options_that_make_no_sense(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Options(**options)  # type: ignore[arg-type]
