"""What does a YAML text say, and where? Strictly, or every problem. The only home of PyYAML.

Only plain data is built. A duplicate key, a tag, a second document, nesting without end, an
alias that blows up, a date: each is a problem with its place. Values are those of YAML 1.1.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import yaml

from reconciler.manifest.anchors import DEPTH, Anchors
from reconciler.manifest.places import Document, Flaw, Mark, Node, Path, Spot, UnreadableError
from reconciler.manifest.scalars import Unfit, json_type, read_word
from reconciler.manifest.syntax import explain_character, explain_syntax, too_deep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.model import Json
    from reconciler.problem import Problem

__all__ = ["Document", "Path", "Spot", "find_spot", "json_type", "read_text"]

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MARKED_DEPTH: Final = 2
_MOST_EVENTS: Final = 600_000
"""How much a file may hold: some 14,000 tasks, read in a second or so."""

_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_IN_LIST: Final[Any] = object()
_AT_KEY: Final[Any] = object()


def read_text(text: str, *, file: str) -> tuple[Document, tuple[Problem, ...]]:
    """Return what *text* says and what is wrong with it; the data is null after a syntax error."""
    builder = _Builder()
    data: Json = None
    try:
        with _parse(text) as next_event:
            data = builder.build(next_event)
    except UnreadableError as error:
        builder.flaws.append(error.flaw)
    if builder.has_doubles:
        builder.flaws.extend(_read_nodes(text)[1])
    problems = tuple(flaw.problem(file) for flaw in builder.flaws)
    plain = not (builder.has_nulls or builder.has_braces or "{{" in text)
    return Document(file, text, data, builder.marks, plain), problems


def find_spot(document: Document, path: Path, *, fill: Callable[[str], str] = str) -> Spot | None:
    """Return where *path* stands in a document that was read without problems.

    *fill* returns what a key with placeholders becomes.
    """
    root, _ = _read_nodes(document.text)
    return root.find(path, file=document.file, fill=fill)


# A task file, and the configuration that holds its variables.
@lru_cache(maxsize=2)
def _read_nodes(text: str) -> tuple[Node, tuple[Flaw, ...]]:
    """Return what stands where in a text, and its double keys, as far as it can be read."""
    top = Node((0, 0))
    flaws: list[Flaw] = []
    with suppress(UnreadableError), _parse(text) as next_event:
        _add_nodes(next_event, top, flaws)
    _, root = top.parts.get(0, (top.mark, top))
    return root, tuple(flaws)


def _add_nodes(next_event: Callable[[], Any], top: Node, flaws: list[Flaw]) -> None:
    """Add the root of a document to *top*, and its double keys to *flaws*.

    Like the builder it is flat, and it stops where the builder stops.
    """
    anchors: dict[Any, Node] = {}
    # The open nodes, and for each the key that waits for a value.
    opened, keys = [top], [_IN_LIST]
    while not isinstance(event := next_event(), yaml.DocumentEndEvent | yaml.StreamEndEvent):
        if isinstance(event, yaml.CollectionEndEvent):
            opened.pop()
            keys.pop()
        elif isinstance(event, yaml.NodeEvent):
            parts, key = opened[-1].parts, keys[-1]
            if key is _AT_KEY:
                if not isinstance(event, yaml.ScalarEvent):
                    return
                if event.value in parts:
                    flaws.append(_double_key(event, parts[event.value][0]))
                keys[-1] = event
                continue
            is_alias = isinstance(event, yaml.AliasEvent)
            node = anchors.get(event.anchor) if is_alias else _make_node(event)
            if node is None:
                return
            if event.anchor is not None:
                anchors[event.anchor] = node
            if key is _IN_LIST:
                parts[len(parts)] = (_mark(event), node)
            else:
                parts.setdefault(key.value, (_mark(key), node))
                keys[-1] = _AT_KEY
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append(node)
                keys.append(_AT_KEY if isinstance(event, yaml.MappingStartEvent) else _IN_LIST)


def _make_node(event: Any) -> Node:
    return Node(_mark(event), event.value if isinstance(event, yaml.ScalarEvent) else "")


def _double_key(event: Any, first: Mark) -> Flaw:
    sentence = f"the key `{event.value}` stands twice; the first is in line {first[0] + 1}"
    return Flaw(_mark(event), "yaml-duplicate", sentence, "remove one of them")


@contextmanager
def _parse(text: str) -> Iterator[Callable[[], Any]]:
    """Yield what returns the next event of *text*; raise `UnreadableError` where it isn't YAML."""
    loader: Any = None
    try:
        loader = _LOADER(text)
        yield loader.get_event
    except yaml.MarkedYAMLError as error:
        at, begun = error.problem_mark, error.context_mark
        mark = (at.line, at.column) if at else (0, 0)
        start = (begun.line, begun.column) if begun else mark
        flaw = explain_syntax(text, error.problem or "", at=mark, begun=start)
        raise UnreadableError(flaw) from None
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        raise UnreadableError(explain_character(text)) from None
    finally:
        if loader:
            loader.dispose()


