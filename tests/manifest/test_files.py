"""Folders and names that the file system allows and that no case folder can hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import ProblemsFoundError
from reconciler.manifest import Scope, load_desired
from reconciler.manifest.files import name_file, read_file

if TYPE_CHECKING:
    from reconciler.problem import Problem


def problems_of(directory: Path) -> tuple[Problem, ...]:
    with pytest.raises(ProblemsFoundError) as caught:
        load_desired(directory, Scope())
    return caught.value.problems


@pytest.mark.parametrize("name", ["x" * 300, "x\0y", "loop", "loop/x", "nowhere"])
def test_no_name_of_a_folder_is_too_strange(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    (problem,) = problems_of(Path(name))
    assert (problem.code, problem.sentence) == ("no-directory", "there is no such folder")


def test_a_folder_that_cannot_be_read_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passed over, its tasks would be deleted."""
    (tmp_path / "secret").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (problem,) = problems_of(tmp_path)
    assert problem.place.file.endswith("secret")
    assert problem.sentence == "the folder can't be read: permission denied"


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), None])
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_checked(
    error: OSError | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forbidden, or gone between the listing of the folder and its turn."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("tasks: 5")
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "a.yaml":
            if error:
                raise error
            path.unlink()
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    first, second = problems_of(tmp_path)
    reason = "permission denied" if error else "no such file or directory"
    assert (first.code, first.sentence) == ("file-unreadable", f"the file can't be read: {reason}")
    assert second.code == "file-shape"


def test_a_link_is_named_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("tasks", "shared"):
        Path(folder).mkdir()
    Path("shared/real.yaml").write_text("tasks: 5")
    Path("tasks/link.yaml").symlink_to("../shared/real.yaml")
    for directory in (Path("tasks"), tmp_path / "tasks"):
        (problem,) = problems_of(directory)
        assert problem.place.file == "tasks/link.yaml"


def test_what_lies_elsewhere_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert name_file(tmp_path / "tasks") == (tmp_path / "tasks").as_posix()
    assert name_file(Path("../tasks")) == "../tasks"


def test_a_name_that_is_no_text_can_be_printed(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"\xff.yaml")).write_text("tasks: 5")
    except OSError:
        pytest.skip("this file system takes only text for names")
    (problem,) = problems_of(tmp_path)
    assert problem.place.file.endswith("\\xff.yaml")
    assert problem.place.file.isprintable()


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["without mark", "with mark"])
def test_a_wrong_byte_is_found_by_characters(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(start + "tasks:\n  éé: ".encode() + b"\xff\n")
    _, (problem,) = read_file(path)
    assert (problem.place.line, problem.place.column) == (2, 7)
