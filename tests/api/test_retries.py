"""What is safe to repeat is repeated, with patience that ends; a create is never sent blindly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.api.retry import Patience, Waits, retry_after
from reconciler.errors import AnswerLostError, ApiError, LateError, RejectedError
from tests.api.clients import TOKEN, Time, client
from tests.server import answer, refusal, refused_url, reply, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from reconciler.api.client import TasksApi
    from reconciler.model import Spec

CALLS: dict[str, Callable[[TasksApi], Any]] = {
    "GET": lambda api: list(api.list_tasks()),
    "POST": lambda api: api.create_tasks([{"name": "One"}]),
    "PATCH": lambda api: api.overwrite_tasks([{"id": "t1"}]),
    "DELETE": lambda api: api.delete_tasks(["t1"]),
}
SAFE = ["GET", "PATCH", "DELETE"]
FINE = reply(tasks=[])
PASSING = [
    pytest.param(refusal(99009, status=500), id="500"),
    pytest.param(answer(b"<html>", kind="text/html", status=502), id="502"),
    pytest.param(answer(b"", kind="text/html", status=503), id="503"),
    pytest.param(refusal(98014, status=400), id="98014"),
    pytest.param(refusal(40030, status=400), id="40030"),
    pytest.param(refusal("TRY_AGAIN", status=200), id="10030"),
    pytest.param(b"", id="dropped"),
    pytest.param(answer(b'{"status":'), id="half"),
]
THROTTLED = [
    pytest.param(refusal(11005, status=429), id="429"),
    pytest.param(refusal("CONN_THROTTLED", status=400), id="11005"),
    pytest.param(answer(b"slow", kind="text/plain", status=429), id="a gateway's 429"),
]
FINAL = [
    pytest.param(refusal(11102, status=400), id="400"),
    pytest.param(refusal(11009, status=401), id="401"),
    pytest.param(refusal(11007, status=403), id="403"),
    pytest.param(refusal(54100, status=409), id="409"),
    pytest.param(refusal(54101, status=501), id="not implemented"),
    pytest.param(answer(b"", kind="text/html", status=404), id="a gateway's 404"),
    pytest.param(answer(b"<html>", kind="text/html"), id="a web page"),
]


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("method", SAFE)
def test_what_is_safe_is_sent_again(method: str, fault: bytes) -> None:
    with serve(fault, fault, FINE) as server, client(server.url) as api:
        CALLS[method](api)
    assert server.methods == [method] * 3


@pytest.mark.parametrize("fault", PASSING)
def test_a_create_is_never_sent_again_after_an_answer_that_says_nothing(fault: bytes) -> None:
    with serve(fault, FINE) as server, client(server.url) as api, pytest.raises(AnswerLostError):
        CALLS["POST"](api)
    assert server.methods == ["POST"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("last", "error"),
    [
        (refusal(11005, status=429), AnswerLostError),
        (refusal(11009, status=401), AnswerLostError),
        (refusal(11007, status=403), AnswerLostError),
        (answer(b'{"status":', status=404), AnswerLostError),
        (refusal(11102, status=400), RejectedError),
    ],
    ids=["429", "401", "403", "half a 404", "400"],
)
def test_what_may_have_been_done_before_a_refusal_is_not_called_refused(
    method: str, last: bytes, error: type[ApiError]
) -> None:
    """Only a refusal of what was sent says that no try of it was carried out."""
    script = [refusal(99009, status=500), *[last] * 3]
    patience = Patience(tries=4, unanswered=4)
    with serve(*script) as server, client(server.url, patience=patience) as api:
        with pytest.raises(ApiError) as caught:
            CALLS[method](api)
        assert isinstance(caught.value, error)


@pytest.mark.parametrize("fault", THROTTLED)
@pytest.mark.parametrize("method", CALLS)
def test_throttled_is_not_carried_out_so_all_is_sent_again(method: str, fault: bytes) -> None:
    with serve(fault, fault, FINE) as server, client(server.url) as api:
        CALLS[method](api)
    assert server.methods == [method] * 3


@pytest.mark.parametrize("fault", FINAL)
@pytest.mark.parametrize("method", CALLS)
def test_a_clear_no_is_not_asked_again(method: str, fault: bytes) -> None:
    time = Time()
    error = pytest.raises(ApiError)
    with serve(fault, FINE) as server, client(server.url, time=time) as api, error:
        CALLS[method](api)
    assert server.methods == [method]
    assert time.slept == []


@pytest.mark.parametrize("method", CALLS)
def test_a_refused_connection_is_tried_again_and_then_named(method: str) -> None:
    time, url = Time(), refused_url()
    with client(url, time=time) as api, pytest.raises(RejectedError) as caught:
        CALLS[method](api)
    assert len(time.slept) == 2
    assert url in str(caught.value)
    assert str(caught.value).endswith("check the network and the target's URL")
    assert caught.value.fault.http_status == 0


class Failing:
    """A transport that fails with *errors* before it answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self, _: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        start("200 OK", [("Content-Type", "application/json")])
        return [b'{"status":{"code":10000},"tasks":[]}']


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError(""),
        httpx.WriteError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_after_a_timeout_nobody_knows(error: Exception) -> None:
    for method in SAFE:
        app = Failing(error)
        with client("http://sandbox", wsgi_app=app) as api:
            CALLS[method](api)
        assert app.calls == 2
    app = Failing(error)
    with client("http://sandbox", wsgi_app=app) as api, pytest.raises(AnswerLostError) as caught:
        CALLS["POST"](api)
    assert app.calls == 1
    assert "no whole answer from http://sandbox" in str(caught.value)


