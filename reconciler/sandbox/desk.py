"""How a person calls the API: that of a file, in this process, or one that is served."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPMethod
from http.client import HTTPException
from pathlib import Path
from typing import TypeAlias
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from .app import OWN_APP, OWNER, create_app
from .errors import Code, SandboxError
from .normalise import member, objects
from .values import Json, JsonObject, parse_json

Send: TypeAlias = Callable[[str, str, Mapping[str, str], bytes], bytes]
"""Send a method, a path with its query, headers and a body; return the body of the answer."""

_PAGE_SIZE = 1000
_BATCH = 128
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """The calls of one app, made with `key`, for whoever is meant to make them."""

    send: Send
    key: str = "sandbox"
    user_id: str = OWNER
    app_id: str = OWN_APP

    def call(
        self, method: HTTPMethod, path: str, body: Json = None, *, user: str = ""
    ) -> JsonObject:
        """Return the answer to a call, made by *user*; `SandboxError` if it is an error."""
        url = f"/v2/users/{quote(self.user_id, safe='')}/apps/{quote(self.app_id, safe='')}{path}"
        key = f"{self.key}:{quote(user, safe='')}" if user else self.key
        headers = {"Authorization": f"Key {key}", "Content-Type": "application/json"}
        sent = b"" if body is None else json.dumps(body).encode()
        return _read(self.send(method, url, headers, sent))

    def reset(self) -> int:
        """Delete everything of every app; return how many tasks there were."""
        headers = {"Authorization": f"Key {self.key}"}
        return int(str(_read(self.send("DELETE", "/sandbox", headers, b""))["deleted"]))

    def list_all(self, path: str, name: str, **query: str) -> Iterator[JsonObject]:
        """Yield the items of all pages of a list."""
        page = 1
        while True:
            asked = urlencode(query | {"page": str(page), "per_page": str(_PAGE_SIZE)})
            items = objects(self.call(HTTPMethod.GET, f"{path}?{asked}").get(name))
            if not items:
                return
            yield from items
            page += 1

    def post_all(self, path: str, name: str, items: Iterable[Json], *, user: str = "") -> None:
        """Post *items* in as few calls as the API takes."""
        left = list(items)
        while left:
            self.call(HTTPMethod.POST, path, {name: left[:_BATCH]}, user=user)
            left = left[_BATCH:]


@contextmanager
def open_desk(
    place: Path | str, *, key: str = "", user_id: str = "", app_id: str = ""
) -> Iterator[Desk]:
    """Open the sandbox in a file, or the one that is served under a URL.

    Raises `SandboxError` if there is none.
    """
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise SandboxError("The token has a character that no key has; look at where it is from.")
    send = _send_over_http(place) if isinstance(place, str) else _send_in_process(place)
    yield Desk(send, key or "sandbox", user_id or OWNER, app_id or OWN_APP)


def _send_in_process(db: Path) -> Send:
    client = create_app(db).test_client()

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        return client.open(path, method=method, headers=dict(headers), data=body).get_data()

    return send


def _send_over_http(url: str) -> Send:
    opener = build_opener(ProxyHandler({}))

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        try:
            request = Request(  # noqa: S310 the scheme was checked
                url.rstrip("/") + path, data=body or None, headers=dict(headers), method=method
            )
            with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                found: bytes = answer.read()
                return found
        except HTTPError as error:
            with error:
                return error.read()
        except HTTPException as error:
            raise SandboxError(f"The sandbox at {url} broke off its answer; try again.") from error
        except OSError as error:
            reason = getattr(error, "reason", error)
            sentence = f"No sandbox answers at {url} ({reason}); start it with `sandbox serve`."
            raise SandboxError(sentence) from error

    _check_url(url)
    return send


def _check_url(url: str) -> None:
    """Raise `SandboxError` if nothing can be served under *url*; who it names is not repeated."""
    try:
        parts = urlsplit(url)
        served = parts.scheme == "http" and parts.hostname and parts.port != 0
    except ValueError:
        served = False
    if not served or "@" in url or not url.isascii() or not url.isprintable() or " " in url:
        sentence = "--url is no plain http:// URL, such as http://127.0.0.1:8000"
        raise SandboxError(f"{sentence}; a sandbox is served under one.")


def _read(data: bytes) -> JsonObject:
    try:
        answer = parse_json(data)
    except ValueError:
        answer = None
    status = member(answer, "status")
    if not isinstance(answer, dict) or "code" not in status:
        raise SandboxError("What answers is no sandbox; look at the URL.")
    if status["code"] != Code.SUCCESS.value.code:
        words = f"{status.get('description')}: {status.get('details')} ({status['code']})"
        raise SandboxError(f"The sandbox refused a request: {words}.")
    return answer
