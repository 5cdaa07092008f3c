"""What a build reads: a Dockerfile, and the file that excludes paths."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from pywrangler.errors import UsageError
from pywrangler.images.dockerfile import KNOWN, context_paths, parse_dockerfile
from pywrangler.images.foreign import find_foreign_stage
from pywrangler.images.patterns import (
    Matcher,
    Pattern,
    UnclearError,
    parse_patterns,
    read_ignore_file,
    translate,
)
from pywrangler.images.reference import parse_reference
from pywrangler.images.sources import read_sources
from pywrangler.path_steps import STEP, StepMatcher, is_repeat
from tests.fuzz.records import Read, Target

BUILD_VARS = {"TAG": "1", "BASE": "busybox"}
PATHS = (
    "Dockerfile",
    "src/index.ts",
    "node_modules/a/b/c/d/e/f/g/h.js",
    "/".join("abcdefghijklmnopqrstuvwxyz"),
    "a" * 255,
    "/".join(["a" * 60] * 6),
    "a.b-c d/[e]*?\\f",
)
"""Short and long, deep and flat. Each pattern is compared with each, so they are few and not very long."""
SHORT_PATHS = ("", "a", "a/b", "src/index.ts", "a.log", "ab/cd/e", "x/a/ab", "aaa/", "a\nb", "/")


def open_dockerfiles(_directory: Path) -> Read:
    """The reader of Dockerfiles."""

    def read(data: bytes) -> None:
        with contextlib.suppress(UnclearError):
            parsed = parse_dockerfile(data)
            assert all(instruction.name in KNOWN for instruction in parsed.instructions)
            paths = context_paths(parsed)
            assert paths is None or not any(path.startswith(("/", "../")) for path in paths)
            for target in (None, "build"):
                with contextlib.suppress(UnclearError):
                    found = read_sources(
                        parsed,
                        BUILD_VARS,
                        target=target,
                        platform="linux/amd64",
                        builder_platform="linux/arm64",
                    )
                    for image in found.images:
                        with contextlib.suppress(UsageError):
                            assert parse_reference(image.reference).normal.repository
        find_foreign_stage(data, BUILD_VARS)

    return read


def open_ignore_files(_directory: Path) -> Read:
    """The reader of `.dockerignore`, and its patterns."""

    def read(data: bytes) -> None:
        try:
            matcher = Matcher(parse_patterns(read_ignore_file(data)))
        except UnclearError:
            return
        for pattern in matcher.patterns[:20]:
            check_both_ways(pattern)
        for path in PATHS:
            parent: list[bool] = []
            parts = path.split("/")
            for depth in range(1, len(parts) + 1):
                here = "/".join(parts[:depth])
                _, parent = matcher.match(here, parent)
                matcher.may_have_exceptions_below(here)

    return read


def check_both_ways(pattern: Pattern) -> None:
    """Both ways to compare a path come to the same, where the quick one is quick."""
    kind, expression = translate(pattern.text)
    steps = STEP.findall(expression)
    if kind == "regexp" and len(steps) < 40 and sum(map(is_repeat, steps)) <= 6:
        slow, quick = StepMatcher(steps), re.compile(expression, re.ASCII)
        for path in SHORT_PATHS:
            assert slow(path) == (quick.fullmatch(path) is not None), (path, expression)


DOCKERFILES = Target(
    "dockerfiles",
    open_dockerfiles,
    (
        (
            b"# syntax=docker/dockerfile:1\n# escape=\\\nARG TAG=1.35\nFROM --platform=$BUILDPLATFORM"
            b" busybox:${TAG:-1} AS build\nRUN --mount=type=bind,from=other,source=a,target=/a \\\n"
            b"  # a comment\n  echo 'a b' > /a\nCOPY --from=build --chown=1:1 a \"b c\" /d/\n"
        ),
        b'FROM ${BASE}\nADD ["a", "https://example.com/b", "/c"]\nENTRYPOINT ["sh"]\nONBUILD RUN true\n',
        b"FROM scratch\nCOPY <<EOF <<-'E2' /a\none\nEOF\n\ttwo\n\tE2\nRUN <<EOF\ntrue\nEOF\nCOPY . /\n",
        b"\xef\xbb\xbf# escape=`\r\nFROM a as B\r\nCOPY --from=0 a`\r\n b /c\r\n",
    ),
    words=(
        *sorted(KNOWN),
        "--from=",
        "--mount=type=bind,",
        "--platform=",
        "\\\n",
        "<<EOF\n",
        "# escape=`\n",
        "# syntax=",
        "${A:-",
        "${A:+",
        "${A?",
        'COPY ["a',
    ),
)
IGNORE_FILES = Target(
    "ignore-files",
    open_ignore_files,
    (
        b"node_modules\n.git\n**/*.log\n!keep.log\n/src/**/a?[b-d].ts\n# a comment\n",
        b"*\n!src\n!package*.json\n**/a/**\n*a*b*c\n",
        b"\xef\xbb\xbf  /a/../b/ \r\n! c\n\\#d\n[^a-z]*\n",
    ),
    words=("**/", "*a", "!", "[^", "[a-", "\\", "?", "**", "[[:alpha:]]", "[a*]"),
    largest_bytes=8 * 1024,
)