@pytest.mark.parametrize("error", [httpx.ConnectTimeout("slow"), httpx.ConnectError("no")])
def test_without_a_connection_a_create_is_safe_to_repeat(error: Exception) -> None:
    app = Failing(error)
    with client("http://sandbox", wsgi_app=app) as api:
        CALLS["POST"](api)
    assert app.calls == 2


def test_waits_double_up_to_a_limit() -> None:
    patience = Patience()
    delays = [patience.delay(n, random=lambda: 1.0) for n in range(1, 9)]
    assert delays == [0.5, 1, 2, 4, 8, 16, 16, 16]
    assert patience.delay(3, random=lambda: 0.25) == 0.5
    assert patience.delay(1, random=lambda: 1.0, at_least=7) == 7


def test_patience_ends() -> None:
    time = Time()
    fault, error = refusal(11005, status=429), pytest.raises(RejectedError, match="11005")
    with serve(fault) as server, client(server.url, time=time) as api, error:
        CALLS["GET"](api)
    assert len(server.requests) == 8
    assert sum(time.slept) <= 60


def test_the_patience_of_a_run_ends_too() -> None:
    """Three waits of half a second, a second and two for one request, one wait for the next."""
    time = Time()
    patience = Patience(tries=4, run=4.0)
    fault = refusal(11005, status=429)
    with serve(fault) as server, client(server.url, time=time, patience=patience) as api:
        for _ in range(2):
            with pytest.raises(RejectedError, match="11005"):
                CALLS["GET"](api)
    assert len(server.requests) == 4 + 2


@pytest.mark.parametrize(("seconds", "requests"), [(0, 1), (2, 3), (100, 11)])
def test_patience_is_a_matter_of_time(seconds: int, requests: int) -> None:
    fault, patience = refusal(11005, status=429), Patience.lasting(seconds)
    error = pytest.raises(RejectedError, match="11005")
    with serve(fault) as server, client(server.url, patience=patience) as api, error:
        CALLS["GET"](api)
    assert len(server.requests) == requests


def test_without_any_answer_patience_ends_sooner() -> None:
    with serve(b"") as server, client(server.url) as api, pytest.raises(AnswerLostError):
        CALLS["GET"](api)
    assert len(server.requests) == 3


@pytest.mark.parametrize("method", CALLS)
def test_the_server_may_ask_for_seconds(method: str) -> None:
    time = Time()
    fault = refusal(11005, status=429, headers={"Retry-After": "15"})
    with serve(fault, FINE) as server, client(server.url, time=time) as api:
        CALLS[method](api)
    assert time.slept == [15]
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_what_the_server_asks_for_holds_for_every_request(status: int) -> None:
    """Not only for the one that is sent again."""
    time, patience = Time(), Patience(tries=1)
    fault = refusal(99009, status=status, headers={"Retry-After": "15"})
    with serve(fault, FINE) as server, client(server.url, time=time, patience=patience) as api:
        with pytest.raises(ApiError):
            CALLS["GET"](api)
        CALLS["PATCH"](api)
    assert time.slept == [15]


def test_a_refusal_for_haste_slows_the_run_down() -> None:
    time, patience = Time(), Patience(tries=1)
    fault, error = refusal(11005, status=429), pytest.raises(RejectedError)
    with serve(fault, FINE) as server, client(server.url, time=time, patience=patience) as api:
        with error:
            CALLS["GET"](api)
        for _ in range(3):
            CALLS["PATCH"](api)
    assert time.slept == [1, 1, 1]


