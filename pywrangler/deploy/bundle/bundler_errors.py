"""esbuild's error messages, read from its output: its command line has no machine-readable form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pywrangler.config.problems.records import Place, Problem
from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.errors import BuildError

CODE = "bundle"
NOT_INSTALLED = "npm-packages-absent"
"""The code of a failure whose only reason is that `npm install` was not run yet."""
MESSAGE = re.compile(r"^(?:✘|X) \[ERROR\] (?P<text>.+)$")
PLACE = re.compile(r"^    (?P<place>(?P<file>\S.*):(?P<line>\d+):(?P<column>\d+)):$", re.MULTILINE)
"""Of a message, or of a note to it."""
LINE_END = re.compile(b"\r\n|[\r\n]|\xe2\x80[\xa8\xa9]")
"""The ends of lines in JavaScript, U+2028 and U+2029 among them."""
BYTE_ORDER_MARK = "\ufeff"
UNRESOLVED = re.compile(r'^Could not resolve "(?P<path>[^"]+)"')


@dataclass(frozen=True)
class BundlerMessage:
    """One error of esbuild. `place` is `file:line:column`, as it is in the output."""

    text: str
    place: str | None


def as_editors_count(output: str, root: Path) -> str:
    """What esbuild says in the directory `root`, with columns as editors count them: characters, from 1. Its
    own are bytes, from 0.
    """

    def place(found: re.Match[str]) -> str:
        line = int(found["line"])
        column = _characters(_raw_line(root / found["file"], line), int(found["column"])) + 1
        return f"    {found['file']}:{line}:{column}:"

    return PLACE.sub(place, output)


def read_messages(output: str) -> list[BundlerMessage]:
    """The errors in esbuild's output, in its order."""
    messages: list[BundlerMessage] = []
    for line in output.splitlines():
        if started := MESSAGE.match(line):
            messages.append(BundlerMessage(started["text"], None))
        elif messages and messages[-1].place is None and (placed := PLACE.match(line)):
            messages[-1] = BundlerMessage(messages[-1].text, placed["place"])
    return messages


def unresolved_import(message: BundlerMessage) -> str | None:
    """The path that an import names and that was not found, when that is what the message is about."""
    found = UNRESOLVED.match(message.text)
    return found["path"] if found else None


def explain_failure(configuration: Configuration, output: str, node_modules: frozenset[str]) -> BuildError:
    """The error for a failed run; `node_modules` are the bare names of Node's own modules."""
    output = as_editors_count(output, configuration.root)
    messages = read_messages(output)
    first = messages[0] if messages else BundlerMessage("esbuild failed and did not say why", None)
    place = f"{first.place}: " if first.place else ""
    others = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
    return BuildError(
        f"The Worker could not be bundled: {place}{first.text}{others}",
        hint=_hint(configuration, messages, node_modules),
        detail=output.strip() or None,
        code=NOT_INSTALLED if _is_installation_absent(configuration, messages) else CODE,
    )


def missing_default_export(configuration: Configuration) -> Problem:
    """The warning for a Worker without a default export. Its named exports can be used by other Workers."""
    return Problem(
        "warning",
        "no-default-export",
        "The Worker has no default export, so every request to it fails.",
        Place(configuration.entry, 1, 1, source=_first_line(configuration.entry)),
        hint="Export its handlers: export default { async fetch(request, env) { ... } };",
    )


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as stream:
        return stream.readline().rstrip("\n")


def find_problems(configuration: Configuration, error: BuildError) -> list[Problem]:
    """The errors of a failed run as problems of the files that they are in; the first has the hint."""
    messages = read_messages(error.detail or "")
    problems = [
        Problem("error", CODE, message.text, _place(configuration.root, message.place))
        for message in messages
    ]
    first = problems[0] if problems else Problem("error", error.code, error.message)
    return [replace(first, hint=error.hint), *problems[1:]]


def _place(root: Path, place: str | None) -> Place | None:
    """The place that a message names, with its line."""
    if place is None:
        return None
    name, line, column = place.rsplit(":", 2)
    return Place(root / name, int(line), int(column), source=_source_line(root / name, int(line)))


def _source_line(file: Path, line: int) -> str:
    """A line of a file, without a byte order mark; empty for a file that plugins made up."""
    return _raw_line(file, line).decode("utf-8", "replace").removeprefix(BYTE_ORDER_MARK)


def _raw_line(file: Path, line: int) -> bytes:
    """The bytes of a line, where esbuild ends lines."""
    try:
        return LINE_END.split(file.read_bytes())[line - 1]
    except (OSError, ValueError, IndexError):
        return b""


def _characters(source: bytes, size: int) -> int:
    """How many characters the first bytes of a line are, as editors show it, which is without a byte order
    mark; as many as the bytes where the line is not known.
    """
    if not source:
        return size
    return len(source[:size].decode("utf-8", "replace").removeprefix(BYTE_ORDER_MARK))


def _hint(
    configuration: Configuration, messages: Sequence[BundlerMessage], node_modules: frozenset[str]
) -> str | None:
    packages = sorted({package for message in messages if (package := _missing_package(message))})
    if not packages:
        return None
    builtin = [name for name in packages if name.removeprefix("node:") in node_modules]
    if builtin:
        return (
            f'{builtin[0]} is a module of Node.js: add "nodejs_compat" to compatibility_flags in'
            f" {configuration.file.name}."
        )
    if not _has_packages(configuration.root):
        return f"The project's packages are not installed: run `npm install` in {configuration.root}."
    return f"Install what is missing: `npm install {' '.join(packages)}` in {configuration.root}."


def _is_installation_absent(configuration: Configuration, messages: Sequence[BundlerMessage]) -> bool:
    return all(map(_missing_package, messages)) and bool(messages) and not _has_packages(configuration.root)


def _has_packages(root: Path) -> bool:
    return any((directory / "node_modules").is_dir() for directory in (root, *root.parents))


def _missing_package(message: BundlerMessage) -> str | None:
    """The package that an import names and that was not found: `@scope/name/file` is in `@scope/name`."""
    path = unresolved_import(message)
    if path is None or path.startswith((".", "/")):
        return None
    return "/".join(path.split("/")[: 2 if path.startswith("@") else 1])
