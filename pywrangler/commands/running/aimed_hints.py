"""Commands in hints that act where the run acted: on the same target, with the same login and configuration.

A hint that says `pywrangler secrets-store store list` after a command with `--remote` would, copied, list the
stores of the local platform.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from pywrangler.commands.tree import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pywrangler.commands.context.invocation import GlobalOptions
    from pywrangler.commands.tree import Words

COMMAND = re.compile(r"`pywrangler (?P<words>[^`]+)`")
WITHOUT_TARGET = ("init", "check", "login", "logout", "whoami", "local")
OF_PROJECT = ("deploy", "check")
"""Commands that are about the project's configuration as a whole."""


def aimed(hint: str, chosen: GlobalOptions) -> str:
    """The hint, its commands with the options of `chosen` that say where they act."""
    return COMMAND.sub(lambda match: f"`pywrangler {_aimed_command(match['words'], chosen)}`", hint)


def _aimed_command(text: str, chosen: GlobalOptions) -> str:
    words = text.split()
    path = _path(words)
    if path is None or "--help" in words:
        return text
    added = [
        option
        for option in (*_target(path, chosen), *_login(path, chosen), *_project(path, chosen))
        if option[0] not in words
    ]
    return " ".join([text, *(shlex.quote(word) if word else '""' for option in added for word in option)])


def _path(words: Sequence[str]) -> Words | None:
    """The longest beginning that is a command: `queues consumer list` and `queues consumer worker list`."""
    paths = (tuple(words[:length]) for length in range(len(words), 0, -1))
    return next((path for path in paths if find(path)), None)


def _target(path: Words, chosen: GlobalOptions) -> list[tuple[str, ...]]:
    if chosen.remote is None or path[0] in WITHOUT_TARGET:
        return []
    return [("--remote" if chosen.remote else "--local",)]


def _login(path: Words, chosen: GlobalOptions) -> list[tuple[str, ...]]:
    is_local = path[0] in WITHOUT_TARGET and path[0] not in ("login", "logout", "whoami")
    return [] if chosen.profile is None or is_local else [("--profile", chosen.profile)]


def _project(path: Words, chosen: GlobalOptions) -> list[tuple[str, ...]]:
    if path[0] not in OF_PROJECT:
        return []
    named = (
        *(("--config", str(file)) for file in chosen.configs or (chosen.config,) if file),
        ("--cwd", str(chosen.directory) if chosen.directory else None),
        ("--env", chosen.environment),
    )
    return [(option, value) for option, value in named if value is not None]
