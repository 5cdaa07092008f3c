"""A program to run in a container: what the engine is asked, and how its words are understood. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pywrangler.dataclass import dataclass

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""Exit statuses of a program that does not exist, or cannot be run, as shells have them."""
DETACH_KEYS = "ctrl-^,ctrl-],ctrl-^"
"""In place of the engine's own (Ctrl-P Ctrl-Q), which would hold back every Ctrl-P of a shell."""
REFUSALS = (b"OCI runtime exec failed: ", b"unable to find user ", b"unable to find group ")
"""What the engine (26.1) writes into the program's output when it could not start it."""
LONGEST_REFUSAL_BYTES = 4096
MISSING = re.compile(
    r"executable file not found|exec: \"[^\"]*\": stat [^:]*: no such file|no such file or dir"
)
PROCESS_WORDS = re.compile(
    r"^OCI runtime exec failed: (exec failed: )?(unable to start container process: )?"
)


@dataclass(frozen=True)
class ContainerProgram:
    """A command line with its surroundings."""

    words: tuple[str, ...]
    has_input: bool = False
    has_terminal: bool = False
    user: str | None = None
    directory: str | None = None
    variables: tuple[str, ...] = ()
    """`NAME=value`."""

    def create_body(self) -> dict[str, Any]:
        """The body of the engine's `POST /containers/{id}/exec`."""
        body: dict[str, Any] = {
            "Cmd": list(self.words),
            "AttachStdin": self.has_input,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": self.has_terminal,
            "Env": list(self.variables),
        }
        if self.has_terminal:
            body["DetachKeys"] = DETACH_KEYS
        if self.user is not None:
            body["User"] = self.user
        if self.directory is not None:
            body["WorkingDir"] = self.directory
        return body


@dataclass(frozen=True)
class NotStarted:
    """Why the engine could not start a program. `status` is the exit status that shells give."""

    status: int
    message: str
    hint: str | None = None


def explain(words: str, program: ContainerProgram) -> NotStarted:
    """The reason from the engine's words."""
    name = program.words[0]
    if words.startswith("unable to find"):
        return NotStarted(NOT_EXECUTABLE, f"The container has no user `{program.user}`.")
    if "chdir to cwd" in words or "Cwd must be an absolute path" in words:
        return NotStarted(
            NOT_EXECUTABLE,
            f"The container has no directory `{program.directory}`.",
            "Name one that exists with `--workdir`.",
        )
    if MISSING.search(words):
        hint = "The image has no shell; name a program that it has." if name in ("sh", "bash") else None
        return NotStarted(NOT_FOUND, f"The container has no program `{name}`.", hint)
    if "permission denied" in words:
        return NotStarted(NOT_EXECUTABLE, f"`{name}` is not an executable program in the container.")
    plain = PROCESS_WORDS.sub("", words).strip().removesuffix(": unknown")
    return NotStarted(NOT_EXECUTABLE, f"`{name}` could not be started: {plain}.")


def read_variables(
    given: Iterable[str], files: Iterable[str], environment: Mapping[str, str]
) -> tuple[str, ...]:
    """`NAME=value` for each variable: of the texts of files, then of options. A bare NAME takes its value
    from `environment`, and is omitted if it has none there. Values in files are taken as they are, as by
    Docker.
    """
    lines = [line.lstrip() for file in files for line in file.splitlines()]
    found: dict[str, str] = {}
    for text in [*(line for line in lines if line and not line.startswith("#")), *given]:
        name, has_value, value = text.partition("=")
        if has_value:
            found[name] = value
        elif name in environment:
            found[name] = environment[name]
    return tuple(f"{name}={value}" for name, value in found.items())
