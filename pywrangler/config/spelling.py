"""Finds what a misspelled word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

CERTAIN = 0.8
"""Likeness from which a replacement is safe to make without asking."""
LIKELY = 0.6
"""Likeness from which it is worth a question."""


def closest(word: str, choices: Iterable[str], likeness: float = LIKELY) -> str | None:
    """The choice most like `word`, whatever its case; None where none is like it."""
    from difflib import get_close_matches

    by_lower_case = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word[:80].lower(), by_lower_case, n=1, cutoff=likeness)
    return by_lower_case[found[0]] if found else None


def is_same(word: str, choice: str) -> bool:
    """Whether `word` is certainly a misspelled `choice`: very like it, or its letters in another order."""
    return closest(word, [choice], CERTAIN) is not None or sorted(word.lower()) == sorted(choice.lower())


def question(word: str, choices: Iterable[str]) -> str | None:
    """`Did you mean "..."?`, or None where nothing is like `word`."""
    found = closest(word, choices)
    return f'Did you mean "{found}"?' if found else None


def quoted(words: Iterable[str]) -> str:
    """`"a", "b" or "c"`."""
    *others, last = [f'"{word}"' for word in words] or ['""']
    return f"{', '.join(others)} or {last}" if others else last
