"""What did a person probably mean? The nearest of the words that there are."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST: Final = 200
"""Of more words the nearest one takes too long to find."""


def suggest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?" for the nearest of *known*, "" if none is near.

    One that begins with the word is nearer than any other.
    """
    by_fold = {each.casefold(): each for each in islice(known, _MOST)}
    folded = word.casefold()
    longer = [each for each in by_fold if each.startswith(folded)] if len(word) > 2 else []  # noqa: PLR2004
    near = longer if len(longer) == 1 else get_close_matches(folded, by_fold, n=1)
    return f"did you mean `{by_fold[near[0]]}`?" if near else ""
