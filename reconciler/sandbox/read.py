"""Whether a value is of the kind that the table of fields says, and what it then says.

Reading drops what protobuf cannot tell from absent: null, 0, "", false and []. Enums come out as
numbers, float32 members rounded, so that equal requests read equal.
"""

import math
import re

from .kinds import Choice, Flag, Ignored, Kind, Many, Message, Open, Real, Struct, Text, Whole
from .values import Json, JsonObject, print_number, round_float32

_DIGITS = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,60})?([eE][-+]?[0-9]{1,3})?")
_DEEPEST = 60


class _WrongError(ValueError):
    """A value is not of its kind."""


def read(kind: Kind, value: Json, at: str, problems: list[str]) -> Json:
    """Return *value* as *kind*, `None` if it says nothing, with new lists and objects.

    What is wrong is added to *problems* as "path: sentence", the path beginning with *at*.
    """
    if value is None:
        return None
    try:
        match kind:
            case Message():
                return _read_message(kind, value, at, problems)
            case Many():
                return _read_many(kind, value, at, problems)
            case Ignored():
                return None
            case _:
                return _read_single(kind, value)
    except _WrongError as wrong:
        problems.append(f"{at}: {wrong}")
        return None


def read_choice(kind: Choice, value: str | float) -> int:
    """Return the enum number that *value* names, by name, number or digits; else `ValueError`."""
    if isinstance(value, str) and value in kind.numbers:
        return kind.numbers[value]
    known = _DIGITS.fullmatch(value) if isinstance(value, str) else value in kind.names
    number = int(value) if known else -1
    if number not in kind.names:
        raise _WrongError(f"{str(value)[:60]} is not one of {', '.join(kind.numbers)}")
    return number


def read_whole(kind: Whole, value: str | float) -> int:
    """Return the integer that *value* is or spells, within the bounds; else `ValueError`."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise _WrongError("expected an integer")
    if isinstance(value, float) and not value.is_integer():
        raise _WrongError("expected an integer")
    number = int(value)
    if not kind.low <= number <= kind.high:
        raise _WrongError(f"expected an integer from {kind.low} to {kind.high}")
    return number


def _read_message(kind: Message, value: Json, at: str, problems: list[str]) -> JsonObject:
    if not isinstance(value, dict):
        raise _WrongError("expected an object")
    found: JsonObject = {}
    members = kind.members
    for name, item in value.items():
        path = f"{at}.{name}" if at else name
        member = members.get(name)
        if member is None:
            problems.append(f"{path}: unknown field")
            continue
        result = read(member, item, path, problems)
        if result is not None:
            found[name] = result
    if kind.one_of and sum(name in found for name in kind.one_of) > 1:
        where = f"{at}: " if at else ""
        problems.append(f"{where}only one of {', '.join(kind.one_of)} may be given")
    return found


def _read_many(kind: Many, value: Json, at: str, problems: list[str]) -> Json:
    if not isinstance(value, list):
        raise _WrongError("expected a list")
    found: list[Json] = []
    for index, item in enumerate(value):
        if item is None:
            problems.append(f"{at}[{index}]: null is not an element")
        elif isinstance(kind.of, Text) and isinstance(item, str):
            found.append(item)
        else:
            found.append(read(kind.of, item, f"{at}[{index}]", problems))
    return found or None


def _read_single(kind: Text | Flag | Whole | Real | Choice | Struct | Open, value: Json) -> Json:
    match kind:
        case Text():
            return _read_text(value)
        case Flag():
            return _read_flag(value)
        case Struct():
            return _read_struct(value)
        case Open():
            return _read_open(value, 0)
        case Real():
            return _read_real(kind, value)
        case Whole() | Choice():
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise _WrongError("expected a name or number")
            number = (
                read_whole(kind, value) if isinstance(kind, Whole) else read_choice(kind, value)
            )
            return number or None


def _read_text(value: Json) -> str | None:
    if not isinstance(value, str):
        raise _WrongError("expected a string")
    return value or None


def _read_flag(value: Json) -> bool | None:
    if not isinstance(value, bool):
        raise _WrongError("expected true or false")
    return value or None


def _read_real(kind: Real, value: Json) -> float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongError("expected a number")
    try:
        number = round_float32(float(value))
    except (ValueError, OverflowError):
        raise _WrongError("out of range for a 32-bit float") from None
    return number if number or kind.shows_zero else None


def _read_struct(value: Json) -> Json:
    if not isinstance(value, dict):
        raise _WrongError("expected an object")
    return _read_open(value, 0)


def _read_open(value: Json, depth: int) -> Json:
    if depth > _DEEPEST:
        raise _WrongError(f"nested deeper than {_DEEPEST} levels")
    if isinstance(value, dict):
        return {name: _read_open(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_read_open(item, depth + 1) for item in value]
    if isinstance(value, str | bool) or value is None:
        return value
    return _read_double(value)


def _read_double(value: float) -> int | float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _WrongError("a number is out of range for a double")
    return print_number(number)
