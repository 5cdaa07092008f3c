"""Dockerfiles and ignore files on which readers once failed, or took too long."""

from __future__ import annotations

import contextlib
import random
import re

import pytest

from pywrangler.images.dockerfile import context_paths, parse_dockerfile
from pywrangler.images.foreign import find_foreign_stage
from pywrangler.images.patterns import (
    Matcher,
    Pattern,
    UnclearError,
    parse_patterns,
    translate,
)
from pywrangler.images.sources import read_sources
from pywrangler.path_steps import STEP, StepMatcher
from tests.support.runs.quickness import quickly

DEEP = "[" * 100_000


def sources(text: str) -> object:
    """What a build of this Dockerfile reads."""
    return read_sources(
        parse_dockerfile(text.encode()), {}, platform="linux/amd64", builder_platform="linux/amd64"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"FROM {'${A:-' * 2000}x{'}' * 2000}\n",
        f"FROM a\nCOPY --from={'9' * 5000} a b\n",
        f"FROM a\nCOPY {DEEP}\n",
        f"FROM a\nADD {DEEP}\n",
    ],
)
def test_what_is_too_deep_or_too_large_is_left_to_the_builder(text: str) -> None:
    with contextlib.suppress(UnclearError):
        assert context_paths(parse_dockerfile(text.encode())) is None or sources(text)
    find_foreign_stage(text.encode(), {})


def test_a_stage_number_has_digits_of_ascii() -> None:
    assert "²" in str(sources("FROM a\nCOPY --from=² a b\n"))


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nRUN x" + " \\\nand so on, with many words on each line" * 20_000,
        "# syntax=a" + " " * 100_000 + "b\nFROM a\n",
        "FROM a\nRUN x" + " \\\n\n#\n" * 30_000,
    ],
    ids=["lines", "directive", "comments"],
)
def test_a_long_dockerfile_is_read_at_once(text: str) -> None:
    quickly(lambda: parse_dockerfile(text.encode()))


@pytest.mark.parametrize(
    ("lines", "instruction"),
    [
        ("RUN a \\\n b", "a  b"),
        ("RUN a\\\\\n", "a\\\\"),
        ("RUN a\\\n\\\nb", "ab"),
        ("RUN \\\n\\\n\\\nb", "b"),
        ("RUN a \\  \n# no\n\n c", "a  c"),
        ("RUN a \\", "a RUN end"),
    ],
)
def test_lines_are_joined_as_before(lines: str, instruction: str) -> None:
    (_, found, *_) = parse_dockerfile(f"FROM x\n{lines}\nRUN end".encode()).instructions
    assert found.rest == instruction


LARGEST = 8 * 1024
SIGNS = "".join(chr(0x4E00 + number) for number in range(LARGEST))


@pytest.mark.parametrize(
    "pattern",
    [
        "**/" * 40 + "x",
        "*a*a*a*a*a*a*b",
        "**a**a**a**a**a**b",
        "**/*a*a*b",
        "a**a**a**b",
        "**a*b**c",
        "*" * 1000,
        "[a*]" * 20,
        *(
            f"{piece * (LARGEST // len(piece))}b"
            for piece in ("*", "*a", "*?", "*/**/", "***/", "[a]*", "a?*")
        ),
        "*".join(SIGNS[: LARGEST // 4]),
        "*".join(f"[{sign}]" for sign in SIGNS[: LARGEST // 6]),
    ],
    ids=lambda pattern: f"{pattern[:12]}-{len(pattern)}",
)
def test_a_pattern_of_many_asterisks_is_compared_at_once(pattern: str) -> None:
    def match() -> None:
        matcher = Matcher(parse_patterns([pattern]))
        for path in ("a" * 255, "/".join(["a"] * 2000), "/".join(["a" * 250] * 16), SIGNS[:80]):
            matcher.match(path, [])

    quickly(match)


def test_all_ways_at_once_come_to_the_same_as_expressions() -> None:
    chance = random.Random(16)  # noqa: S311 - the same every time
    pieces = (
        "*",
        "**",
        "**/",
        "/",
        "?",
        "a",
        "b",
        "[a]",
        "[^b]",
        "\\*",
        ".",
        "^",
        SIGNS[0],
        f"[{SIGNS[0]}b]",
    )
    compared = 0
    for _ in range(3000):
        kind, expression = translate("".join(chance.choices(pieces, k=chance.randint(1, 8))))
        if kind != "regexp":
            continue
        in_all_ways, one_by_one = StepMatcher(STEP.findall(expression)), re.compile(expression, re.ASCII)
        for _ in range(4):
            path = "".join(chance.choices(f"aab/b/.\n*^c{SIGNS[0]}", k=chance.randint(0, 8)))
            assert in_all_ways(path) == bool(one_by_one.fullmatch(path)), (expression, path)
            compared += 1
    assert compared > 1000


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**/a/**/b/**/c/**/d", "x/a/b/y/z/c/d", True),
        ("**/a/**/b/**/c/**/d", "x/a/c/y/z/b/d", False),
        ("a*b*c*d*e", "axbxcxdxe", True),
        ("a*b*c*d*e", "axb/xcxdxe", False),
        ("*.*.*.*", "a.b.c.d", True),
        ("**/**/**/**/x", "x", True),
        ("a**b**c**d", "a/b/c/d", True),
        ("*?*?*?*?", "abc", False),
    ],
)
def test_many_asterisks_match_what_few_would(pattern: str, path: str, matches: bool) -> None:
    assert Pattern(pattern).matches(path) is matches
