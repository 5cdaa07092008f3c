"""Compares paths with patterns in time that grows with their lengths alone, whatever a person wrote.

Python's expressions try one way after the other, whose number grows with the length of the path to the power
of the number of asterisks. Here a pattern is a row of steps, and all ways are tried at once. Pure.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

DIRECTORIES, ANYTHING, NAME = "(.*/)?", ".*", "[^/]*"
"""The expressions for `**` and `*`."""
START = "^"
"""Matches at the start of a path alone. The builder does not escape it in a pattern."""
STEP = re.compile(r"\(\.\*/\)\?|\.\*|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]\*?|.", re.DOTALL)
"""What an expression consists of: something that takes one character, or any number of some."""
NOT_CHARACTERS = frozenset((START, "."))
"""Steps of one character that do not take this character."""


LONGEST_PATH = 255
"""What Python's expressions may compare, if there are few repeats: beyond it they may take too long."""
MOST_KNOWN = 2000
NOWHERE = (0, 0)


def path_matcher(expression: str) -> Callable[[str], bool]:
    """Whether an expression of `STEP`s matches a whole path. Raises `re.error`."""
    compiled, steps = re.compile(expression, re.ASCII), STEP.findall(expression)
    repeats = [*filter(is_repeat, steps)]
    if len(repeats) < 2:
        return lambda path: compiled.fullmatch(path) is not None
    in_all_ways = StepMatcher(steps)
    if len(repeats) > 3 or (len(repeats) == 3 and sum(step != NAME for step in repeats) > 1):
        return in_all_ways
    return lambda path: (
        compiled.fullmatch(path) is not None if len(path) <= LONGEST_PATH else in_all_ways(path)
    )


def is_repeat(step: str) -> bool:
    """Whether a step of an expression takes any number of characters."""
    return step in (DIRECTORIES, ANYTHING) or (step[0] == "[" and step[-1] == "*")


class StepMatcher:
    """Compares a whole path with steps, character by character, in all ways at once, as Go does.

    A step is what `STEP` finds: something that takes one character, any number of some, or directories.
    """

    def __init__(self, steps: Sequence[str]) -> None:
        runs = (([step] if is_repeat(step) else [*equal]) for step, equal in itertools.groupby(steps))
        self._kept = [*itertools.chain.from_iterable(runs)]

        self._known: dict[tuple[tuple[int, int], str], tuple[int, int]] = {}
        """Where a character leads from a state: paths of a tree go the same ways again and again."""

    @cached_property
    def _tables(self) -> _Tables:
        return _Tables(self._kept)

    def __call__(self, path: str) -> bool:
        tables, known = self._tables, self._known
        state = (_with_optional(1, tables.repeats | tables.starts), 0)
        for character in path:
            following = known.get((state, character))
            if following is None:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                following = known[state, character] = tables.step(*state, character)
            if following == NOWHERE:
                return False
            state = following
        return bool(state[0] & tables.end)


class _Tables:
    """The steps of an expression as numbers: each bit is a step; the one behind the last is the end.

    They are made in time that hardly grows faster than the expression, however many different steps it has.
    """

    def __init__(self, steps: Sequence[str]) -> None:
        self.end = 1 << len(steps)
        self.repeats = 0
        """The steps that take any number of characters."""
        self._characters: dict[str, int] = {}
        """The steps that take one certain character, by the character."""
        others: dict[str, int] = {}
        for number, step in enumerate(steps):
            place = 1 << number
            self.repeats |= place if is_repeat(step) else 0
            taken = step.removeprefix("\\")
            is_character = len(taken) == 1 and step not in NOT_CHARACTERS
            kept, key = (self._characters, taken) if is_character else (others, step)
            kept[key] = kept.get(key, 0) | place
        self.starts = others.pop(START, 0)
        self.directories = others.pop(DIRECTORIES, 0)  # which are more than a character
        self._sets = [
            (re.compile(step.removesuffix("*"), re.ASCII), places) for step, places in others.items()
        ]
        self._taking: dict[str, int] = {}

    def step(self, places: int, within: int, character: str) -> tuple[int, int]:
        """The state after a character: the steps that may be next, and the directories that go on."""
        taking = places & self.that_take(character)
        # Directories end with a slash, so they may continue, and end only then.
        within = (places | within) & self.directories if character not in "\n\0" else 0
        over = within if character == "/" else 0
        repeated = taking & self.repeats
        return _with_optional((taking ^ repeated | over) << 1 | repeated, self.repeats), within

    def that_take(self, character: str) -> int:
        """The steps that take a character."""
        if character not in self._taking:
            found = self._characters.get(character, 0)
            for expression, places in self._sets:
                found |= places if expression.fullmatch(character) else 0
            self._taking[character] = found
        return self._taking[character]


def _with_optional(places: int, optional: int) -> int:
    """The same, with the steps behind those that may also take nothing.

    In a row of optional steps, the sum carries from the first place to the step behind the row.
    """
    return places | (((places & optional) + optional) ^ optional)


MOST_GLOBS = 1000
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


class TooManyGlobsError(ValueError):
    """The braces of a glob stand for too many."""


def without_braces(glob: str) -> Iterator[str]:
    """The globs that one with `{a,b}` stands for. Raises `TooManyGlobsError`."""
    waiting, count = [glob], 0
    while waiting:
        one = waiting.pop()
        found = _BRACES.search(one)
        if found is None:
            yield one
            continue
        choices = found[1].split(",")
        count += len(choices)
        if count > MOST_GLOBS:
            raise TooManyGlobsError(f"`{glob[:100]}` stands for more than {MOST_GLOBS} globs")
        waiting += [one[: found.start()] + choice + one[found.end() :] for choice in reversed(choices)]