class _Builder:
    """Builds plain data from the parser's events: no recursion, so no depth can hurt."""

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self.marks: dict[Path, Mark] = {}
        self.has_doubles = False
        self.has_nulls = False
        self.has_braces = False
        self._anchors = Anchors()

    def build(self, next_event: Callable[[], Any]) -> Json:
        """Return the data of the only document, null if there is none."""
        data: Json = None
        documents = 0
        while not isinstance(event := next_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    sentence = "a file holds one document, and a second one begins here"
                    hint = "move it to a file of its own"
                    raise UnreadableError(Flaw(_mark(event), "yaml-documents", sentence, hint))
                data = self._read_document(next_event)
        return data

    def _read_document(self, next_event: Callable[[], Any]) -> Json:  # noqa: C901, PLR0912, PLR0915 - one flat loop, where most of the time of a plan is spent
        scalar_event = yaml.ScalarEvent
        mapping_start, sequence_start = yaml.MappingStartEvent, yaml.SequenceStartEvent
        mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        leaves = (scalar_event, yaml.AliasEvent)
        plain, marks, anchors = _PLAIN, self.marks, self._anchors
        # The innermost container; its key that waits for a value; its path, near the root.
        container: Any = []
        key: Any = _IN_LIST
        path: Path = ()
        stack: list[tuple[Any, Any, Path, Any]] = []
        opener: Any = None
        depth = 0
        for _ in range(_MOST_EVENTS):
            event = next_event()
            kind = event.__class__
            if kind is scalar_event:
                value = event.value
                if event.tag is not None:
                    value = self._tagged(event)
                elif event.implicit[0]:
                    value = plain[value]
                    if value.__class__ is Unfit:
                        self._add(event, "yaml-value", value.sentence, value.hint)
                        value = event.value
                    elif value is None:
                        self.has_nulls = True
                elif "{{" in value:
                    # Quoted text can write them as escapes.
                    self.has_braces = True
                if event.anchor is not None:
                    anchors.keep(event.anchor, value)
                if key is _AT_KEY:
                    if value.__class__ is not str:
                        value = self._key(value, event)
                    if value in container:
                        self.has_doubles = True
                    if depth <= _MARKED_DEPTH:
                        marks[(*path, value)] = _mark(event)
                    key = value
                    continue
            elif kind is mapping_start or kind is sequence_start:
                self._check_opener(event, at_key=key is _AT_KEY, depth=depth)
                stack.append((container, key, path, opener))
                if depth and depth <= _MARKED_DEPTH:
                    path = (*path, len(container) if key is _IN_LIST else key)
                    if key is _IN_LIST:
                        marks[path] = _mark(event)
                depth += 1
                opener = event
                container, key = ({}, _AT_KEY) if kind is mapping_start else ([], _IN_LIST)
                continue
            elif kind is mapping_end or kind is sequence_end:
                value = container
                if opener.anchor is not None:
                    anchors.keep(opener.anchor, value)
                container, key, path, opener = stack.pop()
                depth -= 1
            elif kind is yaml.AliasEvent:
                if key is _AT_KEY:
                    flaw = Flaw(_mark(event), "yaml-key", "an alias can't be a key", "write it out")
                    raise UnreadableError(flaw)
                value = anchors.follow(event.anchor, mark=_mark(event), depth=depth)
            else:
                return container[0] if container else None
            if key is _IN_LIST:
                if 0 < depth <= _MARKED_DEPTH and kind in leaves:
                    marks[(*path, len(container))] = _mark(event)
                container.append(value)
            else:
                container[key] = value
                key = _AT_KEY
        hint = "split it into several files"
        raise UnreadableError(Flaw(_mark(event), "yaml-size", "the file holds too much", hint))

    def _check_opener(self, event: Any, *, at_key: bool, depth: int) -> None:
        if depth >= DEPTH:
            raise UnreadableError(too_deep(_mark(event)))
        if event.tag is not None:
            self._refuse_tag(event)
        if at_key:
            hint = 'a placeholder needs quotes: "{{ name }}"'
            raise UnreadableError(Flaw(_mark(event), "yaml-key", "a key must be text", hint))

    def _tagged(self, event: Any) -> str:
        if event.tag != _TEXT_TAG:
            self._refuse_tag(event)
        return str(event.value)

    def _refuse_tag(self, event: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        sentence = f"the tag `{tag}` is not supported: only plain data is read"
        self._add(event, "yaml-tag", sentence, "remove the tag")

    def _key(self, value: Json, event: Any) -> str:
        """Return the text of a key that YAML doesn't read as text."""
        written = str(event.value)
        sentence = f"the key `{written}` is read as {json_type(value)}, and a key must be text"
        hint = f'quote it: "{written}"' if written else "write a key before the `:`"
        self._add(event, "yaml-key", sentence, hint)
        return written

    def _add(self, event: Any, code: str, sentence: str, hint: str) -> None:
        self.flaws.append(Flaw(_mark(event), code, sentence, hint))


class _PlainValues(dict[str, "Json | Unfit"]):
    """The values of unquoted words under the rules of YAML 1.1, each worked out only once."""

    def __missing__(self, word: str) -> Json | Unfit:
        tag = _RESOLVER.resolve(yaml.ScalarNode, word, (True, False)).rpartition(":")[2]
        value = read_word(tag, word, node=yaml.ScalarNode(tag, word), constructor=_CONSTRUCTOR)
        if len(self) < _REMEMBERED:
            self[word] = value
        return value


_RESOLVER: Final[Any] = yaml.resolver.Resolver()
_CONSTRUCTOR: Final[Any] = yaml.constructor.SafeConstructor()
_REMEMBERED: Final = 100_000
_PLAIN: Final = _PlainValues()


def _mark(thing: Any) -> Mark:
    """Return where an event or a node begins."""
    return thing.start_mark.line, thing.start_mark.column
