"""The page of each code: its wrong example gives the code, its right one gives nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.codes import Page, read_pages
from reconciler.workflow import check_files

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [pytest.param(page, id=code) for code, page in read_pages().items()]
EXAMPLES = [pytest.param(page, id=code) for code, page in read_pages().items() if page.wrong]

SANDBOX = "targets: {sandbox: {url: 'sandbox:s.db'}}\n"


def found(page: Page, example: str, folder: Path) -> list[tuple[str, str]]:
    files = {"t.yaml": "tasks: {}\n", "reconciler.yaml": SANDBOX}
    files[page.file or "t.yaml"] = example
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    problems = check_files(folder, target="", given={}).problems
    return [(problem.code, str(problem.severity)) for problem in problems]


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_wrong_example_gives_the_code_and_nothing_else(page: Page, tmp_path: Path) -> None:
    assert set(found(page, page.wrong, tmp_path)) == {(page.code, str(page.severity))}


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_right_example_gives_nothing(page: Page, tmp_path: Path) -> None:
    assert page.right
    assert found(page, page.right, tmp_path) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_and_why(page: Page) -> None:
    assert page.title[0].isupper() or page.title.startswith(("`", "for_each"))
    assert not page.title.endswith(".")
    assert page.text.endswith(".")
