"""What does a script of faults say, and where is it wrong? A list of steps in YAML."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from .errors import SandboxError, ScriptError
from .faults import Asked, Fault, Faults, Step

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_MOST_REQUESTS = 1_000_000
_LONGEST_WAIT = 3600
_SERVER_ERRORS = (500, 599)
_INT, _FLOAT, _STRING = (f"tag:yaml.org,2002:{name}" for name in ("int", "float", "str"))
_EXAMPLE = "`- {request: create, nth: 1, fault: drop-after}`"

_Members: TypeAlias = dict[str, tuple[yaml.Node, yaml.Node]]


@dataclass(frozen=True, slots=True, order=True)
class _Flaw:
    """What is wrong in a script, what is right, and where, counted from 1."""

    line: int
    column: int
    sentence: str


class _WrongError(ValueError):
    """A value is not what it should be."""

    def __init__(self, *flaws: _Flaw) -> None:
        super().__init__()
        self.flaws = flaws


def read_faults(path: Path) -> Faults:
    """Return the faults of the script in the file *path*; raises as `read_steps` does."""
    return Faults(read_steps(path))


def read_steps(path: Path) -> tuple[Step, ...]:
    """Return the steps of the script in the file *path*, in order.

    Raises `ScriptError` with everything that is wrong in it, `SandboxError` if it can't be read.
    """
    flaws: list[_Flaw] = []
    values = [_read_step(node, flaws) for node in _read_nodes(_read_text(path, flaws), flaws)]
    if flaws:
        raise ScriptError(
            f"{path}:{flaw.line}:{flaw.column}: {flaw.sentence}" for flaw in sorted(flaws)
        )
    return tuple(Step(**members) for members in values)


def _read_text(path: Path, flaws: list[_Flaw]) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise SandboxError(f"The script {path} cannot be read ({reason}); check it.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        flaws.append(_Flaw(line, 1, "this line is not UTF-8; save the file as UTF-8"))
        return ""


def _read_nodes(text: str, flaws: list[_Flaw]) -> list[yaml.Node]:
    """Return the nodes of the steps."""
    if flaws:
        return []
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        flaws.append(_explain(error, text))
        return []
    except RecursionError:
        flaws.append(_Flaw(1, 1, "nested too deep; write a list of steps"))
        return []
    if isinstance(root, yaml.SequenceNode) and root.value:
        return list(root.value)
    found = "the script is empty" if root is None else "this is no list of steps"
    flaws.append(_Flaw(1, 1, f"{found}; write steps such as {_EXAMPLE}"))
    return []


def _explain(error: yaml.YAMLError, text: str) -> _Flaw:
    match error:
        case yaml.MarkedYAMLError():
            mark = error.problem_mark or error.context_mark
            at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            words = error.problem or error.context
        case yaml.reader.ReaderError():
            before = text[: error.position]
            at = (before.count("\n") + 1, error.position - before.rfind("\n"))
            words = "this character is not allowed"
        case _:
            at, words = (1, 1), "it cannot be parsed"
    return _Flaw(*at, f"not YAML: {words}; write steps such as {_EXAMPLE}")


def _read_step(node: yaml.Node, flaws: list[_Flaw]) -> dict[str, Any]:
    """Return the members of a step; what is wrong with it is added to *flaws*."""
    if not isinstance(node, yaml.MappingNode):
        flaws.append(_flaw_at(node, f"this is no step; write one such as {_EXAMPLE}"))
        return {}
    members: _Members = {}
    flaws += _sort_members(node, members)
    values: dict[str, Any] = {}
    for name, (_, value) in members.items():
        try:
            values[name] = _READERS[name](value)
        except _WrongError as wrong:
            flaws += wrong.flaws
    flaws += _find_gaps(node, members)
    flaws += _find_strays(members, values)
    return values


def _sort_members(node: yaml.MappingNode, members: _Members) -> Iterator[_Flaw]:
    """Fill *members* with the known members of a step; yield what is wrong with the others."""
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name not in _READERS:
            yield _flaw_at(key, f"unknown key{_quote(key)}; the keys are {_list(_READERS)}")
        elif name in members:
            yield _flaw_at(key, f"the key `{name}` stands twice; remove one")
        else:
            members[name] = (key, value)


def _find_gaps(node: yaml.Node, members: _Members) -> Iterator[_Flaw]:
    for name, words in (("request", Asked), ("fault", Fault)):
        if name not in members:
            yield _flaw_at(node, f"`{name}` is missing; add one of {_list(words)}")
    if "nth" in members and "every" in members:
        yield _flaw_at(members["every"][0], "`every` stands beside `nth`; remove one of them")
    elif "nth" not in members and "every" not in members:
        yield _flaw_at(node, "`nth` is missing; add `nth: 1`, or `every: 2` for each second one")


def _find_strays(members: _Members, values: Mapping[str, Any]) -> Iterator[_Flaw]:
    """Yield what the fault of a step lacks, or has no use for."""
    fault = values.get("fault")
    if fault is None:
        return
    for name, faults in _OWNERS.items():
        if name in members and fault not in faults:
            sentence = f"`{name}` means nothing to {fault}; remove it: it is for {_list(faults)}"
            yield _flaw_at(members[name][0], sentence)
    if fault is Fault.SLOW and "seconds" not in members:
        yield _flaw_at(members["fault"][0], "`seconds` is missing; add `seconds: 3`")


def _read_word(node: yaml.Node, words: type[StrEnum]) -> StrEnum:
    if isinstance(node, yaml.ScalarNode) and node.value in list(words):
        return words(node.value)
    raise _WrongError(_flaw_at(node, f"wrong word{_quote(node)}; write one of {_list(words)}"))


def _read_number(node: yaml.Node, low: int, high: int, *, tags: Iterable[str] = (_INT,)) -> float:
    if isinstance(node, yaml.ScalarNode) and node.tag in tags and _NUMBER.fullmatch(node.value):
        number = float(node.value)
        if low <= number <= high:
            return number
    kind = "a whole number" if _FLOAT not in tags else "a number"
    sentence = f"wrong value{_quote(node)}; write {kind} from {low} to {high}"
    raise _WrongError(_flaw_at(node, sentence))


def _read_whole(node: yaml.Node, low: int, high: int) -> int:
    return int(_read_number(node, low, high))


def _read_numbers(node: yaml.Node) -> frozenset[int]:
    if not isinstance(node, yaml.SequenceNode):
        return frozenset({_read_whole(node, 1, _MOST_REQUESTS)})
    if not node.value:
        sentence = "an empty list; write the numbers of requests, such as [1, 3]"
        raise _WrongError(_flaw_at(node, sentence))
    numbers: set[int] = set()
    flaws: list[_Flaw] = []
    for item in node.value:
        try:
            numbers.add(_read_whole(item, 1, _MOST_REQUESTS))
        except _WrongError as wrong:
            flaws += wrong.flaws
    if flaws:
        raise _WrongError(*flaws)
    return frozenset(numbers)


_READERS: Mapping[str, Callable[[yaml.Node], Any]] = {
    "request": lambda node: _read_word(node, Asked),
    "nth": _read_numbers,
    "every": lambda node: _read_whole(node, 1, _MOST_REQUESTS),
    "fault": lambda node: _read_word(node, Fault),
    "status": lambda node: _read_whole(node, *_SERVER_ERRORS),
    "retry_after": lambda node: _read_whole(node, 0, _LONGEST_WAIT),
    "seconds": lambda node: _read_number(node, 0, _LONGEST_WAIT, tags=(_INT, _FLOAT)),
}
_OWNERS: Mapping[str, tuple[Fault, ...]] = {
    "status": (Fault.ERROR_BEFORE, Fault.ERROR_AFTER),
    "retry_after": (Fault.THROTTLE,),
    "seconds": (Fault.SLOW,),
}


def _flaw_at(node: yaml.Node, sentence: str) -> _Flaw:
    return _Flaw(node.start_mark.line + 1, node.start_mark.column + 1, sentence)


def _quote(node: yaml.Node) -> str:
    """Return what a node says, if that is one word, as it is written."""
    if not isinstance(node, yaml.ScalarNode):
        return ""
    text = f'"{node.value[:60]}"' if node.tag == _STRING and node.style else node.value[:60]
    return f" `{text}`"


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)
