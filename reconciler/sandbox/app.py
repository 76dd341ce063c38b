"""Which call answers a request, and in which envelope.

Documented: both styles of path, the `Key` scheme, an envelope around every answer, the empty list
of tasks beside an error of a call for many. Inferred: codes and HTTP statuses of most errors.
Unknown: that a path is judged before a key; that short paths are one app, whatever the key.
"""

import logging
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from .batch import Change, change_tasks, drop_tasks
from .calls import delete_tasks, patch_tasks, post_tasks, read_json
from .errors import ApiError, Code, make_status
from .options import Options
from .pressure import Pressure
from .query import read_query
from .record import App, Record
from .store import MissingError, Store
from .values import Json, JsonObject, print_json
from .write_back import print_task

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LARGEST_BODY = 16 * 1024 * 1024
_SMALLEST_GZIP = 1024
_GZIP_WINDOW = 31
_DEFAULT_OPTIONS = Options()
# The owner of the key, whom a path calls "me", and the app that short paths mean.
_CALLER = "sandbox-user"
_OWN_APP = "sandbox-app"
_PATHS = ("/v2/tasks", "/v2/users/<user_id>/apps/<app_id>/tasks")
_CALLS_FOR_MANY = frozenset({"post", "list", "patch"})

_log = logging.getLogger(__name__)


def create_app(
    db: Path,
    *,
    options: Options = _DEFAULT_OPTIONS,
    now: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """Return the API over the tasks in the file *db*, which is made if it does not exist.

    *now* is the time of day, *clock* one that is never set; all in seconds. Raises `SandboxError`
    if *db* is something else or cannot be written.
    """

    def print_record(record: Record) -> str:
        return print_task(record, options.writes)

    store = Store(db, form=options.writes, print_record=print_record)
    sandbox = _Sandbox(store, options, now=now)
    pressure = Pressure(options, clock=clock, sleep=sleep)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    # A second slash would be redirected, with a page of HTML.
    app.url_map.merge_slashes = False
    app.wsgi_app = _decode_paths(app.wsgi_app)  # type: ignore[assignment,method-assign]
    _add_routes(app, sandbox)
    app.before_request(pressure.admit)
    app.before_request(sandbox.check_request)
    app.after_request(_compress)
    app.after_request(pressure.delay)
    app.register_error_handler(ApiError, _answer_api_error)
    app.register_error_handler(MissingError, _answer_missing)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_unexpected)
    return app


class _Sandbox:
    """The calls, bound to a store and options."""

    def __init__(self, store: Store, options: Options, *, now: Callable[[], float]) -> None:
        self._store = store
        self._options = options
        self._now = now

    def check_request(self) -> None:
        """Raise what is wrong with a request whatever its call: its path, method or key."""
        if request.routing_exception is not None:
            raise request.routing_exception
        if request.method == "HEAD":
            raise MethodNotAllowed
        words = request.headers.get("Authorization", "").split()
        if len(words) != 2 or words[0] != "Key":  # noqa: PLR2004 a scheme and a key
            raise ApiError(Code.BAD_AUTHORIZATION, "empty or malformed authorization header")
        token = self._options.token
        if token is not None and not compare_digest(words[1].encode(), token.encode()):
            raise ApiError(Code.KEY_NOT_FOUND, "the key is not known")

    def post(self, user_id: str = _CALLER, app_id: str = _OWN_APP) -> Response:
        app = _find_app(user_id, app_id)
        return self._change(partial(post_tasks, self._store, app, options=self._options))

    def patch(self, user_id: str = _CALLER, app_id: str = _OWN_APP) -> Response:
        app = _find_app(user_id, app_id)
        return self._change(partial(patch_tasks, self._store, app, options=self._options))

    def list(self, user_id: str = _CALLER, app_id: str = _OWN_APP) -> Response:
        app = _find_app(user_id, app_id)
        page = read_query(request.args, self._options, now=self._now())
        texts = self._store.select(app, page.filters, limit=page.limit, offset=page.offset)
        return _answer_tasks(texts)

    def get(self, task_id: str, user_id: str = _CALLER, app_id: str = _OWN_APP) -> Response:
        text = self._store.get(_find_app(user_id, app_id), task_id)
        return _answer(Code.SUCCESS, rest=f',"task":{text}')

    def count_annotations(
        self, task_id: str, user_id: str = _CALLER, app_id: str = _OWN_APP
    ) -> Response:
        # Nobody labels in this sandbox, so every task has the counts of nobody.
        app = _find_app(user_id, app_id)
        self._store.get(app, task_id)
        names = f',"app_id":{print_json(app.app_id)},"task_id":{print_json(task_id)}'
        return _answer(Code.SUCCESS, rest=f'{names},"counts":[]')

    def delete(self, user_id: str = _CALLER, app_id: str = _OWN_APP) -> Response:
        drop = partial(delete_tasks, self._store, _find_app(user_id, app_id))
        outcome = drop_tasks(drop, _read_body(), self._options.batch)
        return _answer(outcome.code, details=outcome.details)

    def _change(self, change: Change) -> Response:
        outcome = change_tasks(change, _read_body(), self._options.batch)
        return _answer_tasks(outcome.texts, code=outcome.code, details=outcome.details)


