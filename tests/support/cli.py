"""Commands run inside the test's process: `run("containers list --json")`."""

from __future__ import annotations

import io
import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pywrangler.commands.context.surroundings import Surroundings
from pywrangler.commands.running.app import run as run_app


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it wrote."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)

    @property
    def error(self) -> Any:
        """The error that `--json` writes as the last line of standard error."""
        return json.loads(self.stderr.splitlines()[-1])["error"]


class Typed(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def run(
    command: str | list[str],
    *,
    stdin: str = "",
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    on_terminal: bool = False,
) -> Outcome:
    """Run a command line (without `pywrangler`) and return what came of it.

    `environment` is added to the test's own. `on_terminal` makes all three streams terminals, with `stdin`
    typed.
    """
    words = shlex.split(command) if isinstance(command, str) else command
    stream = Typed if on_terminal else io.StringIO
    surroundings = Surroundings(
        environment={**os.environ, "NO_COLOR": "1", **(environment or {})},
        directory=directory or Path.cwd(),
        stdin=stream(stdin),
        stdout=(stdout := stream()),
        stderr=(stderr := stream()),
    )
    return Outcome(run_app(words, surroundings), stdout.getvalue(), stderr.getvalue())
