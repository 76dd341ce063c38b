"""What is kept of a reviewed plan, and does it still hold? Pure.

A saved plan is data, not authority: it names the actions that were reviewed and digests of what
they rest on. Where to apply and with which token is the configuration's to say, and the actions
themselves are planned again. A digest covers what a person could have reviewed, not the state of
the work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reconciler.actions import Action, Create, Plan, Update, Verb, name_of, verb_of
from reconciler.canon import canonical_task
from reconciler.errors import NestingError, PlanFileError, StaleError, UsageError
from reconciler.fields import TASK
from reconciler.jsontext import digest_json, parse_json
from reconciler.leaves import STAMP_KEY
from reconciler.model import (
    Desired,
    Json,
    Live,
    Notice,
    Ownership,
    Spec,
    Target,
    list_of,
    mapping_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from reconciler.guard import Allowances

_FORMAT: Final = "reconciler-plan"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """What a plan is for: the app, the owner, and how tasks are told apart."""

    url: str
    user_id: str
    app_id: str
    owner: str
    ownership: str

    @classmethod
    def of(cls, target: Target, owner: str, ownership: Ownership) -> Identity:
        """Return the identity of what a command applies to."""
        return cls(target.url, target.user_id, target.app_id, owner, str(ownership))


@dataclass(frozen=True, slots=True)
class SavedAction:
    """A reviewed action: *desired* and *live* are digests, "" where there is none."""

    verb: str
    key: str
    name: str
    id: str
    desired: str
    live: str


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What was reviewed, and the *flags* it was made with."""

    identity: Identity
    flags: tuple[str, ...]
    actions: tuple[SavedAction, ...]


def save(plan: Plan, identity: Identity, allowances: Allowances) -> Json:
    """Return the document that keeps *plan*; it holds no secret."""
    content: dict[str, Json] = {
        "format": _FORMAT,
        "version": _VERSION,
        "target": {
            "url": identity.url,
            "user_id": identity.user_id,
            "app_id": identity.app_id,
        },
        "owner": identity.owner,
        "ownership": identity.ownership,
        "flags": list(_flags_of(allowances)),
        "actions": [
            {
                "action": str(verb_of(action)),
                "key": action.key,
                "name": name_of(action),
                "id": "" if isinstance(action, Create) else action.live.id,
                "desired": _digest_declared(action),
                "live": _digest_seen(action),
            }
            for action in plan.actions
        ],
    }
    return {**content, "checksum": digest_json(content)}


def load(data: bytes, file: str) -> SavedPlan:
    """Return the plan that a document keeps; raise `PlanFileError` if it is none, or damaged."""
    try:
        document = mapping_of(parse_json(data))
        content = {name: value for name, value in document.items() if name != "checksum"}
        checksum = digest_json(content)
    except (ValueError, NestingError):
        document, content, checksum = {}, {}, ""
    if document.get("format") != _FORMAT:
        raise PlanFileError(f"{file} is not a saved plan; make one by `reconciler plan --out`")
    version = document.get("version")
    if isinstance(version, int) and version > _VERSION:
        raise PlanFileError(f"{file} was made by a later version of reconciler; upgrade this one")
    if version != _VERSION or document.get("checksum") != checksum:
        raise PlanFileError(f"{file} is damaged; make the plan again")
    target = mapping_of(content.get("target"))
    identity = Identity(
        text_of(target.get("url")),
        text_of(target.get("user_id")),
        text_of(target.get("app_id")),
        text_of(content.get("owner")),
        text_of(content.get("ownership")),
    )
    actions = tuple(_load_action(mapping_of(each)) for each in list_of(content.get("actions")))
    return SavedPlan(identity, tuple(map(text_of, list_of(content.get("flags")))), actions)


def _load_action(action: Mapping[str, Json]) -> SavedAction:
    names = ("action", "key", "name", "id", "desired", "live")
    return SavedAction(*(text_of(action.get(name)) for name in names))


def check_identity(saved: SavedPlan, identity: Identity, file: str) -> None:
    """Raise `PlanFileError` if a plan was made for another app or another owner."""
    if saved.identity != identity:
        theirs, ours = (_describe(each) for each in (saved.identity, identity))
        sentence = f"{file} was made for {theirs}, and this is {ours}"
        same_app = replace(saved.identity, owner="", ownership="") == replace(
            identity, owner="", ownership=""
        )
        hint = "make the plan again" if same_app else "choose the --target that it was made for"
        raise PlanFileError(f"{sentence}; {hint}")


def check_flags(saved: SavedPlan, allowances: Allowances) -> None:
    """Raise `UsageError` if a plan rests on flags that are not given now."""
    missing = [flag for flag in saved.flags if flag not in _flags_of(allowances)]
    if missing:
        sentence = f"this plan was made with {' '.join(missing)}, which a file can't say"
        raise UsageError(f"{sentence}; pass it again")


