"""What does a YAML text say, and where? Strictly, or every problem. The only home of PyYAML.

Only plain data is built. A duplicate key, a tag, a second document, nesting without end, an
alias that blows up, a date: each is a problem with its place. Values are those of YAML 1.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from reconciler.manifest.anchors import DEPTH, Anchors
from reconciler.manifest.places import Document, Flaw, Mark, Path, Spot, UnreadableError
from reconciler.manifest.scalars import Unfit, json_type, read_word
from reconciler.manifest.syntax import too_deep
from reconciler.manifest.yamlevents import AT_KEY, IN_LIST, mark_of, parse_events, skip_braces
from reconciler.manifest.yamlnodes import find_spot, read_nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model import Json
    from reconciler.problem import Problem

__all__ = ["Document", "Path", "Spot", "find_spot", "json_type", "read_text"]

_MARKED_DEPTH: Final = 2
_MOST_EVENTS: Final = 600_000
"""How much a file may hold: some 14,000 tasks, read in a second or so."""

_TEXT_TAG: Final = "tag:yaml.org,2002:str"


def read_text(
    text: str, *, file: str, is_json: bool = False
) -> tuple[Document, tuple[Problem, ...]]:
    """Return what *text* says and what is wrong with it; the data is null after a syntax error.

    Numbers are those of YAML 1.1, and if it *is_json* those of JSON too, such as 1e-05.
    """
    builder = _Builder(_JSON_PLAIN if is_json else _PLAIN)
    data: Json = None
    whole = True
    try:
        with parse_events(text) as next_event:
            data = builder.build(next_event)
    except UnreadableError as error:
        builder.flaws.append(error.flaw)
        whole = False
    if builder.has_doubles:
        builder.flaws.extend(read_nodes(text)[1])
    problems = tuple(flaw.problem(file) for flaw in builder.flaws)
    plain = not (builder.has_nulls or builder.has_braces or "{{" in text)
    return Document(file, text, data, builder.marks, plain, builder.has_nulls, whole), problems


class _Builder:
    """Builds plain data from the parser's events: no recursion, so no depth can hurt."""

    def __init__(self, plain: _PlainValues) -> None:
        self._plain = plain
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
                    raise UnreadableError(Flaw(mark_of(event), "yaml-documents", sentence, hint))
                data = self._read_document(next_event)
        return data

    def _read_document(self, next_event: Callable[[], Any]) -> Json:  # noqa: C901, PLR0912, PLR0915 - one flat loop, where most of the time of a plan is spent
        scalar_event = yaml.ScalarEvent
        mapping_start, sequence_start = yaml.MappingStartEvent, yaml.SequenceStartEvent
        mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        leaves = (scalar_event, yaml.AliasEvent)
        plain, marks, anchors = self._plain, self.marks, self._anchors
        # The innermost container; its key that waits for a value; its path, near the root.
        container: Any = []
        key: Any = IN_LIST
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
                if key is AT_KEY:
                    if value.__class__ is not str:
                        value = self._key(value, event)
                    if value in container:
                        self.has_doubles = True
                    if depth <= _MARKED_DEPTH:
                        marks[(*path, value)] = mark_of(event)
                    key = value
                    continue
            elif (kind is mapping_start or kind is sequence_start) and key is AT_KEY:
                # The whole mapping that this would be a key of is an unquoted placeholder.
                value = self._skip_braces(event, opener, next_event)
                container, key, path, opener = stack.pop()
                depth -= 1
            elif kind is mapping_start or kind is sequence_start:
                self._check_opener(event, depth=depth)
                stack.append((container, key, path, opener))
                if depth and depth <= _MARKED_DEPTH:
                    path = (*path, len(container) if key is IN_LIST else key)
                    if key is IN_LIST:
                        marks[path] = mark_of(event)
                depth += 1
                opener = event
                container, key = ({}, AT_KEY) if kind is mapping_start else ([], IN_LIST)
                continue
            elif kind is mapping_end or kind is sequence_end:
                value = container
                if opener.anchor is not None:
                    anchors.keep(opener.anchor, value)
                container, key, path, opener = stack.pop()
                depth -= 1
            elif kind is yaml.AliasEvent:
                if key is AT_KEY:
                    flaw = Flaw(
                        mark_of(event), "yaml-key", "an alias can't be a key", "write it out"
                    )
                    raise UnreadableError(flaw)
                value = anchors.follow(event.anchor, mark=mark_of(event), depth=depth)
            else:
                return container[0] if container else None
            if key is IN_LIST:
                if 0 < depth <= _MARKED_DEPTH and kind in leaves:
                    marks[(*path, len(container))] = mark_of(event)
                container.append(value)
            else:
                container[key] = value
                key = AT_KEY
        hint = "split it into several files"
        raise UnreadableError(Flaw(mark_of(event), "yaml-size", "the file holds too much", hint))

    def _skip_braces(self, event: Any, opener: Any, next_event: Callable[[], Any]) -> str:
        """Pass over `{{ name }}` without quotes, whose second brace is *event*; return its text.

        Raise `UnreadableError` if that is something else.
        """
        braces = isinstance(event, yaml.MappingStartEvent) and event.flow_style
        if not (braces and opener.flow_style):
            hint = "write text before the `:`"
            raise UnreadableError(Flaw(mark_of(event), "yaml-key", "a key must be text", hint))
        text = skip_braces(next_event)
        hint = f'quote it: "{text}"'
        self._add(opener, "yaml-key", "a placeholder without quotes is no text", hint)
        self.has_braces = True
        return text

    def _check_opener(self, event: Any, *, depth: int) -> None:
        if depth >= DEPTH:
            raise UnreadableError(too_deep(mark_of(event)))
        if event.tag is not None:
            self._refuse_tag(event)

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
        self.flaws.append(Flaw(mark_of(event), code, sentence, hint))


class _PlainValues(dict[str, "Json | Unfit"]):
    """The values of unquoted words under the rules of YAML 1.1, each worked out only once."""

    def __missing__(self, word: str) -> Json | Unfit:
        value = self.read(word)
        if len(self) < _REMEMBERED:
            self[word] = value
        return value

    def read(self, word: str) -> Json | Unfit:
        """Return the value of a word."""
        resolved = _RESOLVER.resolve(yaml.ScalarNode, word, (True, False))
        if resolved == _TEXT_TAG:
            return word
        tag = resolved.rpartition(":")[2]
        return read_word(tag, word, node=yaml.ScalarNode(tag, word), constructor=_CONSTRUCTOR)


class _JsonValues(_PlainValues):
    """The same, and the numbers of JSON that YAML 1.1 takes for text."""

    def read(self, word: str) -> Json | Unfit:
        """Return the value of a word."""
        value = super().read(word)
        return float(word) if value == word and _EXPONENT.fullmatch(word) else value


_RESOLVER: Final[Any] = yaml.resolver.Resolver()
_CONSTRUCTOR: Final[Any] = yaml.constructor.SafeConstructor()
_REMEMBERED: Final = 100_000
_PLAIN: Final = _PlainValues()
_JSON_PLAIN: Final = _JsonValues()
_EXPONENT: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