def test_a_server_that_asks_for_too_much_gets_no_second_request() -> None:
    time = Time()
    fault = refusal(11005, status=429, headers={"Retry-After": "3600"})
    error = pytest.raises(RejectedError)
    with serve(fault) as server, client(server.url, time=time) as api, error:
        CALLS["GET"](api)
    assert time.slept == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("15", 15),
        ("Mon, 02 Nov 2026 10:00:20 GMT", 20),
        ("Mon, 02 Nov 2026 09:00:00 GMT", 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("1.5", 0),
        ("\u00b2", 0),
        ("Mon, 02 Nov 99999999999 10:00:20 GMT", 0),
        ("Mon, 02 Nov 2026 10:00:20 +99999999999999", 0),
        ("Mon, 02 Nov 2026 10:00:20 -0000", 0),
        ("9" * 5000, float("inf")),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float) -> None:
    """A date counts from the date of the answer, so a wrong clock here does no harm."""
    headers = {"retry-after": value, "date": "Mon, 02 Nov 2026 10:00:00 GMT"}
    assert retry_after(headers) == seconds
    assert retry_after({"retry-after": "Mon, 02 Nov 2026 10:00:20 GMT"}) == 0


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_would_leave_too_late_is_not_sent(method: str) -> None:
    """Half a minute after what it rests on was read: somebody may have changed that."""
    late: dict[str, Callable[[TasksApi], Any]] = {
        "PATCH": lambda api: api.overwrite_tasks([{"id": "t1"}], until=10.0),
        "DELETE": lambda api: api.delete_tasks(["t1"], until=10.0),
    }
    fault = refusal(11005, status=429, headers={"Retry-After": "15"})
    with serve(fault, FINE) as server, client(server.url) as api, pytest.raises(LateError):
        late[method](api)
    assert server.methods == [method]


def test_what_may_have_been_done_is_repeated_however_late() -> None:
    fault = refusal(99009, status=503, headers={"Retry-After": "15"})
    with serve(fault, FINE) as server, client(server.url) as api:
        api.delete_tasks(["t1"], until=10.0)
    assert server.methods == ["DELETE"] * 2


def test_annotations_are_not_deleted_twice() -> None:
    """The first try may have made new ones by then."""
    body: Spec = {"id": "t1", "delete_previous_annotations": True}
    with serve(b"", FINE) as server, client(server.url) as api, pytest.raises(AnswerLostError):
        api.overwrite_tasks([{"id": "t0"}, body])
    assert server.methods == ["PATCH"]


def test_once_something_has_answered_a_silence_is_waited_for() -> None:
    """A server that is started anew is away for a while."""
    with serve(FINE, b"", b"", b"", b"", FINE) as server, client(server.url) as api:
        CALLS["GET"](api)
        CALLS["PATCH"](api)
    assert len(server.requests) == 6


def test_the_time_of_failed_tries_counts_too() -> None:
    time, patience = Time(), Patience.lasting(60)

    def answer_slowly(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(55)
        start_response("504 Gateway Timeout", [("Content-Type", "text/html")])
        return [b""]

    asking = client("http://sandbox", time=time, patience=patience, wsgi_app=answer_slowly)
    with asking as api, pytest.raises(AnswerLostError):
        CALLS["PATCH"](api)
    assert api.requests == 2


def test_an_answer_that_comes_in_drops_is_none() -> None:
    time = Time()

    def drip(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        while True:
            time.sleep(50)
            yield b" "

    with client("http://sandbox", time=time, wsgi_app=drip) as api, pytest.raises(AnswerLostError):
        CALLS["POST"](api)


def test_waits_at_one_time_count_once() -> None:
    time = Time()
    waits = Waits(10.0, clock=time.clock)
    assert waits.afford(8)
    assert waits.afford(8)
    time.sleep(8)
    assert waits.afford(2)
    assert not waits.afford(3)


def test_a_broken_answer_does_not_show_the_token() -> None:
    script = f"Hello Key {TOKEN}\r\n\r\n".encode()
    error = pytest.raises(AnswerLostError)
    with serve(script) as server, client(server.url) as api, error as caught:
        CALLS["POST"](api)
    assert TOKEN not in str(caught.value)
    assert "***" in str(caught.value)


def test_what_an_answer_leaves_open_for_one_task_is_looked_for() -> None:
    tasks = [{"id": "t1"}, {"status": {"code": 98004, "description": "internal"}}]
    with serve(reply(10010, tasks=tasks)) as server, client(server.url) as api:
        assert api.create_tasks([{"name": "One"}, {"name": "Two"}]) == ({"id": "t1"}, {})


def test_one_delete_that_is_done_in_part_is_open() -> None:
    with serve(reply(10010)) as server, client(server.url) as api:
        with pytest.raises(AnswerLostError) as caught:
            api.delete_tasks(["t1"])
        assert caught.value.answered
        with pytest.raises(RejectedError):
            api.delete_tasks(["t1", "t2"])
