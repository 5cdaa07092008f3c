"""Finds what a misspelled word was probably meant to be."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

_CERTAIN = 0.8
"""The similarity from which a replacement is safe without a question."""
LIKELY = 0.6
"""The similarity from which a question is useful."""


def closest(word: str, choices: Iterable[str], likeness: float = LIKELY) -> str | None:
    """The choice most similar to `word`, ignoring case; None if none is similar."""
    return _closest(word[:80], tuple(choices), likeness)


def closest_few(word: str, choices: Iterable[str], most: int, likeness: float = LIKELY) -> list[str]:
    """The choices most like `word`, at most so many, the likeliest first."""
    from difflib import get_close_matches

    by_lower_case = {choice.lower(): choice for choice in choices}
    return [by_lower_case[found] for found in get_close_matches(word.lower(), by_lower_case, most, likeness)]


@lru_cache(maxsize=1024)
def _closest(word: str, choices: tuple[str, ...], likeness: float) -> str | None:
    found = closest_few(word, choices, 1, likeness)
    return found[0] if found else None


def certain(word: str, choices: Iterable[str]) -> str | None:
    """The choice that is certainly meant: very similar to `word`, with the same digits; or its letters in
    another order.
    """
    choices = [*choices]
    found = closest(word, choices) and closest(word, choices, _CERTAIN)  # the first one is suggested anyway
    if found is None:
        found = next((each for each in choices if sorted(each) == sorted(word.lower())), None)
    return found if found and _digits(found) == _digits(word) else None


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def question(word: str, choices: Iterable[str]) -> str | None:
    """`Did you mean "..."?`, or None if nothing is similar to `word`."""
    found = closest(word, choices)
    return f"Did you mean {json.dumps(found, ensure_ascii=False)}?" if found else None


def quoted(words: Iterable[str]) -> str:
    """`"a", "b" or "c"`."""
    *others, last = [f'"{word}"' for word in words] or ['""']
    return f"{', '.join(others)} or {last}" if others else last
