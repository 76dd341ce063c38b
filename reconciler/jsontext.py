"""How do values become JSON, and JSON values? The only home of orjson."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, cast

import orjson

if TYPE_CHECKING:
    from reconciler.model import Json

_DIGEST_BYTES = 6


def parse_json(data: bytes) -> Json:
    """Return the value of a JSON document; raise `ValueError` if it isn't one."""
    return cast("Json", orjson.loads(data))


def dump_json(value: Json) -> bytes:
    """Return *value* as compact JSON."""
    return orjson.dumps(value)


def print_json(value: Json) -> str:
    """Return *value* as indented JSON, its members in the order given.

    `##[` is written with an escape: in a log of GitHub's runner it would begin a command.
    """
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return text.replace("##[", "\\u0023#[")


def digest_json(value: Json) -> str:
    """Return a short digest of *value* that doesn't depend on the order of members."""
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()
