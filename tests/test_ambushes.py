"""Combinations in which a task, and the labels in it, could be lost: nothing is removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.actions import Blocked, BlockedReason, Create, Delete, Plan, Release, Update
from reconciler.guard import Allowances
from reconciler.jsontext import print_json
from reconciler.live import make_live
from reconciler.model import Desired, Lifecycle, Live, OnDelete, Ownership
from reconciler.plan import make_plan
from reconciler.planfile import Identity, load, narrow, save
from tests.harness import declare
from tests.test_plan import stamped

CATS = {"name": "Cats", "type": "BOUNDING_BOX"}
DOGS = {"name": "Dogs", "type": "CLASSIFICATION"}


def ours(task_id: str, key: str, body: dict[str, Any], **more: Any) -> Live:
    return make_live(stamped({**body, "id": task_id, "key": key, "applied": body, **more}))


def copy_of(live: Live, task_id: str) -> Live:
    return make_live({**live.spec, "id": task_id, "created_at": "2026-02-01T00:00:00Z"})


def reasons(plan: Plan) -> dict[str, BlockedReason]:
    return {blocked.id or blocked.key: blocked.reason for blocked in plan.blocked}


def removed(plan: Plan) -> set[str]:
    return {a.live.id for a in plan.actions if isinstance(a, Delete | Release)}


def plan_for(desired: tuple[Desired, ...], *live: Live, **more: Any) -> Plan:
    return make_plan(desired, live, owner="acme", **more)


def test_half_of_a_rename_is_no_less_a_rename() -> None:
    desired, live = declare({"new": CATS}), ours("1", "old", CATS)
    for only in ("new", "old"):
        plan = plan_for(desired, live, selects=only.__eq__)
        assert plan.actions == ()
        assert [blocked.reason for blocked in plan.blocked] == [BlockedReason.LIKELY_RENAME]


def test_a_protected_or_retained_task_is_not_made_twice() -> None:
    for life in (Lifecycle(prevent_destroy=True), Lifecycle(on_delete=OnDelete.RETAIN)):
        settings = {"prevent_destroy": life.prevent_destroy, "on_delete": str(life.on_delete)}
        plan = plan_for(declare({"new": CATS}), ours("1", "old", CATS, lifecycle=settings))
        assert plan.actions == ()
        assert reasons(plan)["new"] is BlockedReason.LIKELY_RENAME


def test_a_wrong_id_does_not_hide_a_rename() -> None:
    (task,) = declare({"new": CATS})
    plan = plan_for((replace(task, id="wrong"),), ours("1", "old", CATS))
    assert removed(plan) == set()
    assert reasons(plan) == {
        "wrong": BlockedReason.ID_NOT_LIVE,
        "1": BlockedReason.LIKELY_RENAME,
    }


def test_an_adoption_by_name_does_not_hide_a_rename() -> None:
    nobodys = make_live({**CATS, "id": "9", "created_at": "2026-01-01T00:00:00Z"})
    plan = plan_for(
        declare({"new": CATS}), ours("1", "old", CATS), nobodys, allowances=Allowances(adopt=True)
    )
    assert plan.actions == ()
    assert set(reasons(plan).values()) == {BlockedReason.LIKELY_RENAME}


def test_without_stamps_a_new_name_of_the_same_content_is_a_rename() -> None:
    live = make_live({**CATS, "id": "1", "created_at": "2026-01-01T00:00:00Z"})
    desired = declare({"cats": {**CATS, "name": "All cats"}})
    plan = plan_for(desired, live, ownership=Ownership.APP)
    assert plan.actions == ()
    assert set(reasons(plan).values()) == {BlockedReason.LIKELY_RENAME}
    another = plan_for(declare({"dogs": DOGS}), live, ownership=Ownership.APP)
    assert [type(action) for action in another.actions] == [Create, Delete]


def test_without_stamps_a_name_that_is_another_key_is_not_taken_for_that_task() -> None:
    live = make_live({**DOGS, "name": "cats", "id": "1", "created_at": "2026-01-01T00:00:00Z"})
    plan = plan_for(declare({"cats": CATS}), live, ownership=Ownership.APP)
    assert [type(action) for action in plan.actions] == [Create, Delete]


def test_a_task_with_a_copy_is_neither_moved_nor_removed() -> None:
    first = ours("1", "old", CATS)
    copy = copy_of(first, "2")
    gone = plan_for((), first, copy)
    assert (gone.actions, set(reasons(gone))) == ((), {"1", "2"})
    moved = tuple(replace(task, moved_from="old") for task in declare({"new": CATS}))
    plan = plan_for(moved, first, copy)
    assert (plan.actions, reasons(plan)["1"]) == ((), BlockedReason.COPIED_STAMP)


def test_a_copy_that_is_left_alone_is_still_no_task_of_ours_to_delete() -> None:
    """A stamp that was copied, then edited to name another key."""
    first = ours("1", "cats", CATS)
    copy = copy_of(first, "2")
    metadata: Any = copy.spec["metadata"]
    stamp = {**metadata["reconciler"], "key": "other"}
    copy = make_live({**copy.spec, "metadata": {**metadata, "reconciler": stamp}})
    plan = plan_for(declare({"cats": CATS}), first, copy)
    assert (plan.actions, reasons(plan)) == ((), {"2": BlockedReason.COPIED_STAMP})


def test_one_live_task_is_not_claimed_by_two_keys() -> None:
    tasks = declare({"a": CATS, "b": DOGS})
    desired = tuple(replace(task, moved_from="old") for task in tasks)
    plan = plan_for(desired, ours("1", "old", CATS))
    assert [type(action) for action in plan.actions] == [Update]
    assert [(blocked.key, blocked.reason) for blocked in plan.blocked] == [
        ("b", BlockedReason.OWNED_BY_OTHER)
    ]


def test_age_counts_by_the_instant_not_by_the_text() -> None:
    older = ours("2", "cats", CATS, created_at="2026-01-01T00:00:00.5Z", nonce="x")
    younger = ours("1", "cats", CATS, created_at="2026-01-01T00:00:00.75Z", nonce="y")
    plan = plan_for(declare({"cats": CATS}), younger, older)
    assert reasons(plan) == {"1": BlockedReason.WORKED_DUPLICATE}
    whole = ours("3", "cats", CATS, created_at="2026-01-01T00:00:00Z", nonce="z")
    plan = plan_for(declare({"cats": CATS}), younger, whole)
    assert reasons(plan) == {"1": BlockedReason.WORKED_DUPLICATE}


def test_what_has_to_be_typed_is_quoted_for_where_it_is_typed() -> None:
    (blocked, _) = plan_for(declare({"no": CATS}), ours("1", "a b", CATS)).blocked
    assert isinstance(blocked, Blocked)
    assert '`moved_from: "a b"` into `no`' in blocked.release


LATER = "2026-02-01T00:00:00Z"


def test_what_a_file_names_by_id_or_moved_from_is_not_removed() -> None:
    (cats,) = declare({"c": CATS})
    live = (ours("1", "c", CATS), ours("2", "a", DOGS))
    for task in (replace(cats, id="2"), replace(cats, moved_from="a")):
        plan = plan_for((task,), *live)
        assert (plan.actions, reasons(plan)) == ((), {"2": BlockedReason.LIKELY_RENAME})
    wrong = replace(cats, key="f", id="zz", moved_from="a")
    assert removed(plan_for((wrong,), *live[1:])) == set()


def test_a_double_that_a_file_names_stays_and_so_does_its_sibling() -> None:
    live = (ours("1", "old", CATS), ours("2", "old", CATS, created_at=LATER))
    (task,) = declare({"f": DOGS})
    plan = plan_for((replace(task, id="2"),), *live, untouched={"2"})
    assert plan.actions == ()
    assert {blocked.id for blocked in plan.blocked} == {"1", "2"}


def test_a_task_moves_although_an_untouched_double_of_it_goes() -> None:
    live = (ours("1", "old", CATS), ours("2", "old", CATS, created_at=LATER))
    (task,) = declare({"f": DOGS})
    plan = plan_for((replace(task, moved_from="old"),), *live, untouched={"2"})
    ends = [(type(a), a.live.id) for a in plan.actions if not isinstance(a, Create)]
    assert ends == [(Update, "1"), (Delete, "2")]
    assert plan.blocked == ()


def test_a_double_that_was_copied_keeps_the_oldest_too() -> None:
    first, second = ours("1", "old", CATS), ours("2", "old", CATS, created_at=LATER, nonce="y")
    plan = plan_for((), first, second, copy_of(second, "3"), untouched={"2"})
    assert plan.actions == ()


def test_without_stamps_a_twin_of_what_is_moved_stays() -> None:
    live = [make_live({**CATS, "id": i, "created_at": LATER}) for i in ("1", "2")]
    (task,) = declare({"f": DOGS})
    plan = plan_for((replace(task, moved_from="Cats"),), *live, ownership=Ownership.APP)
    assert plan.actions == ()


def test_without_stamps_a_retained_task_is_not_released_only_to_be_deleted() -> None:
    kept = ours("1", "x", CATS, lifecycle={"on_delete": "retain"})
    for destroys in (False, True):
        plan = plan_for((), kept, ownership=Ownership.APP, destroys=destroys)
        assert plan.actions == ()


def test_a_key_that_only_a_copy_carries_is_not_created() -> None:
    first = ours("1", "a", DOGS)
    metadata: Any = first.spec["metadata"]
    stamp = {**metadata["reconciler"], "key": "b"}
    copy = make_live({**copy_of(first, "2").spec, "metadata": {"reconciler": stamp}})
    plan = plan_for(declare({"a": DOGS, "b": CATS}), first, copy)
    assert plan.actions == ()


def test_a_saved_delete_of_a_double_holds() -> None:
    desired = declare({"k": CATS})
    live = (ours("1", "k", CATS), ours("2", "k", CATS, created_at=LATER))
    plan = plan_for(desired, *live, untouched={"2"})
    identity = Identity("u", "", "", "acme", "stamp")
    saved = load(print_json(save(plan, identity, Allowances())).encode(), "f")
    assert narrow(plan, saved, desired).actions == plan.actions
    assert narrow(plan_for(desired, live[0]), saved, desired).actions == ()
