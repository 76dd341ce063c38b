"""What is live, for octoDNS? The records that stand by name in a JSON file.

octoDNS loads this in a process of its own, maybe by an interpreter that has none of our
libraries, so it imports nothing else of ours.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from octodns.provider.base import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    BaseProvider,
)
from octodns.record import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    Record,
)


class JsonProvider(BaseProvider):  # type: ignore[misc]
    """A target of octoDNS that can be planned against: the least that its base class asks for."""

    SUPPORTS = frozenset({"A", "AAAA", "NS", "TXT"})
    SUPPORTS_GEO = False
    log = logging.getLogger(__name__)

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name)
        self._path = Path(path)

    def populate(self, zone: Any, **_options: bool) -> bool:
        """Add what is live to the zone; return that it exists."""
        for name, data in json.loads(self._path.read_bytes()).items():
            zone.add_record(Record.new(zone, name, data, source=self, lenient=True), lenient=True)
        return True
