"""What every answer stands in.

Documented: an envelope around every answer, and the empty list beside an error of a call for many.
"""

import logging
import zlib

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from .call import Reply
from .errors import ApiError, Code, make_status
from .values import print_json

_SMALLEST_GZIP = 1024
_GZIP_WINDOW = 31

_log = logging.getLogger(__name__)


def print_reply(reply: Reply, *, many: str) -> Response:
    """Return the answer *reply*, with an empty list *many* if it has none."""
    members = {"status": print_json(make_status(reply.code, reply.details))} | dict(reply.members)
    if many:
        members.setdefault(many, "[]")
    text = ",".join(f"{print_json(name)}:{value}" for name, value in members.items())
    return Response(f"{{{text}}}", status=reply.code.value.http, mimetype="application/json")


def reply_to_error(error: Exception) -> Reply:
    """Return the answer to a request that *error* ended."""
    match error:
        case ApiError():
            return Reply(code=error.code, details=error.details)
        case NotFound():
            return Reply(code=Code.NOT_FOUND, details="no such path")
        case MethodNotAllowed():
            details = f"{request.method} is not allowed here"
            return Reply(code=Code.METHOD_NOT_ALLOWED, details=details)
        case RequestEntityTooLarge():
            return Reply(code=Code.INVALID_REQUEST, details="the request body is over 16 MiB")
        case HTTPException():
            return Reply(code=Code.BAD_FORMAT, details="the request cannot be read")
        case _:
            _log.error("a request failed unexpectedly", exc_info=error)
            return Reply(code=Code.INTERNAL)


def compress(response: Response) -> Response:
    """Return *response*, its body compressed if the client takes that and it is worth it."""
    body = response.get_data()
    if len(body) > _SMALLEST_GZIP and request.accept_encodings["gzip"] > 0:
        response.set_data(zlib.compress(body, 1, wbits=_GZIP_WINDOW))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
