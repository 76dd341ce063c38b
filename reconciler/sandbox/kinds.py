"""Of which kinds the members of the API's messages are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A string."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer between two bounds, both allowed."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Real:
    """A float32. `shows_zero`: the API prints it even when it is 0."""

    shows_zero: bool = False


@dataclass(frozen=True)
class Choice:
    """An enum. Number 0 is "not set" in each of them."""

    numbers: Mapping[str, int]

    @cached_property
    def names(self) -> Mapping[int, str]:
        """The name of each number."""
        return {number: name for name, number in self.numbers.items()}


@dataclass(frozen=True, slots=True)
class Struct:
    """A JSON object of the caller's own; its numbers are doubles."""


@dataclass(frozen=True, slots=True)
class Open:
    """A message that is kept as sent."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A member that is accepted, whatever it is, and has no effect."""


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    of: "Kind"


@dataclass(frozen=True, slots=True)
class Message:
    """A JSON object with known members, of which at most one of `one_of` is present."""

    members: Mapping[str, "Kind"]
    one_of: tuple[str, ...] = ()


Kind: TypeAlias = (
    Text | Flag | Whole | Real | Choice | Struct | Open | Ignored | Many | Message
)  # fmt: skip
