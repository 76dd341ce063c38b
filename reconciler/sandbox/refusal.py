"""What is answered to a request that no application gets to see: too large, or not HTTP.

Unknown: how the API's gateway answers these. Here it is JSON, as everything else.
"""

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask
from waitress.utilities import (
    Error,
    InternalServerError,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
)

from .call import Reply
from .envelope import print_reply
from .errors import Code


class _Refusal(ErrorTask):
    """An answer of the server's own, after which it closes the connection."""

    def execute(self) -> None:
        # The stubs take a task's request for the error that it has.
        response = print_reply(_reply_to(self.request.error), many="")  # type: ignore[attr-defined]
        body = response.get_data()
        self.status = response.status
        self.response_headers = [*self.response_headers, ("Content-Type", "application/json")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """A connection to a client, on which the server's own answers are JSON too."""

    error_task_class = _Refusal


def _reply_to(error: Error) -> Reply:
    match error:
        case RequestEntityTooLarge():
            return Reply(code=Code.INVALID_REQUEST, details="the request body is over 16 MiB")
        case RequestHeaderFieldsTooLarge():
            return Reply(
                code=Code.INVALID_REQUEST, details="the request's path and headers are too long"
            )
        case InternalServerError():
            return Reply(code=Code.INTERNAL)
        case _:
            return Reply(code=Code.BAD_FORMAT, details="the request cannot be read")
