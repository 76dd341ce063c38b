"""Where in a YAML text does each value stand? Read only when somebody has to be told."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import yaml

from reconciler.manifest.places import Document, Flaw, Mark, Node, Path, Spot, UnreadableError
from reconciler.manifest.yamlevents import AT_KEY, IN_LIST, mark_of, parse_events, skip_braces

_MOST_DOUBLES: Final = 1000

if TYPE_CHECKING:
    from collections.abc import Callable


def find_spot(document: Document, path: Path, *, fill: Callable[[str], str] = str) -> Spot | None:
    """Return where *path* stands in a document that was read without problems.

    *fill* returns what a key with placeholders becomes.
    """
    root, _ = read_nodes(document.text)
    return root.find(path, file=document.file, fill=fill)


# A task file, and the configuration that holds its variables.
@lru_cache(maxsize=2)
def read_nodes(text: str) -> tuple[Node, tuple[Flaw, ...]]:
    """Return what stands where in a text, and its double keys, as far as it can be read."""
    top = Node((0, 0))
    flaws: list[Flaw] = []
    with suppress(UnreadableError), parse_events(text) as next_event:
        _add_nodes(next_event, top, flaws)
    _, root = top.parts.get(0, (top.mark, top))
    return root, tuple(flaws)


def _add_nodes(next_event: Callable[[], Any], top: Node, flaws: list[Flaw]) -> None:
    """Add the root of a document to *top*, and its double keys to *flaws*.

    Like the builder it is flat, and it stops where the builder stops.
    """
    anchors: dict[Any, Node] = {}
    # The open nodes, and for each the key that waits for a value.
    opened, keys = [top], [IN_LIST]
    while not isinstance(event := next_event(), yaml.DocumentEndEvent | yaml.StreamEndEvent):
        if isinstance(event, yaml.CollectionEndEvent):
            opened.pop()
            keys.pop()
        elif isinstance(event, yaml.NodeEvent):
            parts, key = opened[-1].parts, keys[-1]
            if key is AT_KEY:
                if isinstance(event, yaml.CollectionStartEvent):
                    unquoted = opened.pop()
                    unquoted.parts.clear()
                    unquoted.written = skip_braces(next_event)
                    keys.pop()
                    continue
                if not isinstance(event, yaml.ScalarEvent):
                    return
                if event.value in parts and len(flaws) < _MOST_DOUBLES:
                    flaws.append(_double_key(event, parts[event.value][0]))
                keys[-1] = event
                continue
            is_alias = isinstance(event, yaml.AliasEvent)
            node = anchors.get(event.anchor) if is_alias else _make_node(event)
            if node is None:
                return
            if event.anchor is not None:
                anchors[event.anchor] = node
            if key is IN_LIST:
                parts[len(parts)] = (mark_of(event), node)
            else:
                parts.setdefault(key.value, (mark_of(key), node))
                keys[-1] = AT_KEY
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append(node)
                keys.append(AT_KEY if isinstance(event, yaml.MappingStartEvent) else IN_LIST)


def _make_node(event: Any) -> Node:
    return Node(mark_of(event), event.value if isinstance(event, yaml.ScalarEvent) else "")


def _double_key(event: Any, first: Mark) -> Flaw:
    sentence = f"the key `{event.value}` stands twice; the first is in line {first[0] + 1}"
    return Flaw(mark_of(event), "yaml-duplicate", sentence, "remove one of them")
