"""Files that no case folder can hold, and texts that nobody would write."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import ProblemsFoundError
from reconciler.manifest import Scope, load_desired
from reconciler.manifest.variables import substitute
from reconciler.manifest.yamltext import read_text
from reconciler.problem import Excerpt
from reconciler.render.problems import render_problems

TASK = "tasks: {a: {name: A}}\n"


def codes(folder: Path) -> list[str]:
    with pytest.raises(ProblemsFoundError) as caught:
        load_desired(folder, Scope())
    return [problem.code for problem in caught.value.problems]


def keys(folder: Path) -> list[str]:
    return [task.key for task in load_desired(folder, Scope()).desired]


def test_a_folder_that_is_not_there_or_none(tmp_path: Path) -> None:
    assert codes(tmp_path / "nowhere") == ["no-directory"]
    (tmp_path / "file").write_text(TASK)
    assert codes(tmp_path / "file") == ["no-directory"]


def test_a_part_of_an_owners_set_is_refused(tmp_path: Path) -> None:
    """Its tasks would be all there is, and the others deleted."""
    (tmp_path / "reconciler.yaml").write_text("owner: acme")
    (tmp_path / "part").mkdir()
    (tmp_path / "part/t.yaml").write_text(TASK)
    with pytest.raises(ProblemsFoundError) as caught:
        load_desired(tmp_path / "part", Scope())
    assert "--only" in caught.value.problems[0].hint
    assert keys(tmp_path) == ["a"]


def test_links_to_files_are_followed_and_to_folders_not(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "tasks", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "t.yaml").write_text(TASK)
    (folder / "link.yaml").symlink_to(elsewhere / "t.yaml")
    (folder / "linked").symlink_to(elsewhere)
    (folder / ".git").mkdir()
    (folder / ".git/t.yaml").write_text("[")
    assert keys(folder) == ["a"]


def test_what_is_called_like_a_file_and_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "folder.yaml/t.yaml").write_text(TASK)
    assert codes(tmp_path) == ["file-unreadable", "file-kind"]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_bytes(b"\xef\xbb\xbf" + TASK.encode())
    assert keys(tmp_path) == ["a"]


@pytest.mark.parametrize("levels", [5_000, 200_000])
@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "? "])
def test_no_depth_hurts(levels: int, unit: str) -> None:
    _, problems = read_text(unit * levels, file="t.yaml")
    assert [problem.code for problem in problems] == ["yaml-depth"] or [
        problem.code for problem in problems
    ] == ["yaml-key"]


@pytest.mark.parametrize("start", ["a: ", 'a: "', "a: |\n  "])
def test_much_data_is_no_problem(start: str) -> None:
    size = 20_000_000
    text = start + "x" * size + ('"' if start.endswith('"') else "")
    document, problems = read_text(text, file="t.yaml")
    assert problems == ()
    assert len(document.data["a"]) == size  # type: ignore[index,call-overload,arg-type]


def test_numbers_without_end_are_not_read() -> None:
    long = "9" * 1_000_000
    _, problems = read_text(f"a: {long}\nc: 0.{long}", file="t.yaml")
    assert [problem.code for problem in problems] == ["yaml-value"] * 2


@pytest.mark.parametrize("unit", ["k{}: 1\n", "- {}\n"])
def test_a_file_of_too_much_is_refused_before_it_is_built(unit: str) -> None:
    text = "".join(unit.format(number) for number in range(1_000_000))
    _, (problem,) = read_text(text, file="t.yaml")
    assert problem.code == "yaml-size"


def test_a_wrong_task_with_much_in_it_is_quoted_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"tasks: {{a: {{name: A, description: '{'x' * 1_000_000}', nmae: '{'y' * 1_000_000}'}}}}"
    Path("t.yaml").write_text(text)
    with pytest.raises(ProblemsFoundError) as caught:
        load_desired(Path(), Scope())
    (problem,) = caught.value.problems
    assert problem.code == "unknown-field"
    assert isinstance(problem.excerpt, Excerpt)
    assert len(problem.excerpt.text) < 1000
    assert max(map(len, render_problems((problem,)).splitlines())) < 120


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_gives_data_or_problems(text: str) -> None:
    document, problems = read_text(text, file="t.yaml")
    if not problems:
        json.dumps(document.data, allow_nan=False)


@given(st.text(alphabet="ab:-?{}[]&*!|>'\"#%,\n \t<~01.{{x}}", max_size=40))
@settings(max_examples=1000, deadline=None)
def test_texts_of_signs_read_as_pyyaml_reads_them(text: str) -> None:
    document, problems = read_text(text, file="t.yaml")
    if problems:
        return
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert document.data == yaml.load(text, Loader=loader)  # noqa: S506 - both are safe


_plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(_plain, st.booleans())
@settings(max_examples=200, deadline=None)
def test_what_was_written_is_read(data: Any, flow: bool) -> None:  # noqa: FBT001
    text = yaml.safe_dump(data, default_flow_style=flow)
    document, problems = read_text(text, file="t.yaml")
    assert problems == ()
    assert document.data == data


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda t: f"tasks: {t}".encode()))
@settings(max_examples=300, deadline=None)
def test_any_file_gives_tasks_or_problems(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.yaml").write_bytes(data)
        try:
            load_desired(Path(folder), Scope())
        except ProblemsFoundError as error:
            assert error.problems  # noqa: PT017 - problems are an outcome here


_names = st.sampled_from(["name", "sample_ms", "worker", "review", "user_ids", "metadata", "x"])
_bodies = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["", "FULL", "ana", "{{ v }}", "{{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"tasks": st.dictionaries(_names, _bodies)}, optional={"defaults": _bodies}
    )
)
@settings(max_examples=200, deadline=None)
def test_any_shape_of_file_gives_tasks_or_problems(data: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "t.yaml").write_text(yaml.safe_dump(data))
        try:
            load_desired(Path(folder), Scope({"v": ["ana"]}))
        except ProblemsFoundError as error:
            assert all(p.place.line and p.sentence for p in error.problems)  # noqa: PT017


@given(_plain)
def test_without_placeholders_nothing_changes(data: Any) -> None:
    if "{{" not in json.dumps(data):
        assert substitute(data, {}) == data


@given(st.text())
def test_values_are_not_filled_in_twice(value: str) -> None:
    assert substitute({"a": "{{ v }}", "b": "<{{v}}>"}, {"v": value}) == {
        "a": value,
        "b": f"<{value}>",
    }
