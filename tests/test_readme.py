"""The README shows what happens: its example, and what the commands print for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli import cli, run
from reconciler.manifest import Scope, load_desired
from reconciler.schemas import NAMES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


@pytest.fixture
def owls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up the README's first task beside the configuration of the example."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks").mkdir()
    config = (ROOT / "tasks/reconciler.yaml").read_text(encoding="utf-8")
    (tmp_path / "tasks/reconciler.yaml").write_text(config, encoding="utf-8")
    file = tmp_path / "tasks/owls.yaml"
    file.write_text(blocks("yaml")[0], encoding="utf-8")
    return file


def shown(console: str) -> list[str]:
    """Return the lines that a console block shows as output, but for what differs each time."""
    lines = [line for line in console.splitlines() if line and not line.startswith(("$", "..."))]
    return [line for line in lines if "(id " not in line and "[yes/no]" not in line]


def test_the_first_two_blocks_are_one_command_line_each() -> None:
    for kind, text in BLOCKS[:2]:
        assert kind == "sh"
        assert text.count("\n") == 1


def test_the_first_task(owls: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, changed, wrong = blocks("console")[:3]
    run(["plan"])
    run(["apply", "--auto-approve"])
    out = capfd.readouterr().out
    for line in shown(first):
        assert line in out.splitlines()
    text = owls.read_text()
    owls.write_text(text.replace("[ana]", "[ana, dee]"))
    run(["plan"])
    out = capfd.readouterr().out
    for line in shown(changed):
        assert line in out.splitlines()
    owls.write_text(text.replace("FULL", "FULLL"))
    assert run(["validate"]) == 1
    out = capfd.readouterr().out
    assert [line for line in out.splitlines() if line] == shown(wrong)


def test_the_example_declares_every_kind_of_task_of_the_seed() -> None:
    people = {"annotators": ["ana", "bo"], "reviewer": "cy"}
    specs = [task.spec for task in load_desired(ROOT / "tasks", Scope(people)).desired]
    assert len(specs) == int(re.search(r"No changes. (\d+) tasks match", README)[1])  # type: ignore[index]
    text = str(specs)
    for word in ("FULL", "PARTITIONED", "WEIGHTED", "NONE", "MANUAL", "CONSENSUS"):
        assert f"'{word}'" in text
    assert any("user_ids" not in str(spec) for spec in specs), "one is not assigned"


@pytest.mark.parametrize(
    "name", cli.list_commands(cli.make_context("r", [], resilient_parsing=True))
)
def test_every_command_and_option_is_in_the_readme(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert f"`reconciler {name}" in README
    run([name, "--help"])
    options = set(re.findall(r"--[a-z][a-z-]+", capfd.readouterr().out.split("Example:")[0]))
    for option in options - {"--help", "--verbose"}:
        assert option in README


def test_every_schema_is_in_the_readme() -> None:
    row = next(line for line in README.splitlines() if line.startswith("| `reconciler schema"))
    for name in NAMES:
        assert name in row


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
