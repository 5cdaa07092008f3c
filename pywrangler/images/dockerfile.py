"""A Dockerfile's instructions, with lines joined as by BuildKit. Pure.

It reads strictly: anything uncertain raises `UnclearError`, and then the builder decides. The builder knows
more forms than this, and explains mistakes better.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pywrangler.dataclass import dataclass
from pywrangler.images.patterns import UnclearError
from pywrangler.images.words import split_words

DIRECTIVE = re.compile(r"#\s*(?P<name>[a-zA-Z][a-zA-Z0-9]*)\s*=\s*(?P<value>\S.*)")
HEREDOC = re.compile(r"(?<!\S)\d*<<(?P<chomp>-?)(?P<quote>[\"']?)(?P<name>[A-Za-z_]\w*)(?P=quote)(?!\S)")
WITH_HEREDOCS = ("ADD", "COPY", "RUN")
KNOWN = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name in capitals, its flags (`--name=value`), and the text behind them."""

    name: str
    flags: tuple[str, ...]
    rest: str
    line: int
    """Where it begins, counted from 1."""

    def flag(self, name: str) -> list[str]:
        """The values of a flag."""
        prefix = f"--{name}="
        return [flag.removeprefix(prefix) for flag in self.flags if flag.startswith(prefix)]


@dataclass(frozen=True)
class Dockerfile:
    """A parsed Dockerfile. `syntax` is the image that reads it instead of the builder."""

    instructions: tuple[Instruction, ...]
    syntax: str | None
    escape: str


def parse_dockerfile(content: bytes) -> Dockerfile:
    """The instructions of a Dockerfile. Raises UnclearError."""
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise UnclearError("a Dockerfile that is not UTF-8") from error
    lines = text.split("\n")
    directives = _directives(lines)
    escape = directives.get("escape", "\\")
    if escape not in ("\\", "`"):
        raise UnclearError(f"the escape character {escape}")
    syntax = directives.get("syntax")
    return Dockerfile(tuple(_instructions(lines, escape)), syntax.split()[0] if syntax else None, escape)


def _directives(lines: list[str]) -> dict[str, str]:
    """The directives in comments at the top of the file."""
    found: dict[str, str] = {}
    for line in lines:
        match = DIRECTIVE.fullmatch(line.strip())
        if match is None or (name := match["name"].lower()) not in ("syntax", "escape", "check"):
            return found
        if name in found or (name == "escape" and "check" in found):  # older builders stop at `check`
            raise UnclearError(f"the directive `{line.strip()}`")
        found[name] = match["value"]
    return found


def _instructions(lines: list[str], escape: str) -> Iterator[Instruction]:
    numbered = enumerate((line.rstrip("\r") for line in lines), start=1)
    for number, line in numbered:
        start = line.lstrip()
        if not start or start.startswith("#"):
            continue
        following = (text for _, text in numbered if _says_something(text))
        logical = _joined(start, following, escape)
        if not logical.strip():
            continue
        instruction = _split(logical, number, escape)
        yield instruction
        for chomp, name in _heredocs(instruction):
            if not any((text.lstrip("\t") if chomp else text) == name for _, text in numbered):
                raise UnclearError(f"the here-document {name} without an end")


def _joined(start: str, following: Iterator[str], escape: str) -> str:
    """The instruction that begins with the line `start`: a line that ends with the escape character, and not
    with two of them, continues on the next one.
    """
    pieces: list[str] = []
    text, before = start, ""
    while (kept := text.rstrip(" \t")).endswith(escape) and (before + kept)[-2:-1] != escape:
        pieces.append(kept[:-1])
        before = kept[:-1][-1:] or before
        if (text := next(following, "")) == "":
            break
    return "".join([*pieces, text])


def _says_something(line: str) -> bool:
    """Whether a line within an instruction is neither empty nor a comment."""
    return bool(stripped := line.strip()) and not stripped.startswith("#")


def _split(logical: str, number: int, escape: str) -> Instruction:
    name, rest = _first_word(logical.strip())
    if name.upper() not in KNOWN:
        raise UnclearError(f"the instruction {name}")
    flags = []
    while rest.startswith("--"):
        flag, rest = _first_word(rest)
        if any(character in flag for character in ("'", '"', escape)):
            raise UnclearError(f"the flag {flag}")
        flags.append(flag)
    return Instruction(name.upper(), tuple(flags), rest, number)


def _first_word(text: str) -> tuple[str, str]:
    word = re.match(r"\S*", text)
    assert word is not None  # noqa: S101 - it matches everything
    return word[0], text[word.end() :].strip()


def _heredocs(instruction: Instruction) -> list[tuple[bool, str]]:
    """The here-documents that follow: whether tabs are cut off, and the line that ends each."""
    inner = instruction
    if instruction.name == "ONBUILD":
        inner = _split(instruction.rest, instruction.line, "\\")
    if inner.name not in WITH_HEREDOCS or "<<" not in inner.rest:
        return []
    found = list(HEREDOC.finditer(inner.rest))
    before = inner.rest[: found[-1].start()] if found else inner.rest
    plain = HEREDOC.sub("", before)
    if len(found) != inner.rest.count("<<") or re.search(r"[\"'\\`$]", plain):
        raise UnclearError(f"the here-document in line {instruction.line}")
    return [(bool(match["chomp"]), match["name"]) for match in found]


def context_paths(dockerfile: Dockerfile) -> tuple[str, ...] | None:
    """The paths of the context that its instructions name, each with all that is below it; None if they may
    read anything. Triggers of base images (`ONBUILD`) are not seen.
    """
    if dockerfile.syntax and not dockerfile.syntax.startswith("docker/dockerfile"):
        return None
    found: set[str] = set()
    try:
        for instruction in dockerfile.instructions:
            found.update(_read_by(instruction, dockerfile.escape))
    except UnclearError:
        return None
    return None if "" in found else tuple(sorted(found))


def _read_by(instruction: Instruction, escape: str) -> Iterator[str]:
    if instruction.name == "ONBUILD":
        raise UnclearError("ONBUILD")
    if instruction.name in ("COPY", "ADD") and not instruction.flag("from"):
        sources = _words(instruction.rest, escape)[:-1]
        yield from (_plain_start(source) for source in sources if not _is_elsewhere(source))
    for mount in instruction.flag("mount"):
        fields = {
            name.strip().lower(): value for name, _, value in (e.partition("=") for e in mount.split(","))
        }
        if fields.get("type", "bind") == "bind" and "from" not in fields:
            yield _plain_start(fields.get("source") or fields.get("src") or ".")


def _words(text: str, escape: str) -> list[str]:
    if text.startswith("["):
        try:
            words = json.loads(text)
        except (ValueError, RecursionError):
            raise UnclearError(text) from None
        return [str(word) for word in words]
    return [word.strip("\"'") for word in split_words(text, escape)]


def _is_elsewhere(source: str) -> bool:
    """Whether it is an address, or in the Dockerfile itself."""
    return source.startswith(("<<", "git@")) or "://" in source


def _plain_start(path: str) -> str:
    """The path up to the first part with a special character; empty for the whole context."""
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if any(character in part for character in "*?[]{}$"):
            break
        if part == "..":
            raise UnclearError(path)
        parts += [part] if part not in ("", ".") else []
    return "/".join(parts)
