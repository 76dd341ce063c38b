"""What a run leaves behind: its record, `history`, and the way back."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from reconciler.cli import runs
from tests.served import serving

if TYPE_CHECKING:
    from tests.cli.conftest import Invoke

RUNS = Path(".reconciler/runs")
CANARY = "canary-7d20aa"


@pytest.fixture(autouse=True)
def token(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a token for what is served; the project has cleared the environment."""
    assert project.exists()
    monkeypatch.setenv("CLARIFAI_PAT", CANARY)


def records() -> list[Path]:
    return sorted(RUNS.glob("*.jsonl"))


def lines_of(record: Path) -> list[Any]:
    return [json.loads(line) for line in record.read_text().splitlines()]


def write_tasks(text: str, file: str = "tasks/t.yaml") -> None:
    Path(file).write_text(text)


def live(invoke: Invoke) -> dict[str, Any]:
    """Return what people wrote of the live tasks, by name."""
    tasks = invoke("list", "--format", "json").document["tasks"]
    server = {"id", "created_at", "modified_at", "metadata"}
    return {
        t["name"]: {n: value for n, value in t["task"].items() if n not in server} for t in tasks
    }


def test_an_apply_keeps_what_it_did(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    [record] = records()
    start, *rest, end = lines_of(record)
    assert start["run"] == record.stem
    assert (start["kind"], start["command"], start["owner"]) == ("run", "apply", "acme")
    assert start["target"]["url"] == "sandbox:.reconciler/sandbox.db"
    assert start["plan"]["create"] == 2
    assert start["format_version"] == "1.0"
    kinds = [(line["kind"], line["key"]) for line in rest]
    # The first task goes alone, until the API is known to keep the mark of ownership.
    assert kinds == [("intent", "one"), ("outcome", "one"), ("intent", "two"), ("outcome", "two")]
    assert (end["kind"], end["outcome"], end["exit_code"]) == ("end", "complete", 0)
    assert end["summary"]["created"] == 2


def test_what_changes_a_task_keeps_the_task_as_it_was(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    before = invoke("show", "two", "--format", "json").document["task"]
    write_tasks("tasks: {one: {name: One, sample_ms: 5}}")
    invoke("apply", "--auto-approve")
    intents = [line for line in lines_of(records()[-1]) if line["kind"] == "intent"]
    assert [(i["action"], i["key"]) for i in intents] == [("update", "one"), ("delete", "two")]
    assert intents[0]["before"]["sample_ms"] == 1000
    assert intents[1]["before"] == before


def test_only_what_writes_leaves_a_record(invoke: Invoke) -> None:
    invoke("plan")
    invoke("apply")  # There is no terminal to ask.
    assert not RUNS.exists()
    invoke("apply", "--auto-approve")
    invoke("apply", "--auto-approve")
    invoke("plan")
    assert len(records()) == 1


def test_records_are_closed_to_others_and_to_version_control(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    [record] = records()
    modes = [path.stat().st_mode & 0o777 for path in (RUNS.parent, RUNS, record)]
    assert modes == [0o700, 0o700, 0o600]
    assert (RUNS / ".gitignore").read_text() == "*\n"


def test_the_folder_can_be_elsewhere(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_STATE_DIR", str(tmp_path / "state"))
    invoke("apply", "--auto-approve")
    assert not RUNS.exists()
    assert len(list((tmp_path / "state/runs").glob("*.jsonl"))) == 1
    assert invoke("history").out.endswith("1 run listed.\n")


def test_history_lists_runs_newest_first(invoke: Invoke) -> None:
    assert invoke("history").out == "0 runs listed.\n"
    invoke("apply", "--auto-approve")
    invoke("destroy", "--auto-approve")
    head, newest, oldest, count = invoke("history").out.splitlines()
    assert head.split() == ["RUN", "WHEN", "TARGET", "OWNER", "COMMAND", "OUTCOME", "DONE"]
    assert newest.endswith("sandbox  acme   destroy  complete  2 deleted")
    assert oldest.endswith("sandbox  acme   apply    complete  2 created")
    assert count == "2 runs listed."
    first, second = invoke("history", "--format", "json").document["runs"]
    assert (first["command"], first["summary"]["deleted"]) == ("destroy", 2)
    assert (second["command"], second["outcome"], second["exit_code"]) == ("apply", "complete", 0)
    assert first["run"] > second["run"]


def test_history_shows_one_run(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    result = invoke("history", "latest")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == f"run:     {records()[0].stem}"
    assert lines[5] == "outcome: complete (exit code 0)"
    assert lines[7].startswith('+ created one "One" (id ')
    assert lines[-1] == "2 created."
    document = invoke("history", records()[0].stem, "--format", "json").document
    assert [(a["key"], a["outcome"], a["error"]) for a in document["actions"]] == [
        ("one", "done", None),
        ("two", "done", None),
    ]


def test_a_run_is_named_by_the_beginning_of_its_id(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    invoke("destroy", "--auto-approve")
    for record in records():
        assert invoke("history", record.stem[:-1]).out.startswith(f"run:     {record.stem}\n")
    result = invoke("history", "2")
    assert result.code == 1
    assert result.err.endswith("write more of the id\n")
    result = invoke("history", "1999")
    assert (result.code, "`reconciler history` lists them" in result.err) == (1, True)


def test_a_failure_is_told_with_its_error(invoke: Invoke) -> None:
    review = "{strategy: MANUAL, user_ids: [bo], manual_strategy_info: {approval_threshold: 5}}"
    write_tasks(f"tasks: {{one: {{name: One}}, two: {{name: Two, review: {review}}}}}")
    assert invoke("apply", "--auto-approve").code == 3
    text = invoke("history", "latest").out
    assert "outcome: incomplete (exit code 3)" in text
    assert '! create failed: two "Two"\n  | ' in text
    assert text.endswith("1 created, 1 failed.\n")
    failed = invoke("history", "latest", "--format", "json").document["actions"][1]
    assert (failed["error"]["http_status"], failed["error"]["code"]) == (400, 11102)


def aim_at(url: str) -> None:
    Path("tasks/reconciler.yaml").write_text(f"owner: acme\ntargets: {{t: {{url: '{url}'}}}}")


RICH = """\
tasks:
  cat:
    name: "Cats \\\\{{ here"
    description: |
      Mark every cat,
      and none of the dogs: NO.
    type: BOUNDING_BOX_DETECTION
    concept_ids: ["yes", "12"]
    sample_ms: 1000
    priority: HIGH
    input_source: {type: DATASET, id: cats}
    worker:
      strategy: PARTITIONED
      user_ids: [ana, bo]
      partitioned_strategy_info: {type: WEIGHTED, workers_per_input: 1, weights: {ana: 90, bo: 10}}
    review:
      strategy: CONSENSUS
      user_ids: [cy]
      consensus_strategy_info: {approval_threshold: 1}
    ai_assist_params: {min_threshold: 0.3, max_threshold: 0.7}
    metadata: {team: "007", nested: {nothing: null, list: [1, true, 1.5]}}
    lifecycle: {on_delete: delete, ignore_changes: [priority]}
  dog:
    name: Dogs
    worker: {strategy: DYNAMIC, user_ids: [ana]}
  fox:
    name: Foxes
    status: {code: TASK_DONE}
"""


@pytest.mark.parametrize("writes", ["current", "classic", "mirrors"])
def test_what_a_wrong_delete_took_comes_back(invoke: Invoke, tmp_path: Path, writes: str) -> None:
    with serving(tmp_path / "db", "--writes", writes) as (url, _):
        aim_at(url)
        write_tasks(RICH)
        assert invoke("apply", "--auto-approve").code == 0
        before = live(invoke)
        write_tasks("tasks: {dog: {name: Wolves, description: Howl, sample_ms: 7}}")
        assert invoke("apply", "--auto-approve", "--allow-recreate", "cat").code == 0
        assert live(invoke).keys() == {"Wolves"}
        restored = invoke("history", "latest", "--restore", "restored.yaml")
        assert restored.code == 0
        assert restored.err.startswith("3 tasks written to restored.yaml.\nOf them 2 deleted: ")
        Path("restored.yaml").replace("tasks/t.yaml")
        validated = invoke("validate")
        assert (validated.code, validated.err) == (0, "")
        assert validated.out == "No problems: 3 tasks in 2 files.\n"
        done = invoke("apply", "--auto-approve")
        assert done.out.splitlines()[-1] == "Apply complete: 2 created, 1 updated, 0 deleted."
        assert live(invoke) == before
        assert "No changes. 3 tasks match." in invoke("plan").out
    task = yaml.safe_load(Path("tasks/t.yaml").read_text())["tasks"]["cat"]
    assert task["name"] == "Cats \\{{ here"
    assert task["lifecycle"] == {"ignore_changes": ["priority"]}
    assert task["metadata"] == {"team": "007", "nested": {"nothing": None, "list": [1, True, 1.5]}}
    assert task["ai_assist_params"] == {"min_threshold": 0.3, "max_threshold": 0.7}
    assert "id" not in task


def test_what_destroy_took_comes_back(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    before = live(invoke)
    invoke("destroy", "--auto-approve")
    assert invoke("history", "latest", "--restore", "r.yaml").code == 0
    Path("r.yaml").replace("tasks/t.yaml")
    assert "2 created" in invoke("apply", "--auto-approve").out
    assert live(invoke) == before


def test_what_was_adopted_is_found_by_its_id(invoke: Invoke) -> None:
    """Once taken over it has our mark, and its key finds it; released again it has none."""
    write_tasks("tasks: {one: {name: One, lifecycle: {on_delete: retain}}}")
    invoke("apply", "--auto-approve")
    write_tasks("tasks: {}")
    assert "1 released" in invoke("apply", "--auto-approve", "--allow-empty").out
    [task_id] = [t["id"] for t in invoke("list", "--format", "json").document["tasks"]]
    assert invoke("history", "latest", "--restore", "released.yaml").code == 0
    released = yaml.safe_load(Path("released.yaml").read_text())["tasks"]["one"]
    assert (released["id"], released["lifecycle"]) == (task_id, {"on_delete": "retain"})
    write_tasks("tasks: {uno: {name: One, description: ours}}")
    assert "1 adopted" in invoke("apply", "--auto-approve", "--adopt").out
    assert invoke("history", "latest", "--restore", "adopted.yaml").code == 0
    adopted = yaml.safe_load(Path("adopted.yaml").read_text())["tasks"]["uno"]
    assert (adopted["id"], adopted["description"]) == (task_id, ""), "it had none"
    Path("released.yaml").replace("tasks/t.yaml")
    done = invoke("apply", "--auto-approve")
    assert "1 updated" in done.out
    assert invoke("list", "--format", "json").document["tasks"][0]["key"] == "one"


def test_a_task_that_was_moved_gets_its_key_back(invoke: Invoke) -> None:
    write_tasks("tasks: {one: {name: One}}")
    invoke("apply", "--auto-approve")
    write_tasks("tasks: {uno: {name: Uno, moved_from: one}}")
    invoke("apply", "--auto-approve")
    invoke("history", "latest", "--restore", "r.yaml")
    Path("r.yaml").replace("tasks/t.yaml")
    assert yaml.safe_load(Path("tasks/t.yaml").read_text())["tasks"]["one"]["moved_from"] == "uno"
    assert "1 updated, 0 deleted." in invoke("apply", "--auto-approve").out
    [task] = invoke("list", "--format", "json").document["tasks"]
    assert (task["key"], task["name"]) == ("one", "One")


def test_restoring_never_overwrites_a_file(invoke: Invoke) -> None:
    invoke("apply", "--auto-approve")
    result = invoke("history", "latest", "--restore", "r.yaml")
    assert (result.code, Path("r.yaml").exists()) == (1, False)
    assert "choose another one" in result.err, "it only created tasks"
    invoke("destroy", "--auto-approve")
    Path("r.yaml").write_text("mine")
    result = invoke("history", "latest", "--restore", "r.yaml")
    assert (result.code, Path("r.yaml").read_text()) == (64, "mine")
    assert invoke("history", "--restore", "new.yaml").code == 64
    assert invoke("history", "latest", "--restore", "none/new.yaml").code == 64


def test_a_folder_that_cannot_be_written_stops_the_run_before_it_writes(invoke: Invoke) -> None:
    RUNS.parent.mkdir()
    RUNS.write_text("not a folder")
    result = invoke("apply", "--auto-approve", "--format", "json")
    assert result.code == 1
    assert result.document["error"]["code"] == "run-record"
    assert "RECONCILER_STATE_DIR" in result.err
    assert live(invoke) == {}


def limited(most: int) -> dict[str, Any]:
    """Return what lets a process write files of no more than *most* bytes."""
    limit = (most, most)
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)}


def apply_process(**options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply", "--auto-approve", "--batch-size", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        **options,
    )


def many(count: int) -> str:
    return "tasks:\n" + "".join(f"  t{n:02}: {{name: Task {n:02}}}\n" for n in range(count))


def test_a_full_disk_ends_the_run_with_its_report(invoke: Invoke, tmp_path: Path) -> None:
    """What is known is told; each task that is live has its intent in the record."""
    write_tasks(many(9))
    with serving(tmp_path / "db") as (url, _):
        aim_at(url)
        out, err = apply_process(**limited(1500)).communicate(timeout=60)
        created = live(invoke)
    assert 0 < len(created) < 9
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (created|unknown|not)", out[-200:])}
    # What was under way when the disk was full came to its end.
    assert counts == {"created": len(created), "not": 9 - len(created)}
    assert "Traceback" not in err
    assert "the run record" in err
    kept = invoke("history", "latest", "--format", "json").document
    assert {a["name"] for a in kept["actions"]} >= created.keys()


def test_a_run_that_is_killed_leaves_a_record(invoke: Invoke, tmp_path: Path) -> None:
    write_tasks(many(6))
    with serving(tmp_path / "db", "--latency", "0.2") as (url, _):
        aim_at(url)
        process = apply_process()
        wait_for(lambda: records() and records()[0].read_bytes().count(b'"intent"') >= 2)
        assert invoke("history").out.splitlines()[1].split()[-3:-1] != ["killed"]
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        time.sleep(0.5)
        created = live(invoke)
        document = invoke("history", "latest", "--format", "json").document
        ends = {a["name"]: a["outcome"] for a in document["actions"]}
        assert created.keys() <= ends.keys(), "nothing is sent before it is written down"
        assert {name for name, end in ends.items() if end == "done"} <= created.keys()
        assert "unknown" in ends.values()
        assert document["outcome"] == "killed"
        assert document["summary"]["not_attempted"] == 6 - len(ends)
        text = invoke("history", "latest").out
        assert "outcome: killed\n" in text
        assert "! create unknown: " in text
        assert invoke("apply", "--auto-approve").code == 0
        assert len(live(invoke)) == 6
    assert CANARY not in "".join(record.read_text() for record in records())


def test_a_run_that_goes_on_is_not_called_killed(invoke: Invoke, tmp_path: Path) -> None:
    with serving(tmp_path / "db", "--latency", "0.3") as (url, _):
        aim_at(url)
        process = apply_process()
        wait_for(lambda: records() and b'"intent"' in records()[0].read_bytes())
        assert "running" in invoke("history").out
        assert process.wait(30) == 0
        process.communicate()
    assert "complete" in invoke("history").out


def test_a_run_that_is_told_to_end_closes_its_record(invoke: Invoke, tmp_path: Path) -> None:
    write_tasks(many(30))
    with serving(tmp_path / "db", "--latency", "0.2") as (url, _):
        aim_at(url)
        process = apply_process()
        wait_for(lambda: records() and records()[0].read_bytes().count(b'"intent"') >= 2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    document = invoke("history", "latest", "--format", "json").document
    assert (document["outcome"], document["exit_code"]) == ("interrupted", 130)
    assert len(document["actions"]) == 30
    assert document["actions"][-1]["outcome"] == "not_attempted"


def test_two_applies_at_once_have_a_record_each(invoke: Invoke, tmp_path: Path) -> None:
    write_tasks(many(3))
    with serving(tmp_path / "db", "--latency", "0.05") as (url, _):
        aim_at(url)
        processes = [apply_process(), apply_process()]
        for process in processes:
            process.communicate(timeout=60)
        names = [task["name"] for task in invoke("list", "--format", "json").document["tasks"]]
    ends = [lines_of(record)[-1]["kind"] for record in records()]
    assert ends == ["end", "end"]
    created = [
        line["id"]
        for record in records()
        for line in lines_of(record)
        if line["kind"] == "outcome" and line["outcome"] == "done"
    ]
    assert len(created) == len(set(created)) == len(names)


def wait_for(holds: Any) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_no_record_holds_the_token(invoke: Invoke, tmp_path: Path) -> None:
    with serving(tmp_path / "db", "--token", CANARY) as (url, _):
        aim_at(url)
        for text in (many(3), "tasks: {t01: {name: Task 01, priority: LOW}}"):
            write_tasks(text)
            out, _ = apply_process().communicate(timeout=30)
            assert "Apply complete" in out
    assert invoke("history").out.endswith("2 runs listed.\n")
    written = "".join(path.read_text() for path in RUNS.iterdir())
    assert '"before"' in written
    assert CANARY not in written


def test_the_newest_records_are_kept(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_RUNS", 3)
    RUNS.mkdir(parents=True)
    strangers = ["20200101T000000Z-0000.jsonl", "20200101T000000Z-0001.json", "notes.txt"]
    for stranger in strangers:
        (RUNS / stranger).write_text("mine\n")
    (RUNS / "20200101T000000Z-0002.jsonl").mkdir()
    for number in range(5):
        write_tasks(f"tasks: {{one: {{name: One, sample_ms: {number + 1}}}}}")
        invoke("apply", "--auto-approve")
        newest = records()[-1]
    assert [r.name for r in records()][:2] == [strangers[0], "20200101T000000Z-0002.jsonl"]
    kept = [r for r in records() if r.name > "2021"]
    assert len(kept) == 3
    assert kept[-1] == newest
    assert all((RUNS / stranger).read_text() == "mine\n" for stranger in strangers)
    result = invoke("history")
    assert result.out.endswith("3 runs listed.\n")
    assert result.err.count("warning: ") == 1


def test_no_more_than_so_many_bytes_are_kept(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_BYTES", 10)
    for number in range(3):
        write_tasks(f"tasks: {{one: {{name: One, sample_ms: {number + 1}}}}}")
        invoke("apply", "--auto-approve")
    assert len(records()) == 1, "the current one stays"


def test_a_record_that_is_being_written_stays(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke("apply", "--auto-approve")
    [first] = records()
    monkeypatch.setattr(runs, "MOST_RUNS", 1)
    with first.open("rb") as held:
        runs.lock(held.fileno())
        invoke("destroy", "--auto-approve")
        assert first in records()
    invoke("apply", "--auto-approve")
    assert first not in records()


def test_runs_of_one_moment_have_ids_of_their_own(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_795_541_400_290_000_000)
    invoke("apply", "--auto-approve")
    invoke("destroy", "--auto-approve")
    first, second = (record.stem for record in records())
    assert (first, second) == ("20261124T173000Z-4a3d", "20261124T173000Z-4a3e")
    assert "destroy" in invoke("history", "latest").out
