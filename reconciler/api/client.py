"""How does a request reach the Tasks API, and its answer us? The only home of httpx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import count
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import httpx

from reconciler import __version__
from reconciler.api.mask import mask_token
from reconciler.api.reply import (
    Reply,
    Verdict,
    count_of,
    failure_of,
    is_missing,
    is_out_of_range,
    read_reply,
    tasks_of,
)
from reconciler.api.retry import Patience, retry_after
from reconciler.errors import AnswerLostError, ApiError, MissingError, RejectedError
from reconciler.jsontext import dump_json
from reconciler.model import Fault, Json, Spec, Target, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from wsgiref.types import WSGIApplication

    from reconciler.api.pace import Pace

PER_PAGE = 1000
"""The largest page that the API documents."""

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_LONGEST_WORDS = 2000
"""Of what a server says, no more characters than these are kept."""


class TasksApi:
    """The Tasks API of one app: a `live.Reader` and an `apply.Writer`.

    What is safe to repeat is repeated: lists, gets, overwrites and deletes after any failure
    that may pass; creates only when the request certainly wasn't carried out.
    """

    def __init__(
        self,
        target: Target,
        *,
        pace: Pace,
        sleep: Callable[[float], None],
        random: Callable[[], float],
        patience: Patience = Patience(),  # noqa: B008 - frozen
        wsgi_app: WSGIApplication | None = None,
    ) -> None:
        self._target = target
        self._pace = pace
        self._sleep = sleep
        self._random = random
        self._patience = patience
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
        self.requests = 0
        """How many requests have been sent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def list_tasks(
        self, *, workers: Sequence[str] = (), reviewers: Sequence[str] = ()
    ) -> Iterator[Spec]:
        """Yield every task of the app once; see `live.Reader`.

        A page is the last only if it is empty, brings nothing new or, after the first, is out
        of range: a server may give fewer tasks a page than it is asked for.
        """
        seen: set[str] = set()
        for page in count(1):
            tasks = self._list_page(page, workers=workers, reviewers=reviewers)
            fresh = {task_id: task for task_id, task in tasks.items() if task_id not in seen}
            if not fresh:
                return
            seen.update(fresh)
            yield from fresh.values()

    def get_task(self, task_id: str) -> Spec:
        """Return one task; raise `MissingError` if there is none of that id."""
        reply = self._send("GET", f"/tasks/{quote(task_id, safe='')}")
        task = reply.body.get("task")
        if not isinstance(task, Mapping) or not text_of(task.get("id")):
            raise ApiError(replace(reply.fault, sentence="the API answered without the task"))
        return task

    def count_annotations(self, task_id: str) -> int:
        """Return how many annotations belong to a task; see `live.Reader`."""
        reply = self._send("GET", f"/tasks/{quote(task_id, safe='')}/annotations/count")
        # Without the task's own id it is some other answer, and silence must not mean nobody.
        if reply.body.get("task_id") != task_id:
            raise ApiError(replace(reply.fault, sentence="the API answered without the counts"))
        return count_of(reply.body)

    def create_tasks(self, bodies: Sequence[Spec]) -> tuple[Spec | Fault, ...]:
        """Create tasks; see `apply.Writer`."""
        return self._results(self._send("POST", "/tasks", body={"tasks": list(bodies)}))

    def overwrite_tasks(self, bodies: Sequence[Spec]) -> tuple[Spec | Fault, ...]:
        """Overwrite tasks; see `apply.Writer`."""
        body: Json = {"action": "overwrite", "tasks": list(bodies)}
        return self._results(self._send("PATCH", "/tasks", body=body))

    def delete_tasks(self, ids: Sequence[str]) -> None:
        """Delete tasks; see `apply.Writer`."""
        reply = self._send("DELETE", "/tasks", body={"ids": list(ids)})
        if reply.verdict is Verdict.MIXED:
            raise self._error(replace(reply, verdict=Verdict.REFUSED))

    def _list_page(
        self, page: int, *, workers: Sequence[str], reviewers: Sequence[str]
    ) -> Mapping[str, Spec]:
        """Return the tasks of a page by id, none if the page lies beyond the last."""
        params: list[tuple[str, str]] = [
            ("page", str(page)),
            ("per_page", str(PER_PAGE)),
            ("including_label_order_tasks", "true"),
            *(("worker_user_ids", user) for user in workers),
            *(("review_user_ids", user) for user in reviewers),
        ]
        try:
            reply = self._send("GET", "/tasks", params=params)
        except RejectedError as error:
            if page > 1 and is_out_of_range(error.fault):
                return {}
            raise
        found = tasks_of(reply.body)
        tasks = {text_of(task.get("id")): task for task in reversed(found or ())}
        if found is None or reply.verdict is Verdict.MIXED or "" in tasks:
            raise ApiError(replace(reply.fault, sentence="the list of tasks can't be read whole"))
        return dict(reversed(tasks.items()))

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Json = None,
    ) -> Reply:
        """Send a request until it is answered for good; return a reply that is DONE or MIXED.

        Raise `RejectedError` if nothing was done, `AnswerLostError` if nobody can say.
        """
        waited = 0.0
        lost = False
        for attempt in count(1):
            reply, asked = self._send_once(method, path, params=params, body=body)
            if reply.verdict in (Verdict.DONE, Verdict.MIXED):
                return reply
            delay = self._patience.delay(attempt, random=self._random, at_least=asked)
            if (
                not self._may_repeat(method, reply, attempt)
                or waited + delay > self._patience.total
            ):
                raise self._error(reply, lost=lost)
            lost |= reply.verdict is Verdict.FAULTY
            waited += delay
            self._sleep(delay)
        raise AssertionError

    def _send_once(
        self, method: str, path: str, *, params: Sequence[tuple[str, str]], body: Json
    ) -> tuple[Reply, float]:
        """Return the answer, and the seconds that it asks to wait before another try."""
        self._pace.wait()
        self.requests += 1
        try:
            with self._client.stream(
                method,
                self._path(path),
                params=list(params),
                content=None if body is None else dump_json(body),
                headers={} if body is None else {"Content-Type": "application/json"},
            ) as response:
                # A response that keeps its content keeps it for good: it refers to itself.
                content = b"".join(response.iter_bytes())
        except httpx.TransportError as error:
            return self._unanswered(error), 0.0
        except httpx.DecodingError as error:
            return Reply(Verdict.FAULTY, {}, Fault(f"the answer can't be read: {error}")), 0.0
        finally:
            self._pace.mark()
        reply = read_reply(
            response.status_code,
            content_type=response.headers.get("content-type", ""),
            content=content,
        )
        return replace(reply, fault=self._mask(reply.fault)), retry_after(response.headers)

    def _path(self, path: str) -> str:
        user, app = self._target.user_id, self._target.app_id
        if not (user or app):
            return f"/v2{path}"
        return f"/v2/users/{quote(user, safe='')}/apps/{quote(app, safe='')}{path}"

    def _may_repeat(self, method: str, reply: Reply, attempt: int) -> bool:
        match reply.verdict:
            case Verdict.UNSENT:
                return attempt < self._patience.unanswered
            case Verdict.THROTTLED:
                return attempt < self._patience.tries
            case Verdict.FAULTY if method != "POST":
                answered = bool(reply.fault.http_status)
                limit = self._patience.tries if answered else self._patience.unanswered
                return attempt < limit
            case _:
                return False

    def _unanswered(self, error: httpx.TransportError) -> Reply:
        where = f"{self._target.url} ({str(error) or type(error).__name__})"
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
            sentence = f"no connection to {where}; check the network and the target's URL"
            return Reply(Verdict.UNSENT, {}, Fault(sentence))
        return Reply(Verdict.FAULTY, {}, Fault(f"no whole answer from {where}"))

    def _error(self, reply: Reply, *, lost: bool = False) -> ApiError:
        """Return what a reply means; *lost* says that an earlier try may have been carried out."""
        fault = replace(reply.fault, sentence=_advise(reply.fault))
        if reply.verdict in (Verdict.FAULTY, Verdict.FOREIGN):
            return AnswerLostError(fault)
        if lost and not _judges_content(reply):
            return AnswerLostError(fault)
        return (MissingError if is_missing(fault) else RejectedError)(fault, lost=lost)

    def _results(self, reply: Reply) -> tuple[Spec | Fault, ...]:
        results: list[Spec | Fault] = []
        for task in tasks_of(reply.body) or ():
            failure = failure_of(task, reply.fault.http_status)
            results.append(self._mask(failure) if failure else task)
        return tuple(results)

    def _mask(self, fault: Fault) -> Fault:
        """Return *fault* without the token, or a part, in its words, which may be the server's."""

        def mask(text: str) -> str:
            # First the token, then the length: a cut may leave half a token.
            token = self._target.token
            return mask_token(text[: _LONGEST_WORDS + len(token)], token)[:_LONGEST_WORDS]

        return replace(
            fault,
            sentence=mask(fault.sentence),
            description=mask(fault.description),
            details=mask(fault.details),
            req_id=mask(fault.req_id),
        )


def _judges_content(reply: Reply) -> bool:
    """Tell whether the API itself refused what was sent: it would have each time."""
    of_caller = reply.fault.http_status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    return reply.verdict is Verdict.REFUSED and reply.fault.code != 0 and not of_caller


def _advise(fault: Fault) -> str:
    match fault.http_status:
        case HTTPStatus.UNAUTHORIZED:
            return f"the API doesn't accept the token: {fault.sentence}; check the token"
        case HTTPStatus.FORBIDDEN:
            return f"the token may not do this: {fault.sentence}; check the token's scopes"
        case _:
            return fault.sentence
