"""What a JSON value is here, and which numbers survive being one.

Nothing is typed `Any` beyond `parse_json`, where bytes become values.
"""

import json
import math
import re
import struct
from functools import lru_cache
from typing import Any, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SHORTEST_EXPONENT = 1e21


class BadJsonError(ValueError):
    """The bytes are not one JSON text in UTF-8."""


def parse_json(data: bytes) -> Json:
    """Return the value of *data*, strictly.

    `NaN`, `Infinity`, half surrogate pairs, and nesting or digits beyond what
    the parser bears raise `BadJsonError`. Of a repeated key the last counts.
    """
    try:
        value: Any = json.loads(data.decode(), parse_constant=_refuse_constant)
        if _ESCAPED_SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        # A JSONDecodeError says where; the other messages speak of Python.
        where = f": {error}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadJsonError(f"The request body is not valid JSON{where}.") from None
    return value  # type: ignore[no-any-return]


def print_json(value: Json) -> str:
    """Return *value* as compact JSON text of ASCII characters."""
    return json.dumps(value, separators=(",", ":"), check_circular=False)


def print_number(number: float) -> int | float:
    """Return *number* so that `json` prints it as jsonpb does: integral ones without fraction."""
    return int(number) if number.is_integer() and abs(number) < _SHORTEST_EXPONENT else number


@lru_cache(maxsize=4096)
def round_float32(number: float) -> int | float:
    """Return the number whose text is the shortest that reads back as float32(*number*).

    Out of float32's range raises `OverflowError`; not finite, `ValueError`.
    """
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    rounded = _as_float32(number)
    for digits in range(1, 9):
        candidate = float(f"{rounded:.{digits}g}")
        if abs(candidate) < _FLOAT32_LIMIT and _as_float32(candidate) == rounded:
            return print_number(candidate)
    return print_number(float(f"{rounded:.9g}"))


_FLOAT32_LIMIT = 2.0**128 - 2.0**103


def _as_float32(number: float) -> float:
    rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return rounded


def _refuse_constant(name: str) -> Json:
    raise json.JSONDecodeError(f"{name} is not JSON", name, 0)
