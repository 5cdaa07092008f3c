"""The command line as users have it: a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "pywrangler_containers")


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    arguments: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)

    def __str__(self) -> str:
        words = " ".join(self.arguments)
        return f"pywrangler {words}: {self.status}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"

    def check(self) -> Result:
        """This result, provided that the command succeeded."""
        assert self.status == 0, str(self)
        return self


@dataclass(frozen=True)
class Running:
    """A command that continues."""

    arguments: tuple[str, ...]
    process: subprocess.Popen[str]
    stdout_file: Path
    stderr_file: Path

    def shown(self) -> str:
        """What it has written to standard output so far."""
        return self.stdout_file.read_text(errors="replace")

    def said(self) -> str:
        """What it has written to standard error so far."""
        return self.stderr_file.read_text(errors="replace")

    def interrupt(self) -> None:
        """Ctrl-C: SIGINT to the whole process group, as a terminal sends it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self, timeout_seconds: float = 60) -> Result:
        """How it ends."""
        try:
            self.process.wait(timeout=timeout_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(
                f"pywrangler {self.arguments} did not end; it said:\n{self.said()}"
            ) from None
        return Result(self.arguments, self.process.returncode, self.shown(), self.said())


@dataclass(frozen=True)
class Cli:
    """Runs `pywrangler` in a directory with an environment."""

    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to, or changed in, the test's own environment."""
    prefix: tuple[str, ...] = ()
    """What runs the command, such as a program that takes rights away from it."""

    def run(
        self, *arguments: str, timeout_seconds: float = 180, stdin: str = "", **environment: str
    ) -> Result:
        """Run a command to its end."""
        return self.start(*arguments, stdin=stdin, **environment).wait(timeout_seconds)

    def start(self, *arguments: str, stdin: str = "", **environment: str) -> Running:
        """Start a command in a process group of its own, with `stdin` in a file as its standard input.

        Its output goes to files: a platform that the command starts must not keep a pipe of ours open.
        """
        number = os.urandom(4).hex()
        shown, said = self.directory / f".stdout-{number}", self.directory / f".stderr-{number}"
        with shown.open("w") as stdout, said.open("w") as stderr, tempfile.TemporaryFile("w+") as typed:
            typed.write(stdin)
            typed.seek(0)
            process = subprocess.Popen(
                [*self.prefix, *COMMAND, *arguments],
                cwd=self.directory,
                env={**os.environ, **self.environment, **environment},
                stdin=typed,
                stdout=stdout,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        return Running(arguments, process, shown, said)
