"""How is one difference shown to people? Only what differs.

Of a set that is what comes and goes, of weights the shares, of a long text the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from reconciler.jsontext import dump_json
from reconciler.model import ABSENT, Absent, Json, mapping_of
from reconciler.render.inert import make_inert

if TYPE_CHECKING:
    from reconciler.actions import Change

_SETS = frozenset(
    {"user_ids", "users", "workers", "concept_ids", "concepts", "concept_relation_ids"}
)
_NONE = "(none)"


def render_change(change: Change, *, width: int) -> Iterator[str]:
    """Yield the lines of a change, without the gutter: one if it fits into *width* columns."""
    path = ".".join(make_inert(part) for part in change.path)
    name = change.path[-1]
    if name == "weights":
        yield f"{path}: {_compare_weights(change)}"
    elif name in _SETS and "metadata" not in change.path:
        yield f"{path}: {_compare_sets(change)}"
    elif _is_text(change.before) and _is_text(change.after) and _has_lines(change):
        yield f"{path}:"
        yield from _compare_lines(str(change.before), str(change.after))
    else:
        before, after = _value(change.before), _value(change.after)
        line = f"{path}: {before} -> {after}"
        if len(line) <= width:
            yield line
        else:
            yield f"{path}:"
            yield f"  - {before}"
            yield f"  + {after}"


def _value(value: Json | Absent) -> str:
    return _NONE if value is ABSENT else make_inert(dump_json(value).decode())


def _is_text(value: Json | Absent) -> bool:
    return isinstance(value, str)


def _has_lines(change: Change) -> bool:
    return "\n" in f"{change.before}{change.after}"


def _compare_lines(before: str, after: str) -> Iterator[str]:
    """Yield the lines that go and those that come."""
    old, new = before.splitlines(), after.splitlines()
    for tag, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (f"  - {make_inert(line)}" for line in old[i:j])
            yield from (f"  + {make_inert(line)}" for line in new[k:m])


def _compare_sets(change: Change) -> str:
    """Return what comes into a set, what goes, and what changes inside it."""
    old, new = _index(change.before), _index(change.after)
    parts = [
        *(f"+ {make_inert(name)}" for name in new if name not in old),
        *(
            f"~ {make_inert(name)} ({', '.join(_compare_things(old[name], new[name]))})"
            for name in new
            if name in old and new[name] != old[name]
        ),
        *(f"- {make_inert(name)}" for name in old if name not in new),
    ]
    return ", ".join(parts) or "the same in another order"


def _compare_things(before: Json, after: Json, path: str = "") -> Iterator[str]:
    """Yield what changes inside of one thing."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = mapping_of(before), mapping_of(after)
        for name in sorted({*old, *new}):
            inner = f"{path}.{name}" if path else name
            yield from _compare_things(old.get(name), new.get(name), inner)
    elif before != after:
        yield f"{make_inert(path)} {_brief(before)} -> {_brief(after)}"


def _brief(value: Json) -> str:
    if value is None:
        return _NONE
    # A fraction is kept in 32 bits: about 7 digits are meant.
    return _value(float(f"{value:.7g}") if isinstance(value, float) else value)


def _index(value: Json | Absent) -> Mapping[str, Json]:
    """Return the things of a set by what people call them."""
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return {_name_of(item): item for item in items}


def _name_of(item: Json) -> str:
    if isinstance(item, Mapping):
        for name in ("user", "concept"):
            if isinstance(item.get(name), Mapping):
                return _name_of(item[name])
        for name in ("model", "workflow"):
            if isinstance(item.get(name), Mapping):
                return f"{name} {_name_of(item[name])}"
        if isinstance(item.get("id"), str):
            return str(item["id"])
    return item if isinstance(item, str) else dump_json(item).decode()


def _compare_weights(change: Change) -> str:
    """Return the shares that change, in per cent: only the proportions of weights count."""
    old, new = _shares(change.before), _shares(change.after)
    return ", ".join(_compare_shares(old, new)) or "the same shares"


def _compare_shares(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[str]:
    for name, share in new.items():
        if name not in old:
            yield f"+ {make_inert(name)} {share}"
        elif old[name] != share:
            yield f"{make_inert(name)} {old[name]} -> {share}"
    yield from (f"- {make_inert(name)} {share}" for name, share in old.items() if name not in new)


def _shares(value: Json | Absent) -> Mapping[str, str]:
    weights = value if isinstance(value, Mapping) else {}
    numbers = {name: w for name, w in weights.items() if isinstance(w, int | float) and w > 0}
    total = sum(numbers.values()) or 1
    return {name: f"{w / total * 100:.3g}%" for name, w in numbers.items()}
