"""The commands of Wrangler (4.164) that pywrangler does not have: data that shrinks as commands are added.

Whoever types one of them is shown the command of Wrangler's, not the name of another command of ours.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from pywrangler.errors import UsageError

WRANGLER_ONLY: tuple[str, ...] = (
    "agent-memory",
    "ai",
    "ai-search",
    "artifacts",
    "auth",
    "basin",
    "browser",
    "build",
    "cert",
    "check startup",
    "cloudchamber",
    "complete",
    "d1 insights",
    "docs",
    "email",
    "flagship",
    "hello-world",
    "hyperdrive",
    "k2",
    "metrics",
    "pages",
    "pipelines",
    "preview base-config",
    "preview secret",
    "r2 bucket catalog",
    "r2 bucket cors",
    "r2 bucket domain",
    "r2 bucket lifecycle",
    "r2 bucket local-uploads",
    "r2 bucket lock",
    "r2 bucket sippy",
    "r2 bulk",
    "r2 sql",
    "setup",
    "telemetry",
    "tunnel",
    "turnstile",
    "vectorize",
    "vpc",
)
"""A name includes everything below it. A command that pywrangler gets is removed from the list."""

INSTEAD: dict[str, str] = {
    "telemetry": "pywrangler sends no telemetry.",
    "metrics": "pywrangler sends no telemetry.",
    "complete": "Completions for bash, zsh and fish are installed with pywrangler.",
}
"""What pywrangler has for a purpose like that, by the first word."""


def is_wrangler_only(words: Sequence[str]) -> bool:
    """Whether `words` name a command, or a group of commands, that only Wrangler has."""
    return " ".join(words) in WRANGLER_ONLY


def names_below(path: Sequence[str]) -> list[str]:
    """The words that may follow `path` in a command that only Wrangler has."""
    depth = len(path)
    split = [entry.split() for entry in WRANGLER_ONLY]
    return [words[depth] for words in split if words[:depth] == list(path) and len(words) == depth + 1]


def wrangler_only(path: Sequence[str], rest: Sequence[str]) -> UsageError:
    """The refusal of the command `path`, with the command of Wrangler's to run.

    `rest` follows on the command line. Its options are left out: they may hold secrets.
    """
    operands = list(rest)
    first_option = next((at for at, word in enumerate(operands) if word.startswith("-")), len(operands))
    command = shlex.join(["npx", "wrangler", *path, *operands[:first_option]])
    instead = INSTEAD.get(path[0], "")
    return UsageError(
        f"`{' '.join(path)}` is a command of Wrangler that pywrangler does not have.",
        hint=f"Run `{command}`.{' ' if instead else ''}{instead}",
        code="wrangler-only",
    )
