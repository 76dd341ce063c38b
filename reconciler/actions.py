"""What can a run do, and why? The closed union of actions, what is blocked, and the plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from reconciler.model import ABSENT, Absent, Desired, Json, Live, Place, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; *path* is in the words of the file."""

    path: tuple[str, ...]
    before: Json | Absent
    after: Json | Absent


class ChangedBy(StrEnum):
    """Who made a managed field differ, judged by the digests in the stamp."""

    FILES = "files"
    OUTSIDE = "outside"
    BOTH = "both"
    UNKNOWN = "unknown"


class UpdateReason(StrEnum):
    """Why a live task of ours is overwritten."""

    DIFFERS = "differs"
    STAMP_OUTDATED = "stamp_outdated"
    MOVED = "moved"


class AdoptReason(StrEnum):
    """Why a live task of nobody becomes ours."""

    ID_DECLARED = "id_declared"
    NAME_MATCHES = "name_matches"


class DeleteReason(StrEnum):
    """Why a live task of ours is deleted."""

    NOT_DECLARED = "not_declared"
    DUPLICATE = "duplicate"


class BlockedReason(StrEnum):
    """Why something that the files ask for is not done."""

    LIKELY_RENAME = "likely_rename"
    PREVENT_DESTROY = "prevent_destroy"
    NAME_TAKEN = "name_taken"
    ID_NOT_LIVE = "id_not_live"
    OWNED_BY_OTHER = "owned_by_other"
    AMBIGUOUS_NAME = "ambiguous_name"
    COPIED_STAMP = "copied_stamp"
    WORKED_DUPLICATE = "worked_duplicate"
    NEWER_STAMP = "newer_stamp"


@dataclass(frozen=True, slots=True)
class Create:
    """Post a task that isn't live."""

    desired: Desired

    @property
    def key(self) -> str:
        """The task's key."""
        return self.desired.key


@dataclass(frozen=True, slots=True)
class Update:
    """Overwrite a live task: of ours, or of nobody, and then it becomes ours.

    *stamp* is the mark that it gets, absent where tasks carry none. *differing* names the
    top-level fields that change, *changes* says how. *unmanaged* names the fields that the stamp
    lists and the file no longer declares: they are left as they are. *deletes_annotations* says
    that the API will remove annotations.
    """

    desired: Desired
    live: Live
    stamp: Stamp | Absent
    reason: UpdateReason | AdoptReason
    changed_by: ChangedBy
    differing: tuple[str, ...]
    changes: tuple[Change, ...]
    unmanaged: tuple[str, ...] = ()
    deletes_annotations: bool = False

    @property
    def key(self) -> str:
        """The task's key."""
        return self.desired.key


@dataclass(frozen=True, slots=True)
class Release:
    """Stop managing a live task of ours that no file declares: it stays, without our mark."""

    live: Live
    key: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a live task of ours."""

    live: Live
    key: str
    reason: DeleteReason = DeleteReason.NOT_DECLARED


Action: TypeAlias = Create | Update | Release | Delete
"""In the order in which actions are carried out."""


class Verb(StrEnum):
    """What an action is called, in documents and for people."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    RELEASE = "release"
    DELETE = "delete"


def verb_of(action: Action) -> Verb:
    """Return what an action is called: an update that takes ownership is an adoption."""
    match action:
        case Create():
            return Verb.CREATE
        case Update(reason=AdoptReason()):
            return Verb.ADOPT
        case Update():
            return Verb.UPDATE
        case Release():
            return Verb.RELEASE
        case Delete():
            return Verb.DELETE


def name_of(action: Action) -> str:
    """Return the display name of the task of an action: the declared one, else the live one."""
    return action.live.name if isinstance(action, Release | Delete) else action.desired.name


def place_of(action: Action) -> Place | Absent:
    """Return where the task of an action is declared."""
    return ABSENT if isinstance(action, Release | Delete) else action.desired.place


def reason_of(action: Action) -> str:
    """Return the stable word for why an action is planned."""
    match action:
        case Create():
            return "not_live"
        case Release():
            return "retained"
        case Update(reason=reason) | Delete(reason=reason):
            return str(reason)


def count_verbs(actions: Iterable[Action]) -> Mapping[Verb, int]:
    """Return how many actions there are of each kind."""
    verbs = [verb_of(action) for action in actions]
    return {verb: verbs.count(verb) for verb in Verb}


@dataclass(frozen=True, slots=True)
class Blocked:
    """Something that isn't done, in a *sentence*, and what would *release* it."""

    key: str
    name: str
    reason: BlockedReason
    sentence: str
    release: str
    id: str = ""
    place: Place | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered actions that make live equal to desired.

    *owned* is the number of live tasks of ours, *unmanaged* of nobody's, *foreign* of another
    owner's or of a label order; *unchanged* counts the declared ones that match. *live_ids* are
    those of all live tasks, *own_ids* of ours.
    """

    actions: tuple[Action, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    unchanged: int = 0
    owned: int = 0
    unmanaged: int = 0
    foreign: int = 0
    live_ids: frozenset[str] = frozenset()
    own_ids: frozenset[str] = frozenset()
