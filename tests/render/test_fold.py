"""Text fits the screen: whole words, continued behind the gutter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.fold import fold

LONG = '~ update annotate-cat "Annotate cat": changed in the files (tasks/animals.yaml:9:3)'


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("short", 80, "short"),
        (LONG, 80, LONG.replace(" (tasks", "\n    (tasks")),
        (f"\x1b[33m{LONG}\x1b[0m", 200, f"\x1b[33m{LONG}\x1b[0m"),
        ("  | a: one two three four five six", 22, "  | a: one two three\n  |     four five six"),
        ("  |   + one two three four five", 22, "  |   + one two three\n  |     four five"),
        ("x" * 50, 20, "x" * 50),
        ("猫" * 6 + " " + "犬" * 6, 20, "猫" * 6 + "\n    " + "犬" * 6),
    ],
)
def test_fold(text: str, width: int, expected: str) -> None:
    assert fold(text, width) == expected


@given(st.text(st.sampled_from("ab |\n~"), max_size=200), st.integers(20, 80))
def test_no_word_is_lost_and_no_line_gets_a_new_beginning(text: str, width: int) -> None:
    folded = fold(text, width)
    assert folded.replace("|", "").split() == text.replace("|", "").split()
    assert all(line.startswith(("    ", "  |     ")) or line in text for line in folded.split("\n"))
