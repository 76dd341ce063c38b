"""Which call answers a request, and who makes it.

Documented: both styles of path, the `Key` scheme. Inferred: codes and HTTP statuses of most
errors. Unknown: that a path is judged before a key; that short paths are one app, whatever the
key. The sandbox's own: a key `KEY:USER` speaks for that user, whose id is percent-encoded, any
other for the apps' owner.
"""

import time
from collections.abc import Callable, Iterable
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import Flask, Response, g, request
from werkzeug.exceptions import MethodNotAllowed

from .call import Call, Reply, Sandbox
from .connections import Database
from .database import empty
from .envelope import compress, print_reply, reply_to_error
from .errors import ApiError, Code
from .options import Options
from .pressure import Pressure
from .record import App
from .routes import ROUTES, Route
from .values import BadJsonError, Json, parse_json, print_json

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 16 * 1024 * 1024
_DEFAULT_OPTIONS = Options()
# The owner of the key, whom a path calls "me", and the app that short paths mean.
OWNER = "sandbox-user"
OWN_APP = "sandbox-app"
_LONG = "/v2/users/<user_id>/apps/<app_id>"
_SHORT = "/v2"
_MANY = {route.name: route.many for route in ROUTES}


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
    sandbox = Sandbox(Database(db), options, now)
    pressure = Pressure(options, clock=clock, sleep=sleep)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    # A second slash would be redirected, with a page of HTML.
    app.url_map.merge_slashes = False
    app.wsgi_app = _decode_paths(app.wsgi_app)  # type: ignore[assignment,method-assign]
    for route in ROUTES:
        _add_route(app, sandbox, route)
    _add_reset(app, sandbox)

    app.before_request(pressure.admit)

    @app.before_request
    def check_request() -> None:
        _check_request(options.token)

    app.after_request(compress)
    app.after_request(pressure.delay)
    app.register_error_handler(Exception, _answer_error)
    return app


def _add_route(app: Flask, sandbox: Sandbox, route: Route) -> None:
    view = _make_view(sandbox, route)
    for prefix in (_LONG, _SHORT) if route.short else (_LONG,):
        app.add_url_rule(
            prefix + route.path,
            route.name,
            view,
            methods=[route.method],
            provide_automatic_options=False,
        )


def _add_reset(app: Flask, sandbox: Sandbox) -> None:
    """Add the one call that the API has not: to delete everything of every app."""

    @app.delete("/sandbox", provide_automatic_options=False)
    def reset() -> Response:
        if g.caller != OWNER:
            raise ApiError(Code.TASK_PERMISSION_DENIED, "only the owner resets a sandbox")
        with sandbox.database.writing() as db:
            count = empty(db)
        return print_reply(Reply({"deleted": print_json(count)}), many="")


def _make_view(sandbox: Sandbox, route: Route) -> Callable[..., Response]:
    def view(user_id: str = OWNER, app_id: str = OWN_APP, **ids: str) -> Response:
        app = App(g.caller if user_id == "me" else user_id, app_id)
        call = Call(app, g.caller, ids, request.args, _read_body())
        return print_reply(route.answer(sandbox, call), many=route.many)

    return view


def _read_body() -> Json:
    """Return the value of a body; `ApiError` if it is none. Nobody reads that of a GET."""
    data = request.get_data(cache=False)
    try:
        return None if request.method == "GET" else parse_json(data)
    except BadJsonError as error:
        raise ApiError(Code.BAD_FORMAT, str(error)) from error


def _check_request(token: str | None) -> None:
    """Raise what is wrong with a request whatever its call; note who makes it."""
    if request.routing_exception is not None:
        raise request.routing_exception
    if request.method == "HEAD":
        raise MethodNotAllowed
    words = request.headers.get("Authorization", "").split()
    if len(words) != 2 or words[0] != "Key":  # noqa: PLR2004 a scheme and a key
        raise ApiError(Code.BAD_AUTHORIZATION, "empty or malformed authorization header")
    g.caller = _find_caller(words[1], token)


def _find_caller(key: str, token: str | None) -> str:
    """Return for whom *key* speaks; `ApiError` if the sandbox takes another one only."""
    before, _, user = key.rpartition(":")
    if token is None or compare_digest(before.encode(), token.encode()):
        return unquote(user) if before and user else OWNER
    if compare_digest(key.encode(), token.encode()):
        return OWNER
    raise ApiError(Code.KEY_NOT_FOUND, "the key is not known")


def _answer_error(error: Exception) -> Response:
    return print_reply(reply_to_error(error), many=_MANY.get(str(request.endpoint), ""))


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