def _decode_paths(wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Return *wsgi_app* that takes paths from in-process clients too.

    WSGI has the bytes of a path as Latin-1; httpx's transport passes the decoded text.
    """

    def call(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        try:
            path.encode("latin-1").decode()
        except UnicodeError:
            environ["PATH_INFO"] = path.encode(errors="replace").decode("latin-1")
        return wsgi_app(environ, start_response)

    return call


def _add_routes(app: Flask, sandbox: _Sandbox) -> None:
    for path in _PATHS:
        for method, rule, view in (
            ("POST", path, sandbox.post),
            ("GET", path, sandbox.list),
            ("PATCH", path, sandbox.patch),
            ("DELETE", path, sandbox.delete),
            ("GET", f"{path}/<task_id>", sandbox.get),
            ("GET", f"{path}/<task_id>/annotations/count", sandbox.count_annotations),
        ):
            app.add_url_rule(
                rule, view.__name__, view, methods=[method], provide_automatic_options=False
            )


def _read_body() -> Json:
    return read_json(request.get_data(cache=False))


def _find_app(user_id: str, app_id: str) -> App:
    return App(_CALLER if user_id == "me" else user_id, app_id)


def _answer(code: Code, *, details: str = "", rest: str = "") -> Response:
    """Return the envelope of *code*, with *rest* as the text of further members."""
    status: JsonObject = make_status(code, details)
    text = f'{{"status":{print_json(status)}{rest}}}'
    return Response(text, status=code.value.http, mimetype="application/json")


def _answer_tasks(
    texts: Sequence[str], *, code: Code = Code.SUCCESS, details: str = ""
) -> Response:
    return _answer(code, details=details, rest=f',"tasks":[{",".join(texts)}]')


def _answer_error(code: Code, details: str) -> Response:
    rest = ',"tasks":[]' if request.endpoint in _CALLS_FOR_MANY else ""
    return _answer(code, details=details, rest=rest)


def _answer_api_error(error: ApiError) -> Response:
    return _answer_error(error.code, error.details)


def _answer_missing(error: MissingError) -> Response:
    return _answer_error(Code.TASK_MISSING, f"there is no task {error} in this app")


def _answer_http_error(error: HTTPException) -> Response:
    match error:
        case NotFound():
            return _answer_error(Code.NOT_FOUND, "no such path")
        case MethodNotAllowed():
            return _answer_error(Code.METHOD_NOT_ALLOWED, f"{request.method} is not allowed here")
        case RequestEntityTooLarge():
            return _answer_error(Code.INVALID_REQUEST, "the request body is over 16 MiB")
        case _:
            return _answer_error(Code.BAD_FORMAT, "the request cannot be read")


def _answer_unexpected(error: Exception) -> Response:
    _log.error("a request failed unexpectedly", exc_info=error)
    return _answer_error(Code.INTERNAL, "")


def _compress(response: Response) -> Response:
    body = response.get_data()
    if len(body) > _SMALLEST_GZIP and request.accept_encodings["gzip"] > 0:
        response.set_data(zlib.compress(body, 1, wbits=_GZIP_WINDOW))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
