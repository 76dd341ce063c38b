"""How is plain data written as YAML that a person reads, and that reads as the same data?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from reconciler.model import Json

_WIDTH: Final = 100


class _Dumper(yaml.SafeDumper):
    """Indents lists, writes lines as lines, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature of PyYAML
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Other line ends than \n are folded away outside of double quotes. A style that a text
    # doesn't fit into becomes quotes by itself.
    unusual = not text.replace("\n", "").isprintable()
    style = '"' if unusual else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def print_yaml(value: Json) -> str:
    """Return *value* as YAML, its members in the order given."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH))
