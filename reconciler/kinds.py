"""Of what kinds are the fields of a message, and how may each be written?

A *message* has *members* under today's names. A member is found in a body under one of its
*spellings*, newest first: paths inside the message, and the form the value has there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A string; "" and absent are one value."""


@dataclass(frozen=True, slots=True)
class Number:
    """An integer; 0, the documented *default* and absent are one value."""

    default: int = 0


@dataclass(frozen=True, slots=True)
class Float32:
    """A number that the API keeps in 32 bits."""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """One of *numbers* (name → number), equal by name or number; number 0 is absence.

    *meanings* maps each way to write a value to its name: its name, number, number as text.
    """

    numbers: Mapping[str, int]
    meanings: Mapping[str | float, str]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A mapping name → weight, of which only the proportions matter."""


@dataclass(frozen=True, slots=True)
class OpenMap:
    """The user's own JSON: each declared key is managed, only absence is absence."""


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A value without parts of its own: compared whole, zeros being absence.

    *enums* are the enumerations that its members of these names hold, however deep.
    """

    enums: Mapping[str, Enumeration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A flag that makes the API do something: sent, never compared."""


class Form(Enum):
    """How a spelling writes a value down."""

    PLAIN = "as it is"
    IDS = "a list of ids"
    OBJECTS = "a list of {id}"
    WORKERS = "a list of {user: {id}}, {model: {id}} or {workflow: {id}}"
    CONCEPTS = "a list of {concept: {id}, auto_annotation_config}"


@dataclass(frozen=True, slots=True)
class Spelling:
    """Where a member stands inside its message, and in which form."""

    path: tuple[str, ...]
    form: Form = Form.PLAIN


@dataclass(frozen=True, slots=True)
class Condition:
    """A member counts only while its *sibling* has one of *values*."""

    sibling: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member of a message.

    Where the file declares the message and not the member, the member is *defaulted* (its
    absence is declared) or else left as it is live.
    """

    name: str
    kind: Kind
    spellings: tuple[Spelling, ...]
    defaulted: bool = False
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """The end of a path: *member*, in the spelling of that *rank* (0 is the newest)."""

    member: Member
    form: Form
    rank: int


Tree: TypeAlias = Mapping[str, "Leaf | Tree"]


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """Members by name, and the *tree* that finds them in a body.

    *ignored* is what only the server writes. *arms* are the parts of a body that go with one
    value of a sibling; *conditional* are the members that do. *aligned* maps a list to the set
    whose order it follows: its first entry is for the first thing of that.
    """

    members: Mapping[str, Member]
    tree: Tree
    ignored: frozenset[str]
    arms: Mapping[str, Condition]
    conditional: tuple[str, ...]
    aligned: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Keyed:
    """A set of things with an id each, and for some things an *element* message."""

    element: Message


Kind: TypeAlias = (
    Text | Number | Float32 | Enumeration | Ratio | OpenMap | Structure | Trigger | Keyed | Message
)


def message(
    *members: Member,
    ignored: str = "",
    arms: Mapping[str, Condition] | None = None,
    aligned: Mapping[str, str] | None = None,
) -> Message:
    """Make a message of *members*; *ignored* are names, separated by spaces."""
    tree: dict[str, Leaf | Tree] = {}
    for each in members:
        for rank, spelling in enumerate(each.spellings):
            _plant(tree, spelling.path, Leaf(each, spelling.form, rank))
    own_arms = {
        spelling.path[0]: m.condition
        for m in members
        for spelling in m.spellings
        if m.condition and len(spelling.path) == 1
    }
    return Message(
        members={m.name: m for m in members},
        tree=tree,
        ignored=frozenset(ignored.split()),
        arms={**own_arms, **(arms or {})},
        conditional=tuple(m.name for m in members if m.condition),
        aligned=aligned or {},
    )


def _plant(tree: dict[str, Leaf | Tree], path: tuple[str, ...], leaf: Leaf) -> None:
    for name in path[:-1]:
        branch = tree.setdefault(name, {})
        assert isinstance(branch, dict), f"{name} is both a member and a message"  # noqa: S101
        tree = branch
    tree[path[-1]] = leaf


def member(
    kind: Kind,
    *spellings: str | tuple[str, Form],
    defaulted: bool = False,
    only_with: Condition | None = None,
) -> Member:
    """Make a member, named by the last word of its newest spelling unless that is an id."""
    split = tuple(
        Spelling(tuple(s.split("."))) if isinstance(s, str) else Spelling((s[0],), s[1])
        for s in spellings
    )
    newest = split[0].path
    name = newest[-1] if newest[-1] != "id" or len(newest) == 1 else newest[-2]
    return Member(name, kind, split, defaulted, only_with)


def enumeration(zero: str, **numbers: int) -> Enumeration:
    """Make an enumeration whose number 0 is called *zero*."""
    known = {zero: 0, **numbers}
    meanings: dict[str | float, str] = {}
    for name, number in known.items():
        meanings |= dict.fromkeys((name, number, str(number)), name if number else "")
    return Enumeration(known, meanings)
