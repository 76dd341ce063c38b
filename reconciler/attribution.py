"""Who made a live task differ from the files: the files, somebody outside, or both? Pure.

The stamp holds a digest of each field as it was last applied. The files changed a field if its
digest is another now; if it isn't, somebody outside did. Whether both did is less plain: a file may
declare only a part of a field, and which part it was then, the digest doesn't say. So live is as it
was applied if some selection of its parts has that digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from reconciler.actions import ChangedBy
from reconciler.canon import empty_of
from reconciler.fields import TASK
from reconciler.jsontext import digest_json
from reconciler.kinds import Keyed, Kind, Message, OpenMap
from reconciler.model import ABSENT, Absent, Json, Stamp, mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.canon import Canonical

_MOST_SELECTIONS: Final = 512
"""More than the parts of any field but the user's own metadata can give."""


def tell_who(
    differing: Iterable[str],
    *,
    before: Stamp | Absent,
    desired: Mapping[str, str],
    live: Canonical,
) -> ChangedBy:
    """Return who made the *differing* fields differ since the stamp *before* was written.

    *desired* holds the digests of what the files declare, *live* the canonical form of what is.
    """
    if before is ABSENT or before.outdated or not before.fields:
        return ChangedBy.UNKNOWN
    by_files = by_outside = False
    for name in differing:
        applied = before.fields.get(name)
        if applied == desired.get(name):
            by_outside = True
            continue
        by_files = True
        if applied is not None:
            kind = TASK.members[name].kind
            by_outside |= not _is_as_applied(kind, live.get(name, empty_of(kind)), applied)
    match by_files, by_outside:
        case True, True:
            return ChangedBy.BOTH
        case _, True:
            return ChangedBy.OUTSIDE
        case True, _:
            return ChangedBy.FILES
        case _:
            return ChangedBy.UNKNOWN


def _is_as_applied(kind: Kind, live: Json, digest: str) -> bool:
    """Tell whether a selection of what is live has the *digest* of what was applied."""
    selections = islice(_select(kind, live), _MOST_SELECTIONS)
    return any(digest_json(selection) == digest for selection in selections)


def _select(kind: Kind, value: Json) -> Iterator[Json]:
    """Yield the ways in which a file could declare a part of *value* and find it equal."""
    if not isinstance(value, Mapping):
        yield value
        return
    match kind:
        case Message():
            parts = [
                # The absence of a defaulted member is declared: it is part of any selection.
                [*_select(member.kind, value[name]), *([] if member.defaulted else [ABSENT])]
                for name, member in kind.members.items()
                if name in value
            ]
            yield from _combine([name for name in kind.members if name in value], parts)
        case OpenMap():
            yield from _combine(list(value), [[part, ABSENT] for part in value.values()])
        case Keyed():
            yield value
            # What a server fills in on each of them is declared by hardly any file.
            yield {key: _only_defaulted(kind.element, mapping_of(it)) for key, it in value.items()}
            yield {key: {} for key in value}
        case _:
            yield value


def _only_defaulted(element: Message, value: Mapping[str, Json]) -> Json:
    return {name: part for name, part in value.items() if element.members[name].defaulted}


def _combine(names: list[str], parts: list[list[Json | Absent]]) -> Iterator[Json]:
    for choice in product(*parts):
        pairs = zip(names, choice, strict=True)
        yield {name: part for name, part in pairs if not isinstance(part, Absent)}
