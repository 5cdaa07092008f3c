"""Dockerfiles and ignore files on which readers once failed, or took too long."""

from __future__ import annotations

import contextlib
import time

import pytest

from pywrangler.images.dockerfile import context_paths, parse_dockerfile
from pywrangler.images.foreign import find_foreign_stage
from pywrangler.images.patterns import Matcher, Pattern, UnclearError, parse_patterns
from pywrangler.images.sources import read_sources

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
    begin = time.process_time()
    parse_dockerfile(text.encode())
    assert time.process_time() - begin < 0.9


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


@pytest.mark.parametrize(
    "pattern", ["**/" * 40 + "x", "*a*a*a*a*a*a*b", "**a**a**a**a**a**b", "*" * 1000, "[a*]" * 20]
)
def test_a_pattern_of_many_asterisks_is_compared_at_once(pattern: str) -> None:
    matcher = Matcher(parse_patterns([pattern]))
    begin = time.process_time()
    for path in ("a" * 255, "/".join(["a"] * 200)):
        matcher.match(path, [])
    assert time.process_time() - begin < 0.9


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
