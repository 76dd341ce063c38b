"""How is an entry of a run's record written down, and read again? One line of JSON each; pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from reconciler.errors import NestingError
from reconciler.journal import Closed, Ended, Entry, Intent, Noted, Started
from reconciler.jsontext import dump_json, parse_json
from reconciler.model import ABSENT, Absent, Fault, Json, Notice, Spec, list_of, mapping_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final[Mapping[type[Entry], str]] = {
    Started: "run",
    Intent: "intent",
    Ended: "outcome",
    Noted: "notice",
    Closed: "end",
}


def encode(entry: Entry) -> bytes:
    """Return an entry as a line. A task that is too deep to be written is left out of it."""
    members = {"kind": _WORDS[type(entry)], **_members_of(entry)}
    try:
        return dump_json(members) + b"\n"
    except NestingError:
        return dump_json({n: v for n, v in members.items() if n != "before"}) + b"\n"


def _members_of(entry: Entry) -> dict[str, Json]:
    """Return what an entry says. A task is not copied: there may be many, and large ones."""
    match entry:
        case Noted(notice=notice, halts=halts):
            return {**_notice(notice), **({"halts": True} if halts else {})}
        case Ended(fault=fault, warnings=warnings):
            told = _filled({"warnings": [_notice(each) for each in warnings]})
            fault_member = {} if fault is ABSENT else {"fault": _filled(asdict(fault))}
            return {**_flat(entry, "fault", "warnings"), **fault_member, **told}
        case Intent(fields=fields, before=before):
            changes: dict[str, Json] = {} if not fields else {"fields": list(fields)}
            seen: dict[str, Json] = {} if before is ABSENT else {"before": before}
            return {**_flat(entry, "fields", "before"), **changes, **seen}
        case _:
            return _flat(entry)


def _flat(entry: Entry, *without: str) -> dict[str, Json]:
    values = {n: getattr(entry, n) for n in entry.__dataclass_fields__ if n not in without}
    return {name: value for name, value in values.items() if value is not ABSENT and value != ""}


def _notice(notice: Notice) -> dict[str, Json]:
    return _filled(asdict(notice))


def _filled(members: Spec) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value}


def decode(data: bytes) -> tuple[tuple[Entry, ...], int]:
    """Return the entries of a record, and how many of its lines can't be read.

    A run that was killed may leave a torn last line. Entries of a kind that only a later version
    writes are passed over.
    """
    values = [_parse(line) for line in data.split(b"\n") if line]
    read = (_read_entry(value) for value in values if isinstance(value, dict))
    entries = tuple(entry for entry in read if entry is not ABSENT)
    return entries, sum(not isinstance(value, dict) for value in values)


def _parse(line: bytes) -> Json:
    try:
        return parse_json(line)
    except ValueError:
        return None


def _read_entry(members: Spec) -> Entry | Absent:
    match members.get("kind"):
        case "run":
            return Started(
                **_texts(members, "run", "started", "command", "owner", "tool", "format_version"),
                target=mapping_of(members.get("target")),
                plan=mapping_of(members.get("plan")),
            )
        case "intent":
            return Intent(
                number=_number(members, "number"),
                **_texts(members, "action", "key", "name", "reason", "id"),
                fields=tuple(map(text_of, list_of(members.get("fields")))),
                before=mapping_of(members["before"]) if "before" in members else ABSENT,
            )
        case "outcome":
            return Ended(
                number=_number(members, "number"),
                **_texts(members, "action", "key", "name", "outcome", "id"),
                fault=_read_fault(mapping_of(members["fault"])) if "fault" in members else ABSENT,
                warnings=tuple(map(_read_notice, list_of(members.get("warnings")))),
            )
        case "notice":
            return Noted(_read_notice(members), halts=members.get("halts") is True)
        case "end":
            return Closed(
                **_texts(members, "finished", "outcome"),
                exit_code=_number(members, "exit_code"),
                summary=mapping_of(members.get("summary")),
            )
        case _:
            return ABSENT


def _read_fault(members: Spec) -> Fault:
    return Fault(
        http_status=_number(members, "http_status"),
        code=_number(members, "code"),
        **_texts(members, "sentence", "description", "details", "req_id"),
    )


def _read_notice(value: Json) -> Notice:
    return Notice(**_texts(mapping_of(value), "code", "sentence", "key", "id"))


def _texts(members: Spec, *names: str) -> dict[str, str]:
    return {name: text_of(members.get(name)) for name in names}


def _number(members: Spec, name: str) -> int:
    value = members.get(name)
    return value if isinstance(value, int) else 0
