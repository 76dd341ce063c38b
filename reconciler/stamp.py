"""Whose is a live task? The ownership mark in its metadata: read, write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconciler.jsontext import digest_json
from reconciler.leaves import STAMP_KEY
from reconciler.model import (
    Json,
    Lifecycle,
    Mark,
    NewerStamp,
    NoStamp,
    OnDelete,
    Spec,
    Stamp,
    list_of,
    mapping_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.canon import Canonical

VERSION = 1
_DEFAULT: Final = Lifecycle()


def read_mark(spec: Spec) -> Mark:
    """Return the mark of a live task. What doesn't read as a stamp is no stamp."""
    stamp = mapping_of(mapping_of(spec.get("metadata")).get(STAMP_KEY))
    owner, key, version = text_of(stamp.get("owner")), text_of(stamp.get("key")), stamp.get("v")
    # Numbers in metadata come back as doubles.
    if not owner or isinstance(version, bool) or not isinstance(version, int | float):
        return NoStamp()
    if version > VERSION:
        return NewerStamp(owner, key, int(version))
    if not key:
        return NoStamp()
    return Stamp(
        owner,
        key,
        text_of(stamp.get("nonce")),
        _read_digests(mapping_of(stamp.get("fields"))),
        read_lifecycle(mapping_of(stamp.get("lifecycle"))),
        outdated=version < VERSION,
    )


def _read_digests(written: Spec) -> Mapping[str, str]:
    """Return the digests of a stamp: the very mapping that is written if it holds nothing else."""
    digests = {name: text_of(value) for name, value in written.items()}
    return cast("Mapping[str, str]", written) if digests == written else digests


def write_stamp(stamp: Stamp) -> Mapping[str, Json]:
    """Return the stamp as it stands in the metadata."""
    return {
        "v": VERSION,
        "owner": stamp.owner,
        "key": stamp.key,
        "nonce": stamp.nonce,
        "lifecycle": write_lifecycle(stamp.lifecycle),
        "fields": dict(stamp.fields),
    }


def read_lifecycle(written: Spec) -> Lifecycle:
    """Return a lifecycle as a stamp or a file writes it; what is wrong in it is not there."""
    if not written:
        return _DEFAULT
    fields = (text_of(name) for name in list_of(written.get("ignore_changes")))
    retains = written.get("on_delete") == OnDelete.RETAIN
    return Lifecycle(
        prevent_destroy=written.get("prevent_destroy") is True,
        on_delete=OnDelete.RETAIN if retains else OnDelete.DELETE,
        ignore_changes=frozenset(name for name in fields if name),
    )


def write_lifecycle(lifecycle: Lifecycle) -> Mapping[str, Json]:
    """Return what of a lifecycle isn't the default, as a stamp or a file writes it."""
    written: dict[str, Json] = {}
    if lifecycle.prevent_destroy:
        written["prevent_destroy"] = True
    if lifecycle.on_delete is not OnDelete.DELETE:
        written["on_delete"] = str(lifecycle.on_delete)
    if lifecycle.ignore_changes:
        written["ignore_changes"] = sorted(lifecycle.ignore_changes)
    return written


def digest_fields(canonical: Canonical) -> dict[str, str]:
    """Return the digest of each managed field, from the canonical form of what is desired."""
    return {name: digest_json(value) for name, value in sorted(canonical.items())}


def digest_members(canonical: Canonical, names: Iterable[str]) -> dict[str, str]:
    """Return the digests of the fields *names*, as far as *canonical* has them."""
    return {name: digest_json(canonical[name]) for name in names if name in canonical}
