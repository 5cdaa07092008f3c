"""Stages of a Dockerfile that put programs of another platform into the image. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.dataclass import dataclass
from pywrangler.images.dockerfile import parse_dockerfile
from pywrangler.images.patterns import UnclearError
from pywrangler.images.records import PLATFORM
from pywrangler.images.sources import read_sources

FLAG = "--platform"
BUILDERS = ("linux/amd64", "linux/arm64")
"""The values of `$BUILDPLATFORM` on machines that may build."""
HINT = f"Remove `{FLAG}` from that line, or write `{FLAG}={PLATFORM}`."


@dataclass(frozen=True)
class ForeignStage:
    """A `FROM` with its place, counted from 1, and the platform that it names."""

    platform: str
    line: int
    column: int
    length: int
    source: str
    """The line as in the file."""

    def message(self, name: str) -> str:
        """The problem of the image of this name, without a period."""
        return f"The image of {name} is built on an image for {self.platform}; containers run on {PLATFORM}"


def find_foreign_stage(content: bytes, build_vars: Mapping[str, str]) -> ForeignStage | None:
    """The stage of a Dockerfile that is foreign on every machine that builds it; None if there is none, or if
    only the builder can decide.
    """
    found = {_foreign_stage(content, build_vars, builder) for builder in BUILDERS}
    stage = found.pop()
    return locate(content, *stage) if stage and not found else None


def locate(content: bytes, line: int, platform: str) -> ForeignStage:
    """The stage that begins in `line`, with the place of its flag."""
    lines = content.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").split("\n")
    for number, source in enumerate(lines[line - 1 :], start=line):  # the instruction may have further lines
        column = source.find(FLAG)
        if column >= 0:
            length = len(source[column:].split()[0])
            return ForeignStage(platform, number, column + 1, length, source.rstrip("\r"))
    return ForeignStage(platform, line, 1, 1, lines[line - 1].rstrip("\r"))


def _foreign_stage(content: bytes, build_vars: Mapping[str, str], builder: str) -> tuple[int, str] | None:
    try:
        dockerfile = parse_dockerfile(content)
        found = read_sources(dockerfile, build_vars, platform=PLATFORM, builder_platform=builder)
    except UnclearError:
        return None
    return found.foreign_stage
