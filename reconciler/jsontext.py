"""How do values become JSON, and JSON values? The only home of orjson."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, cast

import orjson

from reconciler.errors import NestingError

if TYPE_CHECKING:
    from reconciler.model import Json

_DIGEST_BYTES = 6


def parse_json(data: bytes) -> Json:
    """Return the value of a JSON document; raise `ValueError` if it isn't one."""
    return cast("Json", orjson.loads(data))


def dump_json(value: Json) -> bytes:
    """Return *value* as compact JSON; raise `NestingError` if it is too deep."""
    return _dump(value)


def print_json(value: Json) -> str:
    """Return *value* as indented JSON, its members in the order given.

    `##[` is written with an escape: in a log of GitHub's runner it would begin a command. Raise
    `NestingError` if it is too deep.
    """
    return _dump(value, orjson.OPT_INDENT_2).decode().replace("##[", "\\u0023#[")


def digest_json(value: Json) -> str:
    """Return a short digest of *value* that doesn't depend on the order of members.

    Raise `NestingError` if it is too deep.
    """
    data = _dump(value, orjson.OPT_SORT_KEYS)
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def _dump(value: Json, option: int = 0) -> bytes:
    try:
        return orjson.dumps(value, option=option)
    except TypeError:
        raise NestingError from None
