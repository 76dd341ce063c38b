"""A fault spoils the answer, and the request is done or not as its name says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from waitress.channel import ClientDisconnected

from reconciler.sandbox import create_app, spoil
from reconciler.sandbox.faults import Asked, Fault, Faults, Step
from tests.served import serving

from .requests import KEY, MANUAL, answer, listed, post

_HEADERS = {"Authorization": f"Key {KEY}"}
_FIRST = frozenset({1})


@contextmanager
def _spoilt(db: Path, step: Step, sleeps: list[float] | None = None) -> Iterator[httpx.Client]:
    """Open a client of a sandbox in this process whose requests meet *step*."""
    lines: list[str] = []
    app = spoil(
        create_app(db),
        Faults([step]),
        report=lines.append,
        sleep=(sleeps if sleeps is not None else []).append,
    )
    transport = httpx.WSGITransport(app=app)
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=_HEADERS) as client:
        yield client
    assert lines == [f"fault: {step.request} 1: {step.fault}"]


def _create(client: httpx.Client) -> httpx.Response:
    return client.post("/v2/tasks", json={"tasks": [MANUAL]})


@pytest.mark.parametrize(("fault", "done"), [(Fault.DROP_BEFORE, False), (Fault.DROP_AFTER, True)])
def test_a_drop(db: Path, fault: Fault, *, done: bool) -> None:
    with _spoilt(db, Step(Asked.CREATE, fault, nth=_FIRST)) as client:
        with pytest.raises(ClientDisconnected):
            _create(client)
        assert len(listed(client)) == done
        post(client, MANUAL)


@pytest.mark.parametrize(
    ("fault", "done"), [(Fault.ERROR_BEFORE, False), (Fault.ERROR_AFTER, True)]
)
def test_an_error(db: Path, fault: Fault, *, done: bool) -> None:
    with _spoilt(db, Step(Asked.CREATE, fault, nth=_FIRST, status=503)) as client:
        assert answer(_create(client), 99009, 503)["tasks"] == []
        assert len(listed(client)) == done


def test_an_error_of_a_call_for_one_has_no_tasks(db: Path) -> None:
    with _spoilt(db, Step(Asked.GET, Fault.ERROR_BEFORE, nth=_FIRST)) as client:
        assert "tasks" not in answer(client.get("/v2/tasks/x"), 99009, 500)


@pytest.mark.parametrize("seconds", [None, 0, 2])
def test_a_throttle(db: Path, seconds: int | None) -> None:
    step = Step(Asked.CREATE, Fault.THROTTLE, nth=_FIRST, retry_after=seconds)
    with _spoilt(db, step) as client:
        response = _create(client)
        answer(response, 11005, 429)
        assert response.headers.get("Retry-After") == (None if seconds is None else str(seconds))
        assert listed(client) == []


def test_half_an_answer_is_half_of_a_real_one(db: Path) -> None:
    with _spoilt(db, Step(Asked.CREATE, Fault.TRUNCATE, nth=_FIRST)) as client:
        response = _create(client)
        [task] = listed(client)
        assert response.status_code == 200
        assert len(response.content) == int(response.headers["Content-Length"]) // 2
        assert response.text.startswith('{"status":{"code":10000,')
        assert task["id"] in response.text


def test_a_web_page(db: Path) -> None:
    with _spoilt(db, Step(Asked.CREATE, Fault.WRONG_TYPE, nth=_FIRST)) as client:
        response = _create(client)
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/html")
        assert len(listed(client)) == 1


def test_a_slow_request_waits_and_is_done(db: Path) -> None:
    sleeps: list[float] = []
    with _spoilt(db, Step(Asked.CREATE, Fault.SLOW, nth=_FIRST, seconds=3), sleeps) as client:
        created = answer(_create(client))["tasks"]
        assert listed(client) == created
        assert sleeps == [3]


@pytest.mark.parametrize(
    ("fault", "done"),
    [("drop-before", False), ("drop-after", True), ("truncate", True)],
)
def test_the_connection_closes(tmp_path: Path, fault: str, *, done: bool) -> None:
    """Over a real server, on a connection that is kept: half an answer is seen to be half."""
    script = tmp_path / "faults.yaml"
    script.write_text(f"- {{request: create, nth: 1, fault: {fault}}}\n")
    with (
        serving(tmp_path / "sandbox.db", "--faults", str(script)) as (url, process),
        httpx.Client(base_url=url, headers=_HEADERS, timeout=10) as client,
    ):
        assert listed(client) == []
        words = (
            "without sending complete message body"
            if fault == "truncate"
            else "without sending a response"
        )
        with pytest.raises(httpx.RemoteProtocolError, match=words):
            _create(client)
        assert len(listed(client)) == done
        post(client, MANUAL)
        process.terminate()
        _, err = process.communicate(timeout=10)
    assert err == f"fault: create 1: {fault}\n"