def narrow(plan: Plan, saved: SavedPlan, desired: Iterable[Desired]) -> Plan:
    """Return the part of *plan* that was reviewed and is still to be done.

    What happens to other tasks doesn't matter, and a task that is already as the reviewed action
    leaves it is done. Raise `StaleError` with all that moved: then nothing is to be done.
    """
    declared = {task.key: digest_desired(task) for task in desired}
    actions = {(str(verb_of(a)), a.key, _id_of(a)): a for a in plan.actions}
    busy = {a.key for a in plan.actions} | {blocked.key for blocked in plan.blocked}
    kept: list[Action] = []
    stale: list[Notice] = []
    for reviewed in saved.actions:
        now = actions.get((reviewed.verb, reviewed.key, reviewed.id))
        removes = reviewed.verb in {Verb.DELETE, Verb.RELEASE}
        if now is None and removes:
            if _is_left(reviewed, plan):
                stale.append(_moved(reviewed, _why_left(plan, reviewed, declared)))
        elif not removes and declared.get(reviewed.key, "") != reviewed.desired:
            stale.append(_moved(reviewed, "the files changed"))
        elif now is None:
            if reviewed.key in busy:
                stale.append(_moved(reviewed, _what_now(plan, reviewed)))
        elif _digest_seen(now) != reviewed.live:
            stale.append(_moved(reviewed, "somebody changed the live task"))
        else:
            kept.append(now)
    if stale:
        raise StaleError(tuple(stale))
    return replace(plan, actions=tuple(kept), blocked=())


def _is_left(reviewed: SavedAction, plan: Plan) -> bool:
    """Tell whether the task of a removal that is no longer planned was not removed either."""
    match reviewed.verb:
        case Verb.DELETE:
            return reviewed.id in plan.live_ids
        case Verb.RELEASE:
            return reviewed.id in plan.own_ids
        case _:
            return False


def digest_desired(task: Desired) -> str:
    """Return a digest of what the files declare of a task, in whichever spelling."""
    life = task.lifecycle
    settings: Json = [life.prevent_destroy, str(life.on_delete), sorted(life.ignore_changes)]
    # It is never compared, but it says whether labels go.
    deletes = bool(task.spec.get("delete_previous_annotations"))
    return digest_json([canonical_task(task.spec), settings, deletes])


def digest_live(live: Live, *, with_status: bool) -> str:
    """Return a digest of what people write of a live task, in whichever spelling.

    The status counts only if the files declare it: else it is the state of the work. So it may be
    with fields that this version doesn't know: they are carried along whatever they hold.
    """
    ignored = TASK.ignored if with_status else TASK.ignored | {"status"}
    content: Spec = {name: value for name, value in live.spec.items() if name not in ignored}
    stamp = mapping_of(content.get("metadata")).get(STAMP_KEY)
    return digest_json([canonical_task(content), stamp])


def _digest_declared(action: Action) -> str:
    return digest_desired(action.desired) if isinstance(action, Create | Update) else ""


def _digest_seen(action: Action) -> str:
    if isinstance(action, Create):
        return ""
    with_status = isinstance(action, Update) and "status" in action.desired.spec
    return digest_live(action.live, with_status=with_status)


def _id_of(action: Action) -> str:
    return "" if isinstance(action, Create) else action.live.id


def _flags_of(allowances: Allowances) -> tuple[str, ...]:
    """Return the flags whose effect is part of a plan; guards are asked again."""
    return (
        *(["--adopt"] if allowances.adopt else []),
        *(f"--allow-destroy {key}" for key in sorted(allowances.destroy)),
        *(f"--allow-recreate {key}" for key in sorted(allowances.recreate)),
    )


def _why_left(plan: Plan, reviewed: SavedAction, declared: Container[str]) -> str:
    """Return why a task that was to be removed is not."""
    if reviewed.key in declared:
        return "the files changed"
    return _what_now(plan, reviewed)


def _what_now(plan: Plan, reviewed: SavedAction) -> str:
    """Return what the action that was reviewed would be now."""
    for blocked in plan.blocked:
        if blocked.key == reviewed.key:
            return f"it is blocked now: {blocked.sentence}"
    verbs = [verb_of(action) for action in plan.actions if action.key == reviewed.key]
    if not verbs:
        return "the task is still there, and would be left now"
    return f"it would be another action now: {', '.join(verbs)}"


def _moved(reviewed: SavedAction, what: str) -> Notice:
    sentence = f"{reviewed.verb} {reviewed.key}: {what}"
    return Notice("stale", sentence, reviewed.key, reviewed.id)


def _describe(identity: Identity) -> str:
    app = f" {identity.user_id}/{identity.app_id}" if identity.app_id else ""
    by_name = ", ownership app" if identity.ownership == Ownership.APP else ""
    return f"{identity.url}{app}, owner {identity.owner}{by_name}"
