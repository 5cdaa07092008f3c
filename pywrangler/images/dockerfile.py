"""The few things to know about a Dockerfile before it is built: which images it starts from. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

CONTINUATION = re.compile(r"\\[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*")
VARIABLE = re.compile(r"\$(?:(?P<name>\w+)|\{(?P<braced>\w+)(?::(?P<operator>[-+])(?P<word>[^}]*))?\})")
FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
ARG = re.compile(r"ARG\s+(?P<assignments>.+)", re.IGNORECASE)
OTHER_SOURCE = re.compile(r"(?:COPY|ADD|RUN)\s.*?(?:--from=|\bfrom=)(?P<image>[^\s,]+)", re.IGNORECASE)


def base_images(dockerfile: str, build_vars: Mapping[str, str]) -> frozenset[str]:
    """Names of the images that a Dockerfile builds on, by `FROM`, `COPY --from` and `RUN --mount=...,from=`.

    Stages of the Dockerfile itself and `scratch` are left out; variables have the values of `build_vars`,
    else their defaults.
    """
    variables: dict[str, str] = {}
    images: set[str] = set()
    stages = {"scratch"}
    for instruction in _instructions(dockerfile):
        if (declared := ARG.match(instruction)) and not images:
            variables |= _arguments(declared["assignments"], build_vars, variables)
        elif started := FROM.match(instruction):
            image = _substitute(started["image"], variables)
            images |= {image} if image.lower() not in stages else set()
            stages |= {started["stage"].lower()} if started["stage"] else set()
        elif (copied := OTHER_SOURCE.match(instruction)) and not copied["image"].isdigit():
            image = _substitute(copied["image"], variables)
            images |= {image} if image.lower() not in stages else set()
    return frozenset(images)


def _instructions(dockerfile: str) -> Iterator[str]:
    for line in CONTINUATION.sub("", dockerfile).splitlines():
        if (stripped := line.strip()) and not stripped.startswith("#"):
            yield stripped


def _arguments(text: str, build_vars: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for assignment in re.findall(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""", text):
        name, _, default = assignment.partition("=")
        found[name] = build_vars.get(name, _substitute(default.strip("\"'"), known))
    return found


def _substitute(text: str, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found = variables.get(match["name"] or match["braced"], "")
        if match["operator"] == "-":
            return found or str(match["word"])
        if match["operator"] == "+":
            return str(match["word"]) if found else ""
        return found

    return VARIABLE.sub(value, text)
