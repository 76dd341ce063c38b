"""What does a YAML text say, and where? Strictly, or every problem. The only home of PyYAML.

Only plain data is built. A duplicate key, a tag, a second document, nesting without end, an
alias that blows up, a date: each is a problem with its place. Values are those of YAML 1.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import yaml

from reconciler.model import Json, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

Path: TypeAlias = tuple[str | int, ...]
Mark: TypeAlias = tuple[int, int]
"""Line and column, from 0, as PyYAML counts."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEPTH: Final = 100
_NODES: Final = 1_000_000
_MARKED_DEPTH: Final = 2
_LARGEST: Final = 2**63
_STRING_TAGS: Final = frozenset({None, "!", "tag:yaml.org,2002:str"})


class _Stop(Exception):  # noqa: N818 - a problem on its way, not an error of ours
    """Reading can't go on: a problem of the text itself."""

    def __init__(self, mark: Mark, code: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.mark, self.code, self.sentence, self.hint = mark, code, sentence, hint


@dataclass(frozen=True, slots=True)
class Document:
    """A text's data, and the marks of its keys and items down to the second level."""

    file: str
    text: str
    data: Json
    marks: Mapping[Path, Mark]

    def place(self, path: Path = ()) -> Place:
        """Return where the key or the item at *path* stands, or the nearest thing around it."""
        for length in range(len(path), 0, -1):
            if (mark := self.marks.get(path[:length])) is not None:
                return _place(self.file, mark)
        return Place(self.file)


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a path: the place of its key (or item), of its value, the value's text."""

    key: Place
    value: Place
    written: str


def read_text(text: str, *, file: str) -> tuple[Document, tuple[Problem, ...]]:
    """Return what *text* says and what is wrong with it; the data is null after a syntax error."""
    builder = _Builder()
    data: Json = None
    try:
        data = builder.build(text)
    except _Stop as stop:
        builder.found.append(stop)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = (mark.line, mark.column) if mark else (0, 0)
        builder.found.append(
            _Stop(where, "yaml-syntax", _sentence(error), _syntax_hint(text, where))
        )
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        where = (before.count("\n"), error.position - before.rfind("\n") - 1)
        sentence = f"the character U+{ord(text[error.position]):04X} is not allowed in YAML"
        builder.found.append(_Stop(where, "yaml-character", sentence, "remove it"))
    if builder.has_duplicates:
        builder.found.extend(_find_duplicates(_compose(text)))
    problems = tuple(
        Problem(_place(file, stop.mark), stop.code, stop.sentence, stop.hint)
        for stop in builder.found
    )
    return Document(file, text, data, builder.marks), problems


def find_spot(document: Document, path: Path) -> Spot | None:
    """Return where *path* stands in a document that was read without problems."""
    node = _compose(document.text)
    key = node
    for part in path:
        found = _step(node, part)
        if found is None:
            return None
        key, node = found
    mark, value = key.start_mark, node.start_mark
    written = node.value if isinstance(node, yaml.ScalarNode) else ""
    return Spot(
        _place(document.file, (mark.line, mark.column)),
        _place(document.file, (value.line, value.column)),
        written,
    )


@lru_cache(maxsize=1)
def _compose(text: str) -> Any:
    return yaml.compose(text, Loader=_LOADER)


def _step(node: Any, part: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _place(file: str, mark: Mark) -> Place:
    return Place(file, mark[0] + 1, mark[1] + 1)


def _sentence(error: yaml.MarkedYAMLError) -> str:
    words = ", ".join(text for text in (error.context, error.problem) if text)
    return f"not YAML: {words}"


def _syntax_hint(text: str, mark: Mark) -> str:
    lines = text.splitlines()
    line = lines[mark[0]] if mark[0] < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not tabs"
    return "put the text in quotes" if "{{" in line or ": " in line[mark[1] :] else ""


class _Builder:
    """Builds plain data from the parser's events: no recursion, so no depth can hurt."""

    def __init__(self) -> None:
        self.found: list[_Stop] = []
        self.marks: dict[Path, Mark] = {}
        self.has_duplicates = False
        self._anchors: dict[str, Json] = {}
        self._extents: dict[int, tuple[int, int]] = {}
        self._aliased = 0

    def build(self, text: str) -> Json:
        """Return the data of the only document of *text*, null if there is none."""
        loader = _LOADER(text)
        try:
            return self._read_stream(loader.get_event)
        finally:
            loader.dispose()

    def _read_stream(self, next_event: Callable[[], Any]) -> Json:
        root: list[Json] = []
        documents = 0
        while True:
            event = next_event()
            match event:
                case yaml.StreamEndEvent():
                    return root[0] if root else None
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise _Stop(
                            _mark(event),
                            "yaml-documents",
                            "a file holds one document",
                            "split the file at this `---`",
                        )
                    self._read_document(next_event, root)
                case _:
                    pass

    def _read_document(self, next_event: Callable[[], Any], root: list[Json]) -> None:
        # One flat loop over the events: this is where most of the time of a plan is spent.
        scalar_event, mapping_start, sequence_start = (
            yaml.ScalarEvent,
            yaml.MappingStartEvent,
            yaml.SequenceStartEvent,
        )
        mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        stack: list[tuple[list[Any], Any]] = []
        items: list[Any] = root
        path: list[str | int] = []
        opener: Any = None
        while True:
            event = next_event()
            kind = event.__class__
            if kind is scalar_event:
                value = event.value
                if event.tag is not None or event.implicit[0]:
                    value = self._scalar(event)
                if event.anchor is not None:
                    self._anchors[event.anchor] = value
                if opener.__class__ is mapping_start and not len(items) & 1:
                    value = self._key(value, event)
                    if len(stack) <= _MARKED_DEPTH:
                        mark = event.start_mark
                        self.marks[(*path, value)] = (mark.line, mark.column)
                elif opener.__class__ is sequence_start and len(stack) <= _MARKED_DEPTH:
                    self.marks[(*path, len(items))] = _mark(event)
                items.append(value)
            elif kind is mapping_start or kind is sequence_start:
                self._check_opener(event, opener, items=len(items), depth=len(stack))
                if stack:
                    part = items[-1] if opener.__class__ is mapping_start else len(items)
                    path.append(part)
                    if opener.__class__ is sequence_start and len(stack) <= _MARKED_DEPTH:
                        self.marks[tuple(path)] = _mark(event)
                stack.append((items, opener))
                items, opener = [], event
            elif kind is mapping_end or kind is sequence_end:
                value = self._mapping(items) if kind is mapping_end else items
                if opener.anchor is not None:
                    self._anchors[opener.anchor] = value
                    self._extents[id(value)] = self._extent(value)
                items, opener = stack.pop()
                if path:
                    path.pop()
                items.append(value)
            elif kind is yaml.AliasEvent:
                if opener.__class__ is mapping_start and not len(items) & 1:
                    raise _Stop(_mark(event), "yaml-key", "an alias can't be a key")
                items.append(self._alias(event, len(stack)))
            else:
                return

    def _check_opener(self, event: Any, opener: Any, *, items: int, depth: int) -> None:
        if depth >= _DEPTH:
            raise _Stop(_mark(event), "yaml-depth", f"nested more than {_DEPTH} levels deep")
        if event.tag not in (None, "!"):
            self.found.append(_tag_problem(event))
        if isinstance(opener, yaml.MappingStartEvent) and not items & 1:
            raise _Stop(
                _mark(event),
                "yaml-key",
                "a key must be text",
                'a placeholder needs quotes: "{{ name }}"',
            )

    def _scalar(self, event: Any) -> Json:
        if event.tag is not None:
            if event.tag not in _STRING_TAGS:
                self.found.append(_tag_problem(event))
            return str(event.value)
        try:
            return _plain_value(event.value)
        except _UnfitValueError as error:
            self.found.append(_Stop(_mark(event), "yaml-value", str(error), error.hint))
            return str(event.value)

    def _key(self, value: Json, event: Any) -> str:
        if isinstance(value, str):
            return value
        written = str(event.value)
        sentence = f"the key `{written}` is read as {json_type(value)}, and a key must be text"
        hint = f'quote it: "{written}"'
        self.found.append(_Stop(_mark(event), "yaml-key", sentence, hint))
        return written

    def _mapping(self, items: list[Any]) -> dict[str, Json]:
        result = dict(zip(items[::2], items[1::2], strict=True))
        if 2 * len(result) != len(items):
            self.has_duplicates = True
        return result

    def _alias(self, event: Any, depth: int) -> Json:
        if event.anchor not in self._anchors:
            sentence = f"no finished anchor `&{event.anchor}` stands before this alias"
            raise _Stop(_mark(event), "yaml-alias", sentence)
        value = self._anchors[event.anchor]
        size, levels = self._extent(value)
        self._aliased += size
        if self._aliased > _NODES or depth + levels > _DEPTH:
            raise _Stop(_mark(event), "yaml-alias", "the aliases stand for too much data")
        return value

    def _extent(self, value: Json) -> tuple[int, int]:
        """Return how many values *value* holds, and in how many levels."""
        known = self._extents.get(id(value))
        if known is not None:
            return known
        parts: Sequence[Json] = ()
        if isinstance(value, Mapping):
            parts = tuple(value.values())
        elif isinstance(value, list):
            parts = value
        extents = [self._extent(part) for part in parts]
        return 1 + sum(size for size, _ in extents), 1 + max((n for _, n in extents), default=0)


class _UnfitValueError(Exception):
    """A plain scalar that YAML reads as something that JSON doesn't have."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint


_RESOLVER: Final[Any] = yaml.resolver.Resolver()
_CONSTRUCTOR: Final[Any] = yaml.constructor.SafeConstructor()


@lru_cache(maxsize=4096)
def _plain_value(text: str) -> Json:
    """Return the value of a plain scalar under the rules of YAML 1.1."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2]
    node = yaml.ScalarNode(f"tag:yaml.org,2002:{tag}", text)
    quote = f'quote it: "{text}"'
    match tag:
        case "null":
            return None
        case "bool":
            return bool(_CONSTRUCTOR.construct_yaml_bool(node))
        case "int":
            return _whole_number(node, quote)
        case "float":
            number = float(_CONSTRUCTOR.construct_yaml_float(node))
            if not math.isfinite(number):
                raise _UnfitValueError(f"`{text}` is not a number that JSON has", quote)
            return number
        case "timestamp":
            raise _UnfitValueError(f"`{text}` is read as a date", quote)
        case "merge":
            hint = "put what tasks share under `defaults`"
            raise _UnfitValueError("merge keys (`<<`) are not supported", hint)
        case _:
            return text


def _whole_number(node: yaml.ScalarNode, quote: str) -> int:
    try:
        number = int(_CONSTRUCTOR.construct_yaml_int(node))
    except ValueError:
        number = _LARGEST
    if not -_LARGEST <= number < _LARGEST:
        raise _UnfitValueError(f"`{node.value[:40]}` is not a number of 64 bits", quote[:60])
    return number


def json_type(value: Json) -> str:
    """Return what JSON calls the type of *value*, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def _find_duplicates(node: Any) -> Iterator[_Stop]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _find_duplicates(item)
    elif isinstance(node, yaml.MappingNode):
        first: dict[str, Any] = {}
        for key, value in node.value:
            if key.value in first:
                line = first[key.value].start_mark.line + 1
                sentence = f"the key `{key.value}` stands twice; the first is in line {line}"
                yield _Stop(_mark(key), "yaml-duplicate", sentence, "remove one of them")
            first.setdefault(key.value, key)
            yield from _find_duplicates(value)


def _tag_problem(event: Any) -> _Stop:
    sentence = f"the tag `{event.tag}` is not supported: only plain data is read"
    return _Stop(_mark(event), "yaml-tag", sentence, "remove the tag")


def _mark(event: Any) -> Mark:
    return event.start_mark.line, event.start_mark.column
