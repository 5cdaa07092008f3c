"""What esbuild says when it fails, read from its text: its command line has no machine-readable form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pywrangler.config.records import Configuration
from pywrangler.errors import BuildError

MESSAGE = re.compile(r"^(?:✘|X) \[ERROR\] (?P<text>.+)$")
PLACE = re.compile(r"^    (?P<place>\S.*:\d+:\d+):$")
UNRESOLVED = re.compile(r'^Could not resolve "(?P<path>[^"]+)"')


@dataclass(frozen=True)
class BundlerMessage:
    """One error of esbuild. `place` is `file:line:column`, the column counted from 0 as esbuild does."""

    text: str
    place: str | None


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
    messages = read_messages(output)
    first = messages[0] if messages else BundlerMessage("esbuild failed and did not say why", None)
    place = f"{first.place}: " if first.place else ""
    others = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
    return BuildError(
        f"The Worker could not be bundled: {place}{first.text}{others}",
        hint=_hint(configuration, messages, node_modules),
        detail=output.strip() or None,
        code="bundle",
    )


def _hint(
    configuration: Configuration, messages: Sequence[BundlerMessage], node_modules: frozenset[str]
) -> str | None:
    missing = [path for message in messages if (path := unresolved_import(message))]
    packages = sorted({_package(path) for path in missing if not path.startswith((".", "/"))})
    if not packages:
        return None
    builtin = [name for name in packages if name.removeprefix("node:") in node_modules]
    if builtin:
        return (
            f'{builtin[0]} is a module of Node.js: add "nodejs_compat" to compatibility_flags in'
            f" {configuration.file.name}."
        )
    root = configuration.root
    if not any((folder / "node_modules").is_dir() for folder in (root, *root.parents)):
        return f"The project's packages are not installed: run `npm install` in {configuration.root}."
    return f"Install what is missing: `npm install {' '.join(packages)}` in {configuration.root}."


def _package(path: str) -> str:
    """The package of an import path: `@scope/name/file` is in `@scope/name`."""
    return "/".join(path.split("/")[: 2 if path.startswith("@") else 1])
