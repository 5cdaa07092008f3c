"""What `workerd` wraps around the commands of an exec, and how it ends one. Pure.

workerd 2026-11-17 starts `/bin/sh -c 'echo $$ > FILE; exec "$@"' sh COMMAND...`, and ends a program with
another exec of the shell that reads the process id from FILE. So in an image without a shell no program could
be started, and a program that does not exist would be the shell's failure (127). The gateway starts the
command itself and knows its process id, so it needs neither the shell nor the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_PROLOGUE = re.compile(r'echo \$\$ > (?P<file>\S+); exec "\$@"')
_KILL = re.compile(r"\bkill -(?P<signal>\d+)\b")
_FILE = re.compile(r"[^\s\"']+/\.workerd-exec-[0-9a-f-]+\.pid")
_SHELL = ["/bin/sh", "-c"]


@dataclass(frozen=True)
class WrappedCommand:
    """A command without the shell around it."""

    command: tuple[str, ...]
    file: str
    """Where the shell would write its process id. It identifies the program when it is killed."""


@dataclass(frozen=True)
class KillCommand:
    """A signal for a program that another exec started."""

    signal: int
    file: str


def read_wrapped(body: Mapping[str, Any]) -> WrappedCommand | None:
    """The command in the body of `POST /containers/NAME/exec`; None for one that is not wrapped."""
    words = _words(body)
    if words[:2] != _SHELL or len(words) < 5 or (found := _PROLOGUE.fullmatch(words[2])) is None:
        return None
    return WrappedCommand(tuple(words[4:]), found["file"])


def read_kill(body: Mapping[str, Any]) -> KillCommand | None:
    """The signal that an exec is for; None for every other exec."""
    words = _words(body)
    if words[:2] != _SHELL or len(words) != 3:
        return None
    signal, file = _KILL.search(words[2]), _FILE.search(words[2])
    return KillCommand(int(signal["signal"]), file[0]) if signal and file else None


def read_size(body: Mapping[str, Any]) -> tuple[int, int] | None:
    """The rows and columns of the terminal in the body of `POST /exec/ID/start`; None without one."""
    size = body.get("ConsoleSize")
    if not body.get("Tty") or not isinstance(size, Sequence) or len(size) != 2:
        return None
    rows, columns = (int(each) for each in size)
    return (rows, columns) if rows or columns else None


def with_size(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /exec/ID/start` with the size also where Podman (4.3) reads it."""
    size = read_size(body)
    return {**body, "h": size[0], "w": size[1]} if size else dict(body)


def _words(body: Mapping[str, Any]) -> list[str]:
    return [str(word) for word in body.get("Cmd") or ()]
