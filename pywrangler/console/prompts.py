"""Questions on a terminal. They are written to standard error, so that standard output holds results only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TextIO, cast

from pywrangler.dataclass import dataclass
from pywrangler.errors import PywranglerError

ENDED = "Cancelled: the input ended before an answer."


@dataclass(frozen=True)
class Terminal:
    """The terminal that shows questions and gives answers."""

    stdin: IO[str]
    stderr: IO[str]

    def read(self, question: str) -> str:
        """One answer, stripped; raises `PywranglerError` when the input ends instead."""
        self.stderr.write(question)
        self.stderr.flush()
        line = self.stdin.readline()
        if not line:
            self.stderr.write("\n")
            raise PywranglerError(ENDED, code="cancelled")
        return line.strip()


def confirm(terminal: Terminal, question: str, *, default: bool) -> bool:
    """Whether the answer is yes; an empty answer is `default`."""
    choices = "Y/n" if default else "y/N"
    while True:
        answer = terminal.read(f"{question} [{choices}] ").lower()
        if not answer:
            return default
        if answer in ("y", "yes", "n", "no"):
            return answer.startswith("y")
        terminal.stderr.write("Answer y or n.\n")


def ask(terminal: Terminal, question: str, *, default: str | None) -> str:
    """A line that is not empty; an empty answer is `default` if there is one."""
    shown = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        if answer := terminal.read(shown) or default:
            return answer


def ask_secret(terminal: Terminal, question: str) -> str:
    """A line typed without echo; may be empty."""
    import getpass

    try:
        return getpass.getpass(f"{question}: ", stream=cast("TextIO", terminal.stderr))
    except EOFError:
        terminal.stderr.write("\n")
        raise PywranglerError(ENDED, code="cancelled") from None
    except KeyboardInterrupt:
        terminal.stderr.write("\n")
        raise


def choose(terminal: Terminal, question: str, options: Sequence[str]) -> int:
    """The index of the option whose number is given."""
    for number, option in enumerate(options, start=1):
        terminal.stderr.write(f"  {number}. {option}\n")
    while True:
        answer = terminal.read(f"{question} [1-{len(options)}]: ")
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(options):
            return int(answer) - 1
        terminal.stderr.write(f"Enter a number from 1 to {len(options)}.\n")
