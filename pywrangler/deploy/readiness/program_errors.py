"""Hints for a container whose program could not be executed, by the engine's words or by those that its last
log lines end with. Pure.
"""

from __future__ import annotations

import re

COMMAND = "`CMD` or `ENTRYPOINT` of the image, or the class's `entrypoint`"
_NO_PROGRAM = (
    f"The image has no program `{{0}}`. Correct {COMMAND}."
    " The shell form of `CMD` needs `/bin/sh` in the image."
)
_NOT_EXECUTABLE = "`{0}` may not be executed: add `RUN chmod +x {0}` to the Dockerfile, if it is a program."
_NO_COMMAND = "Add `CMD` or `ENTRYPOINT` to the Dockerfile, or set the class's `entrypoint`."
_OTHER_FORMAT = (
    "It is a program for a platform other than linux/amd64, or a script whose first line does not begin with"
    " `#!`."
)
_NO_INTERPRETER = (
    "The image has the program, but not what it needs to start: the interpreter in the first line of a"
    " script (with Windows line ends its name ends in a carriage return), or the loader of a program that was"
    " linked for another distribution."
)
_NO_USER = "The image has no user or group `{0}`: create it in the Dockerfile, or correct `USER`."
_STARTED_TWICE = (
    "A container outlives a redeploy of its Worker. Start it only if none is running:"
    " `if (!this.ctx.container.running) this.ctx.container.start();`."
)

_HINTS = (
    (r'exec: "": executable file not found', _NO_COMMAND),
    (r"no command specified", _NO_COMMAND),
    (r'exec: "([^"]+)": (?:executable file not found|stat .*no such file)', _NO_PROGRAM),
    (r"executable file [`']([^`']+)['`] not found", _NO_PROGRAM),
    (r'(?:exec: "|open executable: )([^"]+)"?: [Pp]ermission denied', _NOT_EXECUTABLE),
    (r"exec (\S+): exec format error|exec user process caused: exec format error", _OTHER_FORMAT),
    (r"exec (\S+): no such file or directory", _NO_INTERPRETER),
    (r"unable to find (?:user|group) (\S+?):", _NO_USER),
    (
        r"chdir to cwd|[Cc]annot mkdir|mkdir \S+: not a directory|working dir",
        "Correct `WORKDIR` of the image.",
    ),
    (r"start\(\) cannot be called on a container that is already running", _STARTED_TWICE),
)
_SHELL_NOT_FOUND = re.compile(r"(?:^|\s)(\S+): (?:command )?not found$")


def hint_of_reason(reason: str) -> str | None:
    """The hint for a start that the engine or the runtime refused; None for an unknown reason."""
    for pattern, hint in _HINTS:
        if found := re.search(pattern, reason):
            return hint.format(*found.groups())
    return None


def hint_of_last_line(exit_code: int, log_tail: tuple[str, ...]) -> str | None:
    """The same for a program that ended, by what was written last."""
    last = log_tail[-1].strip() if log_tail else ""
    if last.startswith("exec ") or "exec user process caused" in last:
        return hint_of_reason(last)
    # Of a shell (POSIX): 127 is a command that was not found.
    if exit_code == 127 and (found := _SHELL_NOT_FOUND.search(last)):
        return _NO_PROGRAM.format(found[1])
    return None
