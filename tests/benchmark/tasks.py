"""What is planned? A folder of realistic task files and its configuration, written out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FILES: Final = 100
USER: Final = "bench"
TOKEN: Final = "benchmark"

_MODELINE: Final = "# yaml-language-server: $schema=../schemas/tasks.schema.json\ntasks:\n"
_CONFIG: Final = """\
owner: benchmark
targets:
  loopback:
    url: {url}
    user_id: {user}
    app_id: {app}
    token_env: CLARIFAI_PAT
"""
_TASK: Final = """\
  label-{number:05}:
    name: Label {number:05} birds of the estuary
    type: CONCEPTS_CLASSIFICATION
    description: {verb} every bird, those at the edge of the picture too.
    worker:
      strategy: PARTITIONED
      user_ids:
        - {ana}
        - {bo}
        - {cy}
      partitioned_strategy_info:
        type: WEIGHTED
        workers_per_input: 2
        weights:
          {ana}: 45
          {bo}: 35
          {cy}: 20
    concept_ids:
      - {one}
      - {two}
    input_source:
      type: DATASET
      id: estuary-{number:05}
    review:
      strategy: CONSENSUS
      user_ids:
        - {reviewer}
      consensus_strategy_info:
        approval_threshold: 2
"""
_MISTAKES: Final = (
    ("concept_ids:", "concept_idz:"),
    ("strategy: CONSENSUS", "strategy: CONSENSSUS"),
    ("weights:", "weights:\n          zoe: 5"),
)
"""What stands in a right task, and in a wrong one: a field, a value, a weight for a stranger."""
_USERS: Final = ("ana", "bo", "cy", "dee", "eli", "fay", "gus", "hal", "ida", "jo", "kim")
_CONCEPTS: Final = ("heron", "gull", "tern", "avocet", "curlew", "dunlin", "godwit", "plover")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of *count* tasks at *path*, in the folder where commands are run."""

    path: Path
    count: int

    @property
    def files(self) -> tuple[Path, ...]:
        """The task files."""
        return tuple(sorted(self.path.glob("[!r]*.yaml")))

    @property
    def size(self) -> int:
        """The bytes in all task files."""
        return sum(path.stat().st_size for path in self.files)


def write_folder(
    path: Path, count: int, *, url: str, app: str, changed: int = 0, wrong: int = 0
) -> Folder:
    """Write *count* tasks for an app in up to `FILES` files; return their folder.

    The same count gives the same tasks, but for *changed* and *wrong* ones, spread over the files.
    Each wrong task has one mistake, and every third has one that the schema can't tell.
    """
    path.mkdir(parents=True)
    config = _CONFIG.format(url=url, user=USER, app=app)
    (path / "reconciler.yaml").write_text(config, encoding="utf-8")
    files = min(FILES, count)
    for index in range(files):
        numbers = range(index * count // files, (index + 1) * count // files)
        bodies = (
            _spoil(
                _task(number, is_changed=_ordinal(number, some=changed, count=count) > 0),
                _ordinal(number, some=wrong, count=count),
            )
            for number in numbers
        )
        text = _MODELINE + "".join(bodies)
        (path / f"file-{index:03}.yaml").write_text(text, encoding="utf-8")
    return Folder(path, count)


def _ordinal(number: int, *, some: int, count: int) -> int:
    """Return which of *some* evenly spread numbers below *count* this is, from 1; else 0."""
    every = count // some if some else count + 1
    return (number + 1) // every if (number + 1) % every == 0 else 0


def _spoil(task: str, ordinal: int) -> str:
    right, wrong = _MISTAKES[(ordinal - 1) % len(_MISTAKES)]
    return task.replace(right, wrong) if ordinal else task


def _task(number: int, *, is_changed: bool) -> str:
    ana, bo, cy, reviewer = (_USERS[(number + step) % len(_USERS)] for step in (0, 2, 5, 7))
    one, two = (_CONCEPTS[(number * 3 + step) % len(_CONCEPTS)] for step in (0, 1))
    if is_changed:
        two = "wader"
    return _TASK.format(
        number=number,
        verb="Count" if is_changed else "Mark",
        ana=ana,
        bo=bo,
        cy=cy,
        one=one,
        two=two,
        reviewer=reviewer,
    )
