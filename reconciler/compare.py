"""Is a live task as the files want it, and if not, what overwrites it? Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.actions import AdoptReason, Update, UpdateReason
from reconciler.attribution import tell_who
from reconciler.canon import canonical_declared, canonical_task, project_live
from reconciler.diff import describe_changes, diff_fields
from reconciler.model import ABSENT, Absent, Desired, Stamp
from reconciler.payload import deletes_annotations, managed_spec
from reconciler.stamp import digest_fields

if TYPE_CHECKING:
    from reconciler.belonging import Ours
    from reconciler.canon import Canonical
    from reconciler.claims import Claim


def plan_update(task: Desired, ours: Ours) -> Update | None:
    """Return the overwrite that makes a live task equal to *task*, none if it already is."""
    update = _compare(task, ours, reason=UpdateReason.DIFFERS, before=ours.stamp)
    if update.differing:
        return update
    if _is_up_to_date(ours.stamp, update.stamp):
        return None
    return replace(update, reason=UpdateReason.STAMP_OUTDATED)


def plan_claim(task: Desired, claim: Claim, *, owner: str, stamped: bool) -> Update:
    """Return the overwrite by which *task* takes a live task that hadn't its key.

    A task of nobody gets a stamp, if tasks are *stamped*; its nonce is made when it is sent.
    """
    before = claim.ours.stamp
    if before is ABSENT and stamped:
        before = Stamp(owner, task.key, nonce="")
    return _compare(task, claim.ours, reason=claim.reason, before=before)


def _compare(
    task: Desired, ours: Ours, *, reason: UpdateReason | AdoptReason, before: Stamp | Absent
) -> Update:
    """Return the overwrite that makes a live task equal to *task*; *before* is its stamp now."""
    spec = managed_spec(task)
    want = canonical_task(spec)
    stamp = _next_stamp(task, before, want)
    have = canonical_declared(ours.live.spec, want, written=spec)
    seen = project_live(have, want)
    differing = diff_fields(want, seen)
    changes = describe_changes(spec, ours.live.spec, want=want, have=have) if differing else ()
    declared = {} if stamp is ABSENT else stamp.fields
    listed = {} if ours.stamp is ABSENT else ours.stamp.fields
    return Update(
        desired=task,
        live=ours.live,
        stamp=stamp,
        reason=reason,
        changed_by=tell_who(differing, before=ours.stamp, desired=declared, live=have),
        differing=differing,
        changes=changes,
        unmanaged=tuple(sorted(listed.keys() - declared.keys())),
        deletes_annotations=deletes_annotations(spec, differing),
    )


def _next_stamp(task: Desired, before: Stamp | Absent, want: Canonical) -> Stamp | Absent:
    """Return the stamp of a live task once it is as *task* wants it."""
    if before is ABSENT:
        return ABSENT
    return Stamp(before.owner, task.key, before.nonce, digest_fields(want), task.lifecycle)


def _is_up_to_date(before: Stamp | Absent, after: Stamp | Absent) -> bool:
    if before is ABSENT or after is ABSENT:
        return True
    # Digests of an earlier version may mean something else: an upgrade must plan nothing.
    same_fields = before.outdated or before.fields == after.fields
    return same_fields and (before.key, before.lifecycle) == (after.key, after.lifecycle)
