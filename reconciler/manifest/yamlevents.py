"""Which events does a YAML text consist of? The parser, and what both readers of it share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import yaml

from reconciler.manifest.places import Mark, UnreadableError
from reconciler.manifest.syntax import explain_character, explain_syntax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
IN_LIST: Final[Any] = object()
"""Stands for the key that a list has none of."""

AT_KEY: Final[Any] = object()
"""Says that a mapping waits for a key."""


@contextmanager
def parse_events(text: str) -> Iterator[Callable[[], Any]]:
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
    except (yaml.reader.ReaderError, UnicodeError):
        raise UnreadableError(explain_character(text)) from None
    finally:
        if loader:
            loader.dispose()


def skip_braces(next_event: Callable[[], Any]) -> str:
    """Pass over what two open mappings still hold, and return it as a placeholder."""
    words: list[str] = []
    depth = 2
    while depth:
        event = next_event()
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        words += [event.value] if isinstance(event, yaml.ScalarEvent) and event.value else []
    return f"{{{{ {' '.join(words)} }}}}"


def mark_of(thing: Any) -> Mark:
    """Return where an event or a node begins."""
    return thing.start_mark.line, thing.start_mark.column
