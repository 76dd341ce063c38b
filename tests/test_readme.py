"""The README shows what happens: its example, and what the commands print for it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reconciler.cli import cli, run
from reconciler.manifest import Scope, load_desired
from reconciler.schemas import NAMES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_first_two_blocks_are_one_command_line_each() -> None:
    for kind, _, text in BLOCKS[:2]:
        assert kind == "sh"
        assert text.count("\n") == 1


def test_the_story_happens_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each file is written and each command run in the order of the page."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks").mkdir()
    shutil.copy(ROOT / "tasks/reconciler.yaml", "tasks/reconciler.yaml")
    commands = 0
    for kind, file, text in BLOCKS:
        if kind == "yaml" and file:
            Path(file).write_text(text, encoding="utf-8")
        elif kind == "console" and "sandbox serve" not in text:
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                check(command, shown, capfd)
                commands += 1
    assert commands > 15


def check(command: str, shown: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Run a command and compare what it prints: `...` is any lines, `…` any part of one."""
    program, *arguments = command.split()
    assert program == "reconciler"
    asked = "[yes/no]: yes\n" in shown
    run([*arguments, *(["--auto-approve"] if asked else [])])
    out, err = capfd.readouterr()
    lines = [line for line in shown.splitlines() if "[yes/no]" not in line]
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace("…", ".+") + r"\n"
        for line in lines
    )
    assert re.fullmatch(pattern, out + err), f"{command}\n{out}{err}"


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
