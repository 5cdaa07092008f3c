"""The interface of what opens terminals in instances."""

from __future__ import annotations

from typing import Protocol


class OpenTerminal(Protocol):
    """A shell that runs in an instance, on a terminal."""

    async def read(self) -> bytes:
        """What the shell has written; empty at its end."""

    async def write(self, content: bytes) -> None:
        """Type something."""

    async def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size."""

    async def exit_status(self) -> int | None:
        """How the shell ended; None if that is unknown, or it runs."""

    async def close(self) -> None:
        """End the shell, if it runs."""


class TerminalSource(Protocol):
    """What opens them, in the platform's process."""

    async def open(self, instance_id: str, rows: int, columns: int) -> OpenTerminal:
        """Start a shell. Raises `PywranglerError` if the instance does not run, or the engine refuses."""
