"""How a request goes wrong on its way: a WSGI application in front of the sandbox."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from waitress.channel import ClientDisconnected
from werkzeug.wrappers import Response

from .errors import Code, make_status
from .faults import Asked, Fault, Faults, Step, find_call
from .values import JsonObject, print_json

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_CALLS_FOR_MANY = frozenset({Asked.CREATE, Asked.LIST, Asked.OVERWRITE})
_PAGE = "<!doctype html><title>Sign in</title><p>Sign in to go on.</p>"


def spoil(
    app: "WSGIApplication",
    faults: Faults,
    *,
    report: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> "WSGIApplication":
    """Return *app* behind *faults*; each that happens is a line to *report*.

    A drop raises waitress's `ClientDisconnected`, upon which waitress closes the connection.
    """

    def call(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked = find_call(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
        hit = faults.take(asked)
        if hit is None:
            return app(environ, start_response)
        report(f"fault: {hit}")

        def do() -> Response:
            return Response.from_app(app, environ, buffered=True)

        return _go_wrong(hit.step, asked, do, sleep=sleep)(environ, start_response)

    return call


def _go_wrong(
    step: Step, asked: Asked, do: Callable[[], Response], *, sleep: Callable[[float], None]
) -> Response:
    """Return the answer to a request that *do* would carry out."""
    match step.fault:
        case Fault.DROP_BEFORE:
            raise ClientDisconnected
        case Fault.DROP_AFTER:
            do()
            raise ClientDisconnected
        case Fault.ERROR_BEFORE:
            return _fail(asked, Code.INTERNAL, http=step.status)
        case Fault.ERROR_AFTER:
            do()
            return _fail(asked, Code.INTERNAL, http=step.status)
        case Fault.THROTTLE:
            return _throttle(asked, step.retry_after)
        case Fault.TRUNCATE:
            return _halve(do())
        case Fault.WRONG_TYPE:
            do()
            return Response(_PAGE, mimetype="text/html")
        case Fault.SLOW:
            sleep(step.seconds)
            return do()


def _fail(asked: Asked, code: Code, *, http: int) -> Response:
    body: JsonObject = {"status": make_status(code, "a fault of the script")}
    if asked in _CALLS_FOR_MANY:
        body["tasks"] = []
    return Response(print_json(body), status=http, mimetype="application/json")


def _throttle(asked: Asked, retry_after: int | None) -> Response:
    response = _fail(asked, Code.THROTTLED, http=Code.THROTTLED.value.http)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _halve(response: Response) -> Response:
    """Send half of a body under the length of the whole, upon which waitress closes."""
    body = response.get_data()
    response.headers["Content-Length"] = str(len(body))
    response.response = [body[: len(body) // 2]]
    return response
