"""Finds the sources of a build besides its context: images, and addresses that only the builder can request.
Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from pywrangler.dataclass import dataclass
from pywrangler.images.dockerfile import HEREDOC, Dockerfile, Instruction
from pywrangler.images.patterns import UnclearError
from pywrangler.images.words import expand, split_words

STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
NUMBER = re.compile("[0-9]{1,9}")
PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?")
LOCAL_PATH = re.compile(r"(?!github\.com/)[\w./*?\[\]{},+~=%^-]+(?<!\.git)", re.ASCII)
"""What `ADD` can only take from the context: no address of a file, and none of a repository."""
KNOWN_SYNTAX = re.compile(r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?")
"""Images that read a Dockerfile in the same way as this module. Others may read it differently."""
RESERVED = ("scratch", "context")


@dataclass(frozen=True)
class Image:
    """An image that a build reads, as the Dockerfile names it."""

    reference: str
    platform: str


@dataclass(frozen=True)
class Sources:
    """The sources of a build besides its context."""

    images: frozenset[Image]
    has_addresses: bool
    """Whether it reads something that only the builder can request (`ADD https://...`)."""
    foreign_stage: tuple[int, str] | None
    """The line and the platform of a `FROM` that puts programs of another platform into the result."""


@dataclass
class _Stage:
    """One stage: what it builds on, by name, and what it copies from."""

    line: int
    base: str
    platform: str
    names: list[str] = field(default_factory=list)
    """Stages (by name or number) and images that its instructions read."""
    has_addresses: bool = False


def read_sources(
    dockerfile: Dockerfile,
    build_vars: Mapping[str, str],
    *,
    target: str | None = None,
    platform: str,
    builder_platform: str,
) -> Sources:
    """The sources of the build of a stage (the last one without `target`). Raises UnclearError.

    `platform` is the one to build for, `builder_platform` that of the machine that builds.
    """
    stages, numbers = _read_stages(dockerfile, build_vars, platform, builder_platform)
    wanted = len(stages) - 1
    if target is not None:
        if target.lower() not in numbers:
            raise UnclearError(f"the stage {target}")
        wanted = numbers[target.lower()]
    images: set[Image] = set()
    used = _used(wanted, stages, numbers)
    for number in used:
        stage = stages[number]
        if _stage_number(stage.base, numbers, before=number) is None and stage.base.lower() != "scratch":
            images.add(Image(stage.base, stage.platform))
        images |= {Image(name, platform) for name in stage.names if _stage_number(name, numbers) is None}
    if syntax := (build_vars.get("BUILDKIT_SYNTAX") or dockerfile.syntax or "").partition(" ")[0]:
        if not KNOWN_SYNTAX.fullmatch(syntax):
            raise UnclearError(f"the syntax {syntax}")
        images.add(Image(syntax, builder_platform))
    has_addresses = any(stages[number].has_addresses for number in used)
    return Sources(frozenset(images), has_addresses, _foreign(wanted, stages, numbers, platform))


def _used(wanted: int, stages: Sequence[_Stage], numbers: Mapping[str, int]) -> set[int]:
    """The wanted stage and the stages that it needs. The builder skips the others."""
    found: set[int] = set()
    waiting = [wanted]
    while waiting:
        number = waiting.pop()
        if number in found:
            continue
        if number >= len(stages):
            raise UnclearError("a stage that does not exist")
        found.add(number)
        stage = stages[number]
        needed = [_stage_number(stage.base, numbers, before=number)]
        needed += [_stage_number(name, numbers) for name in stage.names]
        waiting += [each for each in needed if each is not None]
    return found


def _foreign(
    wanted: int, stages: Sequence[_Stage], numbers: Mapping[str, int], platform: str
) -> tuple[int, str] | None:
    number: int | None = wanted
    while number is not None:
        stage = stages[number]
        base = _stage_number(stage.base, numbers, before=number)
        if base is None and stage.platform.split("/")[:2] != platform.split("/")[:2]:
            return stage.line, stage.platform
        number = base
    return None


def _stage_number(name: str, numbers: Mapping[str, int], before: int | None = None) -> int | None:
    """The stage that a name means, None for an image. A `FROM` can name the stages before it, but not by
    number.
    """
    if before is None and NUMBER.fullmatch(name):
        return int(name)
    number = numbers.get(name.lower())
    return None if number is None or (before is not None and number >= before) else number


def _read_stages(
    dockerfile: Dockerfile, build_vars: Mapping[str, str], platform: str, builder_platform: str
) -> tuple[list[_Stage], dict[str, int]]:
    variables: dict[str, str | None] = {**_platform_variables(platform, builder_platform)}
    variables |= {name: build_vars[name] for name in variables if name in build_vars}
    stages: list[_Stage] = []
    numbers: dict[str, int] = {}
    for instruction in dockerfile.instructions:
        if instruction.name == "FROM":
            stage, name = _read_from(instruction, variables, platform, dockerfile.escape)
            if name in numbers or name in RESERVED:
                raise UnclearError(f"the stage's name {name} in line {instruction.line}")
            if name:
                numbers[name] = len(stages)
            stages.append(stage)
        elif stages:
            _read_into(stages[-1], instruction, dockerfile.escape)
        elif instruction.name == "ARG":
            variables |= _declared(instruction, build_vars, variables, dockerfile.escape)
        else:
            raise UnclearError(f"line {instruction.line}, which is before the first FROM")
    if not stages:
        raise UnclearError("a Dockerfile without FROM")
    return stages, numbers


def _read_from(
    instruction: Instruction, variables: Mapping[str, str | None], platform: str, escape: str
) -> tuple[_Stage, str]:
    """A stage, and its name, which is empty where it has none."""
    words = instruction.rest.split()
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        raise UnclearError(f"line {instruction.line}")
    base = expand(words[0], variables, escape)
    chosen = [expand(value, variables, escape) for value in instruction.flag("platform")]
    name = words[2].lower() if len(words) == 3 else ""
    is_odd = len(chosen) > 1 or len(chosen) != len(instruction.flags)
    if not base or is_odd or (name and not STAGE_NAME.fullmatch(name)):
        raise UnclearError(f"line {instruction.line}")
    stage_platform = (chosen and chosen[0]) or platform
    if not PLATFORM.fullmatch(stage_platform):
        raise UnclearError(f"the platform {stage_platform} in line {instruction.line}")
    return _Stage(instruction.line, base, stage_platform), name


def _read_into(stage: _Stage, instruction: Instruction, escape: str) -> None:
    """Note what an instruction reads from elsewhere."""
    if instruction.name == "ONBUILD":
        # It happens in the stages that build on this one. To check it here is precise enough.
        raise UnclearError(f"ONBUILD in line {instruction.line}")
    names = [*instruction.flag("from"), *_mounted_from(instruction)]
    if any("$" in name or not name for name in names):
        raise UnclearError(f"line {instruction.line}")
    stage.names += names
    if instruction.name == "ADD":
        stage.has_addresses |= not all(
            LOCAL_PATH.fullmatch(source) or HEREDOC.fullmatch(source)
            for source in _added(instruction, escape)
        )


def _added(instruction: Instruction, escape: str) -> list[str]:
    """The sources of an `ADD`: all of its words, in either form, but the last."""
    if instruction.rest.startswith("["):
        try:
            words = json.loads(instruction.rest)
        except (ValueError, RecursionError):
            words = None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return words[:-1]
    return split_words(instruction.rest, escape)[:-1]


def _mounted_from(instruction: Instruction) -> Iterator[str]:
    for mount in instruction.flag("mount"):
        fields = [part.strip().partition("=") for part in mount.split(",")]
        yield from (value for name, _, value in fields if name.lower() == "from")


def _declared(
    instruction: Instruction, build_vars: Mapping[str, str], known: Mapping[str, str | None], escape: str
) -> dict[str, str | None]:
    """Variables of an `ARG` above the first `FROM`."""
    found: dict[str, str | None] = {}
    for word in split_words(instruction.rest, escape):
        name, has_default, default = word.partition("=")
        if name in build_vars:
            found[name] = build_vars[name]
        else:
            found[name] = expand(default, {**known, **found}, escape) if has_default else None
        if name == "SOURCE_DATE_EPOCH" and not (found[name] or "0").isdigit():
            raise UnclearError("a SOURCE_DATE_EPOCH that names a stage")
    return found


def _platform_variables(platform: str, builder_platform: str) -> dict[str, str]:
    """The arguments that the builder sets by itself."""
    found: dict[str, str] = {}
    for prefix, text in (("TARGET", platform), ("BUILD", builder_platform)):
        system, architecture, variant = (*text.split("/"), "")[:3]
        parts = {"PLATFORM": text, "OS": system, "ARCH": architecture, "VARIANT": variant}
        found |= {f"{prefix}{name}": value for name, value in parts.items()}
    return found
