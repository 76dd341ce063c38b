"""How does a request get its answer? Sent at the pace, and again while that may help.

The only home of httpx.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx

from reconciler import __version__
from reconciler.api.masking import mask_fault
from reconciler.api.reply import Reply, Verdict, advise, is_missing, read_reply
from reconciler.api.retry import Patience, Waits, retry_after
from reconciler.errors import AnswerLostError, ApiError, MissingError, RejectedError
from reconciler.jsontext import dump_json
from reconciler.model import Fault, Json, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from wsgiref.types import WSGIApplication

    from reconciler.api.pace import Pace

_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_LONGEST_ANSWER: Final = 300.0
"""Seconds that an answer may take as long as something of it comes."""

_OF_THE_MOMENT: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT}
)
"""A refusal that is due to the caller, or to what else the server is doing."""


class Channel:
    """The way to one app, and back. Safe to use from threads."""

    def __init__(
        self,
        target: Target,
        *,
        pace: Pace,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        random: Callable[[], float],
        patience: Patience = Patience(),  # noqa: B008 - frozen
        wsgi_app: WSGIApplication | None = None,
    ) -> None:
        self._target = target
        self._pace = pace
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._patience = patience
        self._waits = Waits(patience.run, clock=clock)
        self._was_answered = False
        plain = target.url.startswith("http://")
        self._client = httpx.Client(
            base_url=target.url,
            headers={
                "Authorization": f"Key {target.token}",
                "User-Agent": f"reconciler/{__version__}",
                "Accept": "application/json",
            },
            timeout=_TIMEOUT,
            transport=httpx.WSGITransport(app=wsgi_app) if wsgi_app else None,
            follow_redirects=False,
            # A cookie would only be one more thing that a server can get wrong.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            # A proxy has no business between a client and its own machine.
            trust_env=not plain,
            # Certificates take long to load, and a plain connection has none to hold against them.
            verify=not plain,
        )

    @property
    def requests(self) -> int:
        """How many requests have been sent."""
        return self._pace.requests

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Json = None,
        until: float = inf,
        once: bool = False,
    ) -> Reply:
        """Send a request until it is answered for good; return a reply that is DONE or MIXED.

        Raise `RejectedError` if nothing was done, `AnswerLostError` if nobody can say, and
        `LateError` if it could leave only after *until*. What was lost is repeated nevertheless,
        unless it may be done *once* only.
        """
        once |= method == "POST"
        spent = 0.0
        lost = False
        for attempt in count(1):
            request = self._build(method, path, params=params, body=body)
            left = self._pace.wait(until=inf if lost else until)
            reply, asked = self._send_once(request, left)
            if reply.verdict in (Verdict.DONE, Verdict.MIXED):
                return reply
            spent += self._clock() - left
            delay = self._patience.delay(attempt, random=self._random, at_least=asked)
            if (
                not self._may_repeat(reply, attempt, once=once)
                or spent + delay > self._patience.total
                or not self._waits.afford(delay)
            ):
                raise self.error(reply, lost=lost)
            lost |= reply.verdict is Verdict.FAULTY
            spent += delay
            self._sleep(delay)
        raise AssertionError

    def _build(
        self, method: str, path: str, *, params: Sequence[tuple[str, str]], body: Json
    ) -> httpx.Request:
        return self._client.build_request(
            method,
            self._path(path),
            params=list(params),
            content=None if body is None else dump_json(body),
            headers={} if body is None else {"Content-Type": "application/json"},
        )

    def _send_once(self, request: httpx.Request, left: float) -> tuple[Reply, float]:
        """Return the answer, and the seconds that it asks to wait before another try."""
        try:
            with closing(self._open(request)) as response:
                content = self._read(response, left)
        except httpx.TransportError as error:
            return self._masked(self._unanswered(error)), 0.0
        except httpx.DecodingError as error:
            reply = Reply(Verdict.FAULTY, {}, Fault(f"the answer can't be read: {error}"))
            return self._masked(reply), 0.0
        self._was_answered = True
        reply = read_reply(
            response.status_code,
            content_type=response.headers.get("content-type", ""),
            content=content,
        )
        asked = retry_after(response.headers)
        if reply.verdict is Verdict.THROTTLED:
            self._pace.ease(left)
        if asked <= self._patience.total:
            self._pace.pause(asked)
        return self._masked(reply), asked

    def _read(self, response: httpx.Response, left: float) -> bytes:
        """Return the content of a response; one that comes in drops is no answer either."""
        # A response that keeps its content keeps it for good: it refers to itself.
        parts: list[bytes] = []
        for part in response.iter_bytes():
            parts.append(part)
            if self._clock() - left > _LONGEST_ANSWER:
                raise httpx.ReadTimeout("the answer takes too long")
        return b"".join(parts)

    def mask(self, fault: Fault) -> Fault:
        """Return *fault* without the token, which a server may repeat."""
        return mask_fault(fault, self._target.token)

    def _masked(self, reply: Reply) -> Reply:
        return replace(reply, fault=self.mask(reply.fault))

    def _open(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer as soon as that begins: then it was seen."""
        try:
            return self._client.send(request, stream=True)
        finally:
            self._pace.mark()

    def _path(self, path: str) -> str:
        user, app = self._target.user_id, self._target.app_id
        if not (user or app):
            return f"/v2{path}"
        return f"/v2/users/{quote(user, safe='')}/apps/{quote(app, safe='')}{path}"

    def _may_repeat(self, reply: Reply, attempt: int, *, once: bool) -> bool:
        if reply.verdict not in (Verdict.UNSENT, Verdict.THROTTLED, Verdict.FAULTY):
            return False
        if reply.verdict is Verdict.FAULTY and once:
            return False
        # Where nothing has ever answered there may be nothing to wait for.
        few = not (self._was_answered or reply.fault.http_status)
        return attempt < (self._patience.unanswered if few else self._patience.tries)

    def _unanswered(self, error: httpx.TransportError) -> Reply:
        where = f"{self._target.url} ({str(error) or type(error).__name__})"
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
            sentence = f"no connection to {where}; check the network and the target's URL"
            return Reply(Verdict.UNSENT, {}, Fault(sentence))
        return Reply(Verdict.FAULTY, {}, Fault(f"no whole answer from {where}"))

    def error(self, reply: Reply, *, lost: bool = False) -> ApiError:
        """Return what a reply means; *lost* says that an earlier try may have been carried out."""
        fault = replace(reply.fault, sentence=advise(reply.fault))
        if reply.verdict in (Verdict.FAULTY, Verdict.FOREIGN):
            return AnswerLostError(fault)
        if lost and not _judges_content(reply):
            return AnswerLostError(fault)
        return (MissingError if is_missing(fault) else RejectedError)(fault, lost=lost)


def _judges_content(reply: Reply) -> bool:
    """Tell whether the API itself refused what was sent: it would have each time."""
    judges = reply.verdict is Verdict.REFUSED and reply.fault.code != 0
    return judges and reply.fault.http_status not in _OF_THE_MOMENT
