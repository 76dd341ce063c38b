"""Is this the URL of a target, and may a token be sent there? Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from reconciler.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

SANDBOX_SCHEME: Final = "sandbox:"
_TRUSTED_DOMAIN: Final = "clarifai.com"
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f.]*:[0-9a-f:.]+")


def read_url(url: str) -> str:
    """Return the URL of a target without a slash at its end; raise `TargetError` if it is none."""
    if url.startswith(SANDBOX_SCHEME):
        if url == SANDBOX_SCHEME:
            raise TargetError("bad-url", f"the URL `{url}` names no file; write sandbox:FILE")
        return url
    # Only what every reader of URLs reads alike: the client must not see another host.
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise TargetError("bad-url", "the URL holds characters that no URL has; write https://HOST")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        _ = parts.port
    except ValueError:
        raise TargetError("bad-url", "the URL can't be read; write https://HOST") from None
    if "@" in parts.netloc:
        raise TargetError("bad-url", "a URL must not hold a user or a password; remove them")
    if not _HOST.fullmatch(host) or parts.scheme not in ("https", "http"):
        raise TargetError("bad-url", f"`{url}` is no URL; write https://HOST or sandbox:FILE")
    if "?" in url or "#" in url:
        raise TargetError("bad-url", "a URL must not have a query or a fragment; remove it")
    if parts.scheme == "http" and not _is_loopback(host):
        sentence = f"http:// would send the token to {host} in clear text; write https://"
        raise TargetError("clear-text", sentence)
    return parts.geturl().rstrip("/")


def check_trust(url: str, environ: Mapping[str, str]) -> None:
    """Raise `TargetError` if no token may be sent to the host of a URL."""
    host = (urlsplit(url).hostname or "").lower()
    trusted = environ.get("RECONCILER_TRUSTED_HOSTS", "").lower().replace(",", " ").split()
    ours = host == _TRUSTED_DOMAIN or host.endswith(f".{_TRUSTED_DOMAIN}")
    if ours or host in trusted or _is_loopback(host):
        return
    raise TargetError(
        "untrusted-host",
        f"a token is sent only to *.{_TRUSTED_DOMAIN} and to this computer, not to {host};"
        " if you trust that host, name it in the variable RECONCILER_TRUSTED_HOSTS",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
