"""A rehearsal: inputs, people who label them, and how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.served import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

_PEOPLE = """\
tasks:
  alone: {name: Alone, worker: {strategy: FULL, user_ids: [ana]}}
  agreed:
    name: Agreed
    worker: {strategy: FULL, user_ids: [ana, bo, cy]}
    concept_ids: [cat]
    input_source: {type: DATASET, id: wild}
    review:
      strategy: CONSENSUS
      consensus_strategy_info: {approval_threshold: 2}
      user_ids: [rev]
  watched:
    name: Watched
    worker: {strategy: FULL, user_ids: [ana]}
    input_source: {type: ALL_INPUTS}
    review: {strategy: MANUAL, user_ids: [rev]}
"""


@pytest.fixture(params=["in a file", "served"])
def place(
    request: pytest.FixtureRequest, project: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, ...]]:
    """Name a sandbox, and aim the project at it."""
    (project / "tasks/t.yaml").write_text(_PEOPLE)
    for other in project.glob("tasks/*.yaml"):
        if other.name not in ("t.yaml", "reconciler.yaml"):
            other.unlink()
    if request.param == "in a file":
        yield ()
        return
    monkeypatch.setenv("CLARIFAI_PAT", "secret")
    with serving(project / "served.db", "--token", "secret") as (url, _):
        config = f"owner: acme\ntargets: {{t: {{url: '{url}', requests_per_second: 1000}}}}\n"
        (project / "tasks/reconciler.yaml").write_text(config)
        yield ("--url", url, "--token", "secret")


def _show(invoke: Invoke, place: tuple[str, ...]) -> dict[str, Any]:
    tasks = invoke("sandbox", "show", "--format", "json", *place).document["tasks"]
    return {task["name"]: task for task in tasks}


def test_from_inputs_to_done(invoke: Invoke, place: tuple[str, ...]) -> None:
    seeded = invoke("sandbox", "seed", "--inputs", "2", "--dataset", "wild=12", *place)
    assert seeded.out == "Added 14 inputs, 1 dataset, 0 concepts.\n"
    assert invoke("apply", "--auto-approve").code == 0
    begun = invoke("sandbox", "label", "--most", "5", "--task", "Agreed", *place)
    assert begun.out == "Agreed: 15 inputs labelled\n"
    shown = _show(invoke, place)
    assert (shown["Agreed"]["done"], shown["Agreed"]["inputs"]) == (5, 12)
    assert (shown["Watched"]["done"], shown["Watched"]["inputs"]) == (0, 14)
    done = invoke("sandbox", "label", "--review", *place)
    assert done.code == 0
    assert "Watched: 14 labels approved\n" in done.out
    shown = _show(invoke, place)
    assert shown["Watched"]["status"] == shown["Agreed"]["status"] == "TASK_DONE"
    assert "No changes." in invoke("plan").out


def test_who_agrees_needs_no_reviewer(invoke: Invoke, place: tuple[str, ...]) -> None:
    invoke("sandbox", "seed", "--dataset", "wild=10", *place)
    assert invoke("apply", "--auto-approve").code == 0
    invoke("sandbox", "label", "--agreement", "1", "--task", "Agreed", *place)
    workers = _show(invoke, place)["Agreed"]["workers"]
    assert [worker["worker"] for worker in workers] == ["ana", "bo", "cy"]
    assert all(worker["approved"] == 10 for worker in workers)


def test_the_table(invoke: Invoke, place: tuple[str, ...]) -> None:
    invoke("sandbox", "seed", "--inputs", "3", *place)
    assert invoke("apply", "--auto-approve").code == 0
    invoke("sandbox", "label", "--task", "Watched", *place)
    assert invoke("sandbox", "show", *place).out == (
        "TASK     STATUS       DONE  WORKER  TO DO  CONSENSUS  REVIEW  OK  DENIED\n"
        "Agreed   IN_PROGRESS  0/0   ana         0          0       0   0       0\n"
        "                            bo          0          0       0   0       0\n"
        "                            cy          0          0       0   0       0\n"
        "Alone    IN_PROGRESS  0/0   ana         0          0       0   0       0\n"
        "Watched  IN_PROGRESS  0/3   ana         0          0       3   0       0\n"
        "3 tasks shown.\n"
    )


def test_the_same_dice_fall_the_same(invoke: Invoke, place: tuple[str, ...]) -> None:
    def rehearse(*dice: str) -> Any:
        invoke("sandbox", "reset", *place)
        invoke("sandbox", "seed", "--dataset", "wild=30", *place)
        invoke("apply", "--auto-approve")
        invoke("sandbox", "label", "--agreement", "0.5", "--task", "Agreed", *dice, *place)
        return [each["rejected"] for each in _show(invoke, place)["Agreed"]["workers"]]

    first = rehearse()
    assert any(first)
    assert rehearse() == first
    assert rehearse("--dice", "1") != first


def test_a_reset_leaves_nothing(invoke: Invoke, place: tuple[str, ...]) -> None:
    invoke("sandbox", "seed", "--inputs", "3", "--concept", "cat", *place)
    assert invoke("apply", "--auto-approve").code == 0
    assert invoke("sandbox", "reset", *place).out == "3 tasks deleted.\n"
    assert _show(invoke, place) == {}
    again = invoke("sandbox", "seed", "--inputs", "3", "--concept", "cat", *place)
    assert again.out == "Added 3 inputs, 0 datasets, 1 concept.\n"
    more = invoke("sandbox", "seed", "--inputs", "1", "--concept", "cat", *place)
    assert more.out == "Added 1 input, 0 datasets, 0 concepts.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show",), 1, "no sandbox in .reconciler/sandbox.db; `sandbox seed` makes one"),
        (("seed",), 64, "nothing to add; give --inputs, --dataset or --concept"),
        (("seed", "--dataset", "wild"), 64, "wild isn't NAME=N, such as wildlife=100"),
        (("show", "--url", "http://127.0.0.1:1"), 1, "No sandbox answers at http://127.0.0.1:1"),
        (("show", "--url", "https://api.clarifai.com"), 1, "--url is no plain http:// URL"),
        (("show", "--db", "x.db", "--url", "http://127.0.0.1:1"), 64, "name two sandboxes"),
    ],
)
def test_what_cannot_be_done(
    invoke: Invoke, project: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = invoke("sandbox", *arguments)
    assert result.code == code
    assert words in result.err
    assert not (project / ".reconciler").exists()


def test_a_task_that_is_not_there(invoke: Invoke, place: tuple[str, ...]) -> None:
    invoke("sandbox", "seed", "--inputs", "1", *place)
    result = invoke("sandbox", "label", "--task", "nope", *place)
    assert result.code == 1
    assert "There is no task nope in this app; `sandbox show` lists them." in result.err


def test_another_key_is_refused(invoke: Invoke, project: Path) -> None:
    with serving(project / "served.db", "--token", "secret") as (url, _):
        for action in ("show", "reset"):
            result = invoke("sandbox", action, "--url", url, "--token", "other")
            assert result.code == 1
            assert "the key is not known (11009)" in result.err
            assert "other" not in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "--url", "http://[::1"),
        ("show", "--url", "http://127.0.0.1:1 x"),
        ("show", "--url", "http://ana:hush@127.0.0.1:1"),
        ("show", "--url", "http://127.0.0.1:1", "--token", "hush\nb"),
        ("show", "--url", "http://127.0.0.1:1", "--token", "ключ hush"),
        ("show", "--db", "x" * 300),
    ],
)
def test_no_traceback_and_no_secret(invoke: Invoke, arguments: tuple[str, ...]) -> None:
    result = invoke("sandbox", *arguments)
    assert result.code == 1
    assert result.err.startswith("Error: ")
    assert "hush" not in result.err


def test_people_with_odd_ids_label_too(invoke: Invoke, project: Path) -> None:
    with serving(project / "served.db") as (url, _):
        place = ("--url", url)
        invoke("sandbox", "seed", "--inputs", "2", *place)
        task = {
            "name": "Odd",
            "worker": {"strategy": "FULL", "user_ids": ["a:b", "анна", "a b"]},
            "input_source": {"type": "ALL_INPUTS"},
        }
        headers = {"Authorization": "Key sandbox"}
        httpx.post(f"{url}/v2/tasks", json={"tasks": [task]}, headers=headers).raise_for_status()
        assert invoke("sandbox", "label", *place).out == "Odd: 6 inputs labelled\n"


def test_a_server_that_breaks_off(invoke: Invoke, project: Path) -> None:
    script = project / "faults.yaml"
    script.write_text("- {request: list, nth: 1, fault: truncate}\n")
    with serving(project / "served.db", "--faults", str(script)) as (url, _):
        result = invoke("sandbox", "show", "--url", url)
    assert result.code == 1
    assert "broke off its answer; try again." in result.err


def test_what_a_seed_and_a_reset_refuse(invoke: Invoke) -> None:
    assert invoke("sandbox", "seed", "--dataset", "a=99999999").code == 64
    assert invoke("sandbox", "label", "--agreement", "nan").code == 64
    assert invoke("sandbox", "reset", "--app-id", "other").code == 64
    assert invoke("sandbox", "seed", "--dataset", "a=2", "--dataset", "a=3").out.startswith(
        "Added 5 inputs"
    )
