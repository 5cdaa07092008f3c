"""Reads commands of pywrangler's that texts and documents name, and says what of them does not exist."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator

from typer.main import get_command

from pywrangler.commands.running.arguments import options_of
from pywrangler.commands.running.resolve import resolve
from pywrangler.commands.running.typer_apps import typer_for
from pywrangler.commands.tree import children
from pywrangler.errors import PywranglerError

NAMED = re.compile(r"`pywrangler ([a-z][^`]*)`")
BLOCK = re.compile(r"^ *```(?:console|yaml)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
IN_BLOCK = re.compile(r"(?:^|[|;&(] *|= )pywrangler +([a-z].*)")
END = ("|", ">", "<", ">>", "&&", "||", ";", "2>", "&", "#")
"""Where a shell ends a command."""


def commands_in(markdown: str) -> Iterator[str]:
    """The commands that a document names in backquotes or as lines of a console, without `pywrangler`."""
    for block in BLOCK.findall(markdown):
        for line in block.splitlines():
            if found := IN_BLOCK.search(line.strip().removeprefix("$ ")):
                yield " ".join(itertools.takewhile(lambda word: word not in END, _words(found[1])))
    yield from (" ".join(name.split()) for name in NAMED.findall(BLOCK.sub("", markdown)))


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def fault_of(named: str) -> str | None:
    """Why there is no such command, or no such option of it; None if all of it exists."""
    words = named.rstrip(" .,").split()
    if words[-1] == "...":
        words.pop()
    try:
        resolved = resolve(words)
    except PywranglerError as error:
        return error.message
    if resolved.command is None:
        return None if resolved.path and children(resolved.path) else "there is no such command"
    made = get_command(typer_for(resolved.command, lambda _: None))  # type: ignore[arg-type, return-value]
    known = {name for option in options_of(made) for name in (*option.names, *option.opposites)}
    own = itertools.takewhile(lambda word: word != "--", resolved.arguments)
    given = [word.partition("=")[0] for word in own if word.startswith("-") and word != "-"]
    unknown = [
        option for option in given if option not in known | {"--help"} and not _is_joined(option, known)
    ]
    return f"it has no {unknown[0]}" if unknown else None


def _is_joined(option: str, known: set[str]) -> bool:
    """Whether it is several short options in one word, such as `-it`."""
    return not option.startswith("--") and all(f"-{letter}" in known for letter in option[1:])
