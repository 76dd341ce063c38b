"""What an answer means, in the API's words or in a gateway's."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.api.masking import mask_token
from reconciler.api.retry import Patience
from reconciler.errors import AnswerLostError, ApiError, MissingError, RejectedError
from reconciler.model import Fault
from tests.api.clients import TOKEN, client
from tests.server import answer, refusal, reply, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model import Spec

ONCE = Patience(tries=1, unanswered=1)
OK = {"code": 10000}


def post(given: bytes) -> Sequence[Spec | Fault]:
    with serve(given) as server, client(server.url, patience=ONCE) as api:
        return api.create_tasks([{"name": "One"}, {"name": "Two"}])


def post_error(given: bytes) -> ApiError:
    with pytest.raises(ApiError) as caught:
        post(given)
    assert str(caught.value) == caught.value.fault.sentence
    return caught.value


def listed(given: bytes) -> list[Spec]:
    with serve(given) as server, client(server.url, patience=ONCE) as api:
        return list(api.list_tasks())


def test_a_refusal_carries_all_that_the_api_says() -> None:
    error = post_error(refusal(40003, status=400))
    assert type(error) is RejectedError
    assert error.fault == Fault(
        "Said: why (HTTP 400, code 40003)",
        http_status=400,
        code=40003,
        description="Said",
        details="why",
        req_id="r1",
    )


@pytest.mark.parametrize(
    ("code", "status", "kind", "number"),
    [
        (11102, 400, RejectedError, 11102),
        ("11102", 400, RejectedError, 11102),
        (11102.0, 400, RejectedError, 11102),
        ("CONN_INVALID_REQUEST", 400, RejectedError, 11102),
        ("NEW_NAME", 400, RejectedError, 0),
        (10020, 200, RejectedError, 10020),
        (11102, 200, RejectedError, 11102),
        (54102, 404, MissingError, 54102),
        ("TASK_MISSING", 404, MissingError, 54102),
        (54101, 501, RejectedError, 54101),
        (54100, 500, RejectedError, 54100),
        (99009, 200, AnswerLostError, 99009),
        (98009, 400, AnswerLostError, 98009),
        (40031, 400, AnswerLostError, 40031),
        (10030, 200, AnswerLostError, 10030),
        (10020, 500, AnswerLostError, 10020),
        (10000, 500, AnswerLostError, 10000),
        (10000, 400, AnswerLostError, 10000),
        (54001, 200, AnswerLostError, 54001),
        ("NEW_NAME", 200, AnswerLostError, 0),
        (None, 200, AnswerLostError, 0),
        (True, 200, AnswerLostError, 0),
        ([1], 200, AnswerLostError, 0),
        ("9" * 6000, 200, AnswerLostError, 0),
        (1e300, 200, RejectedError, int(1e300)),
        (-7, 200, AnswerLostError, 0),
    ],
)
def test_code_and_status_together_say_whether_it_was_done(
    code: object, status: int, kind: type[ApiError], number: int
) -> None:
    error = post_error(refusal(code, status=status))
    assert type(error) is kind
    assert (error.fault.http_status, error.fault.code) == (status, number)


@pytest.mark.parametrize(("code", "status"), [("SUCCESS", 200), (10070, 202), (10000, 201)])
def test_success_has_more_than_one_spelling(code: object, status: int) -> None:
    assert post(reply(code, status=status, tasks=[{"id": "t1"}])) == ({"id": "t1"},)


@pytest.mark.parametrize(("status", "top"), [(207, 10010), (200, "MIXED_STATUS"), (200, 10000)])
def test_each_task_of_a_mixed_reply_has_its_own_end(status: int, top: object) -> None:
    good: Any = {"id": "t1", "status": {"code": "TASK_IN_PROGRESS"}}
    bad = {"status": {"code": "CONN_INVALID_REQUEST", "description": "No", "details": "name"}}
    first, second = post(reply(top, status=status, tasks=[good, bad]))
    assert first == good
    assert second == Fault(
        f"No: name (HTTP {status}, code 11102)", status, 11102, description="No", details="name"
    )


@pytest.mark.parametrize("status", ["broken", 7, [54001], {"code": "NEW"}, {"code": 40003}])
def test_a_task_without_a_clear_success_is_none(status: object) -> None:
    [result] = post(reply(10010, status=207, tasks=[{"id": "t1", "status": status}]))
    assert isinstance(result, Fault)
    assert result.sentence


def test_a_mixed_delete_is_not_done() -> None:
    given = answer({"status": {"code": 10010, "description": f"Key {TOKEN}"}}, status=207)
    with serve(given) as server, client(server.url) as api, pytest.raises(RejectedError) as caught:
        api.delete_tasks(["t1", "t2"])
    assert caught.value.fault.code == 10010
    assert TOKEN not in repr(caught.value.fault)


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "check the token"), (403, "check the token's scopes")]
)
def test_a_refused_token_comes_with_advice(status: int, advice: str) -> None:
    for given in (refusal(11009, status=status), answer(b"", status=status, kind="text/html")):
        error = post_error(given)
        assert isinstance(error, RejectedError)
        assert str(error).endswith(advice)


@pytest.mark.parametrize(
    "given",
    [
        answer(
            {"status": {"code": 11009, "description": f"bad {TOKEN}", "req_id": TOKEN}}, status=401
        ),
        answer({"status": {"code": 11102, "details": f"Key {TOKEN}!"}}, status=400),
        answer({"message": f"bad key {TOKEN}", "code": 16}, status=400),
        answer(f"<html>{TOKEN}</html>".encode(), kind="text/html"),
        answer(b"x" * 1990 + TOKEN.encode(), kind="text/plain", status=400),
        reply(10010, status=207, tasks=[{"status": {"code": 40003, "details": TOKEN}}] * 2),
    ],
)
def test_the_token_is_masked_in_the_servers_own_words(given: bytes) -> None:
    try:
        said: Any = post(given)
    except ApiError as error:
        said = (error.fault, str(error))
    assert TOKEN[:10] not in repr(said)
    assert "***" in repr(said)


@pytest.mark.parametrize("given", [reply(10010, tasks=[{"n": TOKEN}]), reply(description=TOKEN)])
def test_a_listing_that_fails_shows_no_token(given: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        listed(given)
    assert TOKEN not in repr(caught.value.fault)


def test_gzip_is_read() -> None:
    packed = gzip.compress(json.dumps({"status": OK, "tasks": []}).encode())
    assert listed(answer(packed, headers={"Content-Encoding": "gzip"})) == []


WHOLE = b'{"status":{"code":10000},"tasks":[]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LOST = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n",
    "shorter than announced": HEAD + b"Content-Length: 999\r\n\r\n" + WHOLE,
    "a chunk cut off": HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + WHOLE,
    "no last chunk": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(WHOLE)
    + WHOLE
    + b"\r\n",
    "half of the JSON": answer(WHOLE[:20]),
    "broken gzip": answer(b"\x1f\x8b" + WHOLE, headers={"Content-Encoding": "gzip"}),
    "no body": answer(b""),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "an empty object": answer({}),
    "a list": answer([OK]),
    "an empty status": answer({"status": {}, "tasks": []}),
    "a status of the wrong type": answer({"status": "ok", "tasks": []}),
    "a web page": answer(b"<html>Sign in</html>", kind="text/html"),
    "502": answer(b"<html>Bad gateway</html>", kind="text/html", status=502),
    "408": answer(b"", status=408, kind="text/html"),
    "NaN": answer(b'{"status":{"code":NaN}}'),
    "1e400": answer(b'{"status":{"code":1e400}}'),
    "not UTF-8": answer(b'{"status":{"code":10000,"description":"\xff"}}'),
    "half a surrogate": answer(b'{"status":{"code":10000,"description":"\\ud800"}}'),
    "too deep": answer(b'{"status":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
}


@pytest.mark.parametrize("given", LOST.values(), ids=LOST)
def test_without_a_clear_answer_nobody_knows_what_became_of_a_create(given: bytes) -> None:
    error = post_error(given)
    assert isinstance(error, AnswerLostError)
    assert str(error)


@pytest.mark.parametrize("given", LOST.values(), ids=LOST)
def test_without_a_clear_answer_there_is_no_listing(given: bytes) -> None:
    with pytest.raises(AnswerLostError):
        listed(given)


@pytest.mark.parametrize("status", [400, 404, 405, 413])
def test_a_gateways_refusal_names_the_url_to_check(status: int) -> None:
    error = post_error(answer(b"<html>nginx</html>", kind="text/html", status=status))
    assert type(error) is RejectedError
    assert f"HTTP {status} with text/html" in str(error)
    assert str(error).endswith("check the target's URL")
    assert error.fault.description == "<html>nginx</html>"


def test_the_gateways_own_shape_of_an_error_is_read() -> None:
    error = post_error(answer({"code": 3, "message": "unknown field", "details": []}, status=400))
    assert str(error) == "unknown field (HTTP 400)"


@pytest.mark.parametrize(("code", "status"), [(54102, 404), (11101, 404)])
def test_a_task_that_is_gone(code: int, status: int) -> None:
    with serve(refusal(code, status=status)) as server, client(server.url) as api:
        with pytest.raises(MissingError):
            api.get_task("t1")
        with pytest.raises(MissingError):
            api.delete_tasks(["t1"])


def test_a_gateways_404_says_nothing_of_a_task() -> None:
    given = answer(b"", status=404, kind="text/html")
    with serve(given) as server, client(server.url) as api, pytest.raises(ApiError) as caught:
        api.get_task("t1")
    assert not isinstance(caught.value, MissingError)


@pytest.mark.parametrize("task", [None, [], "t1", {}, {"id": 5}, {"id": "t2"}])
def test_what_has_not_the_id_that_was_asked_for_is_not_the_task(task: object) -> None:
    error = pytest.raises(ApiError, match="without the task")
    with serve(reply(task=task)) as server, client(server.url) as api, error:
        api.get_task("t1")


@pytest.mark.parametrize("tasks", [None, {}, "x", [1], [{"id": "t1"}, None]])
def test_a_reply_without_a_list_of_tasks_names_none(tasks: object) -> None:
    """What became of them is for the caller to find out."""
    assert post(reply(tasks=tasks)) == ()


def test_a_server_that_talks_without_end_is_cut_short() -> None:
    error = post_error(answer({"status": {"code": 11102, "details": "x" * 10_000}}, status=400))
    assert len(str(error)) <= 2000


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("key abcdefghijklm is wrong", "key *** is wrong"),
        ("key abcdefgh... is wrong", "key ***... is wrong"),
        ("key ...fghijklm", "key ...***"),
        ("abcdefghijklmabcdefghijklm", "***"),
        ("defghijk and ghijklm", "*** and ghijklm"),
        ("", ""),
    ],
)
def test_parts_of_the_token_are_masked_too(words: str, masked: str) -> None:
    """A server may show the half of a key that it doesn't know; seven characters tell nobody."""
    assert mask_token(words, "abcdefghijklm") == masked
    assert mask_token(words, "") == words
    assert mask_token("no key k3y", "k3y") == "no key ***"
