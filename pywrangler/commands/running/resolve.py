"""From argument words to one command: pure, so that the tree can be walked without importing any command."""

from __future__ import annotations

from collections.abc import Sequence

from pywrangler.commands.running.wrangler_commands import is_wrangler_only, names_below, wrangler_only
from pywrangler.commands.tree import Command, Words, children, find
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError
from pywrangler.spelling import closest_few

GLOBAL_VALUE_OPTIONS = frozenset(
    {"-c", "--config", "--cwd", "-e", "--env", "--env-file", "--profile", "--log-level"}
)
"""Options of every command that take a value, so that the word after one of them is not a command."""


@dataclass(frozen=True)
class Resolved:
    """The result of resolving words: a command with its remaining arguments, or a group (then `command` is
    None).
    """

    path: Words
    command: Command | None
    arguments: tuple[str, ...]


def resolve(words: Sequence[str]) -> Resolved:
    """Follow `words` down the command tree; options before the command are passed to it.

    Raises `UsageError` for a word that no group knows. The hint names the command of Wrangler's, where it is
    one, otherwise the nearest command.
    """
    path: Words = ()
    before: list[str] = []
    # `pywrangler help deploy` is asked as `pywrangler deploy --help`.
    rest = [*words[1:], "--help"] if words[:1] in (["help"], ("help",)) else list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-") and word != "-":
            before.append(word)
            if word in GLOBAL_VALUE_OPTIONS and rest:
                before.append(rest.pop(0))
            continue
        if is_wrangler_only((*path, word)):
            raise wrangler_only((*path, word), rest)
        if word not in children(path):
            raise UsageError(_unknown(path, word), hint=_suggestion(path, word))
        path = (*path, word)
        if rest and rest[0] in children(path):
            continue
        if command := find(path):
            if is_wrangler_only((*path, *rest[:1])):
                raise wrangler_only((*path, *rest[:1]), rest[1:])
            return Resolved(path, command, (*before, *rest))
    return Resolved(path, None, tuple(before))


def _unknown(path: Words, word: str) -> str:
    parent = " ".join(("pywrangler", *path))
    return f"`{parent}` has no command `{word}`."


def _suggestion(path: Words, word: str) -> str:
    ours = children(path)
    near = closest_few(word, [*ours, *names_below(path)], most=2, likeness=0.5)
    if near and near[0] in ours:  # a slip: a command of Wrangler's beside it would only distract
        near = [name for name in near if name in ours]
    programs = ("pywrangler" if name in ours else "npx wrangler" for name in near)
    names = zip(programs, near, strict=True)
    commands = " or ".join(f"`{' '.join((program, *path, name))}`" for program, name in names)
    ask = f"`{' '.join(('pywrangler', *path))} --help` lists the commands."
    return f"Did you mean {commands}? {ask}" if near else ask
