"""How is a key written where a person has to type it? For a shell, and for YAML."""

from __future__ import annotations

import json
import re
import shlex
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_][\w./-]*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def quote_shell(text: str) -> str:
    """Return *text* as one word of a command line."""
    return shlex.quote(text)


def quote_yaml(text: str) -> str:
    """Return *text* so that YAML reads it as text."""
    if text.isascii() and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
