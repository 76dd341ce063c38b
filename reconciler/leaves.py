"""What is one value, whichever way it is written? The leaves of the canonical form."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

if TYPE_CHECKING:
    from reconciler.kinds import Enumeration, Number, Structure
    from reconciler.model import Json

STAMP_KEY: Final = "reconciler"
"""The member of a task's metadata that holds the stamp."""

_SHARE_DIGITS: Final = 9


def name_of_enum(kind: Enumeration, value: Json) -> str:
    """Return the name of an enum value given by name, number or number as text; "" is unset.

    A value that the table doesn't know is its own name, as text.
    """
    if isinstance(value, str):
        return kind.meanings.get(value, value)
    if isinstance(value, int | float):
        return kind.meanings.get(value, str(value))
    return "" if value is None else str(value)


def plain_text(value: Json) -> str:
    """Return a text as any server may keep it: composed, and without spaces at its ends."""
    text = value.strip() if isinstance(value, str) else ""
    return text if text.isascii() else normalize("NFC", text)


def number_of(kind: Number, value: Json) -> Json:
    """Return a whole number; its default is absence, which is 0."""
    if value == kind.default:
        return 0
    return int(value) if isinstance(value, float) and value.is_integer() else value


def shares_of(value: Json) -> Json:
    """Return each weight's share of their sum, by name."""
    weights = value if isinstance(value, Mapping) else {}
    numbers = {name: w for name, w in weights.items() if isinstance(w, int | float)}
    total = sum(numbers.values())
    if not total:
        return dict(weights)
    # A server may keep the shares instead of the weights: both round to the same.
    return {name: round(w / total, _SHARE_DIGITS) for name, w in numbers.items()}


def float32_of(value: Json) -> Json:
    """Return a number as 32 bits keep it; what is no number stays as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return float(value)
    return rounded


def structure_of(kind: Structure, value: Json) -> Json:
    """Return a value without its zeros and empty parts, fractions as 32 bits keep them."""
    if isinstance(value, Mapping):
        parts = {
            name: name_of_enum(kind.enums[name], part)
            if name in kind.enums
            else structure_of(kind, part)
            for name, part in value.items()
        }
        return {name: part for name, part in parts.items() if part}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [structure_of(kind, part) for part in value]
    return float32_of(value) if isinstance(value, float) else value


def open_map_of(value: Json) -> dict[str, Json]:
    """Return the user's own metadata, without our stamp."""
    if not isinstance(value, Mapping):
        return {}
    return {name: _open_value(part) for name, part in value.items() if name != STAMP_KEY}


def _open_value(value: Json) -> Json:
    """Return the user's own JSON as the API keeps it: every number is a double.

    A boolean is wrapped, because Python takes true for 1.
    """
    match value:
        case bool():
            return {"bool": str(value)}
        case int() | float():
            return float(value)
        case Mapping():
            return {name: _open_value(part) for name, part in value.items()}
        case str() | None:
            return value
        case _:
            return [_open_value(part) for part in value]
