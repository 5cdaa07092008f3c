"""Ignore lines with many asterisks mean the same as with pathspec alone, and are compared at once."""

from __future__ import annotations

import random

import pytest
from pathspec import GitIgnoreSpec

from pywrangler.deploy.assets.ignore_lines import ignore_spec
from tests.support.runs.quickness import quickly

PIECES = ("*", "**", "/", "/**/", "**/", "?", "a", "b", "[ab]", "[!b]", "\\*", ".", "!")


@pytest.mark.parametrize(
    "line",
    ["*a*a*a*a*a*a*b", "*" * 200 + "b", "**/a" * 40 + "/**/b", "*[!b]*[!b]*[!b]*[!b]*b", "a**a**a**a**b/"],
)
def test_a_line_of_many_asterisks_is_compared_at_once(line: str) -> None:
    paths = ("a" * 255, "/".join(["a"] * 300), "a/")
    assert not quickly(lambda: any(map(ignore_spec([line]).match_file, paths)))


def test_lines_mean_the_same_as_with_pathspec_alone() -> None:
    chance = random.Random(16)  # noqa: S311 - the same every time
    compared = 0
    for _ in range(1500):
        lines = ["".join(chance.choices(PIECES, k=chance.randint(1, 9))) for _ in range(chance.randint(1, 3))]
        try:
            theirs = GitIgnoreSpec.from_lines(lines)
        except ValueError:
            continue
        ours = ignore_spec(lines)
        for _ in range(4):
            names = ("".join(chance.choices("aab.", k=chance.randint(1, 3))) for _ in range(3))
            path = "/".join(names) + chance.choice(("", "/"))
            assert ours.check_file(path).include == theirs.check_file(path).include, (lines, path)
            compared += 1
    assert compared > 2000
