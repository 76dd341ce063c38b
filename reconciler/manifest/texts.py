"""Do names and ids say what they seem to say? Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.manifest.places import Violation
from reconciler.problem import Severity

if TYPE_CHECKING:
    from reconciler.manifest.places import Path
    from reconciler.model import Json, Spec

_FREE: Final = frozenset({"description", "metadata"})
"""Fields that hold whatever a person wants to say."""

_CALLER: Final = "me"
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the order of a text around."""

_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}")
"""What belongs to some scripts, to emoji and to long words."""


def check_texts(spec: Spec) -> Iterator[Violation]:
    """Yield the texts that would not reach the API as a reader sees them."""
    for name, value in spec.items():
        if name not in _FREE and _is_odd(value):
            yield from _check_text(value, (name,))


def _is_odd(value: Json) -> bool:
    """Tell whether a closer look is worth it: almost no task needs one."""
    # Asking for a dict and a list is much quicker than asking for what they are in general.
    if isinstance(value, str):
        return value == _CALLER or not value.isprintable() or value != value.strip()
    if isinstance(value, dict):
        return _CALLER in value or any(map(_is_odd, value.values()))
    return isinstance(value, list) and any(map(_is_odd, value))


def _check_text(value: Json, path: Path) -> Iterator[Violation]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name == _CALLER and path[-1] == "weights":
                yield _caller((*path, name), of_key=True)
            yield from _check_text(part, (*path, name))
    elif isinstance(value, str):
        if value == _CALLER and _is_user(path):
            yield _caller(path)
        yield from _check_characters(value, path)
    elif isinstance(value, Sequence):
        for index, part in enumerate(value):
            yield from _check_text(part, (*path, index))


def _is_user(path: Path) -> bool:
    """Tell whether the id of a user stands at *path*, in whatever spelling."""
    return (
        path[-1] == "user_id"
        or path[-2:-1] == ("user_ids",)
        or path[-2:] == ("user", "id")
        or (path[-3:-2] == ("users",) and path[-1] == "id")
    )


def _caller(path: Path, *, of_key: bool = False) -> Violation:
    sentence = "`me` is whoever calls the API, and a plan would never be done with it"
    return Violation(path, "caller-alias", sentence, "write the user's id", of_key)


def _check_characters(text: str, path: Path) -> Iterator[Violation]:
    unseen = [c for c in text if not c.isprintable() and c not in _JOINERS]
    if unseen:
        names = ", ".join(dict.fromkeys(f"U+{ord(c):04X}" for c in unseen))
        # Control and bidirectional characters can make a text look like another one.
        harmless = all(unicodedata.category(c) in ("Cf", "Zs") and c not in _BIDI for c in unseen)
        severity = Severity.WARNING if harmless else Severity.ERROR
        sentence = f"this text holds what can't be seen: {names}"
        hint = "end it by `|-` or `>-`" if text.rstrip("\n").isprintable() else "type it anew"
        yield Violation(path, "invisible-character", sentence, hint, severity=severity)
    elif text != text.strip():
        sentence = "this text begins or ends with a space"
        hint = "remove the space"
        yield Violation(path, "outer-space", sentence, hint, severity=Severity.WARNING)
