"""What do people and mischief make of a file? Tokens replaced, removed, moved, doubled."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.schemas import NAMES, read_schema

if TYPE_CHECKING:
    from random import Random

CONFIG: Final = b"\n# reconciler.yaml\n"
"""What divides a drawn text into a file of tasks and the configuration beside it."""

MOST_BYTES: Final = 6000
_SLOW: Final = "bad-for-each-too-many"
"""A case that a change turns into a hundred thousand tasks, which take their time."""

_HERE: Final = Path(__file__).parent
_TOKEN: Final = re.compile(rb"\n *|\{\{ *\w+ *\}\}|\"[^\"\n]*\"|[\w.-]+|.", re.DOTALL)


@cache
def read_seeds() -> tuple[bytes, ...]:
    """Return the task files of `tests/cases/files`, each with the configuration beside it."""
    paths = [p for p in sorted(_HERE.glob("cases/files/*/tasks/*.*")) if p.parts[-3] != _SLOW]
    beside = {p.parent: CONFIG + p.read_bytes() for p in paths if p.name == "reconciler.yaml"}
    tasks = (p for p in paths if p.name != "reconciler.yaml")
    return tuple(path.read_bytes() + beside.get(path.parent, b"") for path in tasks)


@cache
def _read_words() -> tuple[tuple[bytes, ...], ...]:
    """Return what may stand anywhere: odd words, those of the schemas, those of the seeds."""
    lines = (_HERE / "data/odd.dict").read_text(encoding="ascii").splitlines()
    odd = tuple(ast.literal_eval(f"b{line}") for line in lines if line.startswith('"'))
    schemas = "".join(map(read_schema, NAMES[:3])).encode()
    tokens = {token for text in read_seeds() for token in _TOKEN.findall(text)}
    return odd, tuple(sorted({*re.findall(rb'"(\w+)"', schemas)})), tuple(sorted(tokens))


def mutate(data: bytes, chance: Random) -> bytes:
    """Return *data* with a few changes, drawn from *chance* alone."""
    tokens = _TOKEN.findall(data)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        start, there = (chance.randint(0, len(tokens)) for _ in range(2))
        end = start + chance.choice((0, 1, 1, 2, 8, 30))
        match chance.randrange(5):
            case 0 | 1:
                tokens[start:end] = [chance.choice(chance.choice(_read_words()))]
            case 2:
                other = _TOKEN.findall(chance.choice(read_seeds()))
                tokens[start:end] = other[there : there + chance.choice((4, 40))]
            case 3:
                tokens[there:there] = tokens[start:end]
            case _:
                del tokens[start:end]
    return b"".join(tokens)[:MOST_BYTES]
