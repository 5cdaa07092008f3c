"""The commands in a read-me file are run, and their output is compared with what it shows.

In a block marked `console`, a line that begins with `$ ` is a command and the lines below it are what it
prints; without any, nothing is promised. `...` stands for any text. Times are different each time. So are
addresses and ids; those that are the same in the file must be the same in reality, and others must differ.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PARTS = re.compile(
    r"(?P<lines>^\.\.\.$)|(?P<any>\.\.\.)"
    r"|(?P<time>\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:\d\d)|\b\d\d:\d\d:\d\d\b|\b\d+\.\d s\b)"
    r"|(?P<name>localhost:\d+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{12}\b)",
    re.MULTILINE,
)
FIRST_PORT = 8787
PATIENCE_SECONDS = 30.0
"""How long the step after a `sleep` may take to come true: no less than a busy machine needs."""


@dataclass(frozen=True)
class Step:
    """A command, and what it prints; None where the file does not say."""

    command: str
    output: str | None


def read_steps(text: str) -> list[Step]:
    """The commands of a read-me file, in its order."""
    steps: list[Step] = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            steps.append(Step(command, output.rstrip() or None))
    return steps


@dataclass
class Names:
    """What the names in the file are in reality."""

    actual: dict[str, str] = field(default_factory=dict)

    def translate(self, command: str) -> str:
        """The command with the names as they are."""
        return PARTS.sub(lambda found: self.actual.get(found[0], found[0]), command)

    def matches(self, promised: str, printed: str) -> bool:
        """Whether `printed` is what was promised; its new names are remembered then."""
        new: list[str] = []
        found = re.fullmatch(self._pattern(promised, new), printed.rstrip())
        if found is None:
            return False
        known = self.actual | dict(zip(new, found.groups(), strict=True))
        if len(set(known.values())) < len(known):
            return False
        self.actual = known
        return True

    def address(self, printed: str) -> None:
        """Take the address that a deploy has printed for the next one of the file."""
        found = re.search(r"localhost:\d+", printed)
        if found and found[0] not in self.actual.values():
            ports = sum(name.startswith("localhost:") for name in self.actual)
            self.actual[f"localhost:{FIRST_PORT + ports}"] = found[0]

    def _pattern(self, promised: str, new: list[str]) -> str:
        pattern, end = "", 0
        for part in PARTS.finditer(promised):
            pattern += re.escape(promised[end : part.start()]) + self._part_pattern(part, new)
            end = part.end()
        return pattern + re.escape(promised[end:])

    def _part_pattern(self, part: re.Match[str], new: list[str]) -> str:
        text = part[0]
        match part.lastgroup:
            case "lines":
                return r"(?s:.*?)"
            case "any":
                return ".*?"
            case "time":
                local = r"[\d-]+ [\d:]+[+-][\d:]+"
                return local if text[10:11] == " " else r"[\d:.TZ-]+" + (" s" if text.endswith(" s") else "")
        if text in self.actual:
            return re.escape(self.actual[text])
        if text in new:
            return f"(?P=n{new.index(text)})"
        new.append(text)
        form = r"localhost:\d+" if text.startswith("localhost") else f"[0-9a-f-]{{{len(text)}}}"
        return f"(?P<n{len(new) - 1}>{form})"


def follow(directory: Path) -> None:
    """Do in `directory` what its read-me file says, and fail the test where something else comes of it."""
    names, patience_seconds = Names(), 0.0
    for step in read_steps((directory / "README.md").read_text()):
        if step.command == "npm install":
            continue  # the copies of the examples share what is installed
        if step.command.startswith("sleep "):
            patience_seconds = max(PATIENCE_SECONDS, float(step.command.split()[1]))
            continue
        take(step, names, directory, patience_seconds)
        patience_seconds = 0.0


def take(step: Step, names: Names, directory: Path, patience_seconds: float) -> None:
    """Run the command; again, if need be, until it prints what was promised or the patience ends."""
    command, deadline = names.translate(step.command), time.monotonic() + patience_seconds
    # The steps are few and take long: no need to ask as often as `eventually` does.
    while True:
        printed = _run(command, directory)
        if "pywrangler deploy" in command:
            names.address(printed)
        if step.output is None or names.matches(step.output, printed):
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"$ {command}\n--- promised\n{step.output}\n--- printed\n{printed}")
        time.sleep(0.2)


def _run(command: str, directory: Path) -> str:
    """What the command shows. `pywrangler` writes on standard error what is for people; that it names its
    target first is not what the file is about.
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # Files: a platform that the command starts would keep a pipe open.
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=directory,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stdout if "pywrangler" in command else stderr,
            timeout=180,
        )
        stdout.seek(0)
        stderr.seek(0)
        printed = "".join(line for line in stdout if not line.startswith("Target: "))
        assert done.returncode == 0, f"$ {command}: {done.returncode}\n{printed}\n{stderr.read()}"
    return printed
