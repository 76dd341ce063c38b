"""What does octoDNS plan? A zone of plain records, what is live, and its configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

ZONE: Final = "estuary.example."
LIVE: Final = "live"

_CONFIG: Final = """\
manager:
  plan_outputs:
    document: {{class: octodns.provider.plan.PlanJson}}
providers:
  files:
    class: octodns.provider.yaml.YamlProvider
    directory: {path}/zones
    split_extension: .
    escaped_semicolons: false
  {live}:
    class: tests.benchmark.jsonprovider.JsonProvider
    path: {path}/live.json
zones:
  {zone}:
    sources: [files]
    targets: [{live}]
"""
_RECORD: Final = """\
{name}:
  ttl: 300
  type: {kind}
  values:
    - {one}
    - {two}
"""
_VALUES: Final = {
    "A": ("10.1.{high}.{low}", "10.2.{high}.{low}"),
    "AAAA": ("2001:db8:1::{high}:{low}", "2001:db8:2::{high}:{low}"),
    "NS": ("ns1.nest-{high}-{low}.example.", "ns2.nest-{high}-{low}.example."),
    "TXT": ("nest {high} {low}", "nothing is known of {high} {low}"),
}


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of records at *path*."""

    path: Path

    @property
    def config(self) -> Path:
        """The configuration of octoDNS."""
        return self.path / "config.yaml"

    @property
    def live(self) -> Path:
        """The live records, as JSON."""
        return self.path / "live.json"

    @property
    def size(self) -> int:
        """The bytes in all files of records."""
        return sum(path.stat().st_size for path in (self.path / "zones" / ZONE).iterdir())


def write_zone(path: Path, count: int, *, files: int, changed: int = 0) -> Zone:
    """Write *count* records in so many files; all but *changed* of them are as they are live."""
    zone = Zone(path)
    (path / "zones" / ZONE).mkdir(parents=True)
    zone.config.write_text(_CONFIG.format(path=path, zone=ZONE, live=LIVE), encoding="utf-8")
    live = [_describe(number, value=number) for number in range(count)]
    zone.live.write_text(json.dumps(dict(map(_as_json, live))), encoding="utf-8")
    every = count // changed if changed else count + 1
    for index in range(files):
        numbers = range(index * count // files, (index + 1) * count // files)
        records = (_describe(n, value=n + (n % every == every - 1)) for n in numbers)
        text = "".join(_RECORD.format(**record) for record in records)
        (path / "zones" / ZONE / f"file-{index:03}.yaml").write_text(text, encoding="utf-8")
    return zone


def _describe(number: int, *, value: int) -> dict[str, str]:
    kind, (one, two) = tuple(_VALUES.items())[number % len(_VALUES)]
    high, low = divmod(value % 2**16, 2**8)
    return {
        "name": f"record-{number:05}",
        "kind": kind,
        "one": one.format(high=high, low=low),
        "two": two.format(high=high, low=low),
    }


def _as_json(record: dict[str, str]) -> tuple[str, dict[str, object]]:
    values = [record["one"], record["two"]]
    return record["name"], {"ttl": 300, "type": record["kind"], "values": values}
