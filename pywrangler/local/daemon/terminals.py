"""Opens terminals in instances for the page in the browser: a shell, started as an exec of the engine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.calls import EngineCalls
from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.streams import open_connection
from pywrangler.errors import PywranglerError
from pywrangler.local.instances.ledger import Ledger

SHELL = ["/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; exec /bin/sh"]
VARIABLES = ["TERM=xterm-256color"]
MARK = "TERMINAL_OF_PYWRANGLER"
"""A variable of the shell, with which it is found at the end: the process ids of an engine on another machine
say nothing here.
"""
PIECE_BYTES = 64 * 1024
UPGRADED = (101, 200)
SIZE_TRIES = 20
LOOK_AGAIN_SECONDS = 0.05


HANG_UP = """
for each in /proc/[0-9]*; do
  grep -q "$1" "$each/environ" 2>/dev/null && kill -HUP "${each#/proc/}"
done
"""


def hang_up_command(mark: str) -> list[str]:
    """Sends SIGHUP to the processes in a container that have the mark in their environment."""
    return ["/bin/sh", "-c", HANG_UP, "sh", mark]


class InstanceTerminals:
    """Implements `pywrangler.local.rest.dashboard.terminal_source.TerminalSource`."""

    def __init__(self, engine: EngineAddress, ledger: Ledger) -> None:
        self._engine = engine
        self._calls = EngineCalls(engine)
        self._ledger = ledger
        self._open: set[InstanceTerminal] = set()

    async def open(self, instance_id: str, rows: int, columns: int) -> InstanceTerminal:
        """A shell in the instance. Raises `PywranglerError`."""
        containers = {each.id: each.container_id for each in self._ledger.alive()}
        container_id = containers.get(instance_id)
        if container_id is None:
            raise PywranglerError("The instance does not run.", code="not-running")
        mark = f"{MARK}={secrets.token_hex(8)}"
        body = {
            "Cmd": SHELL, "Env": [*VARIABLES, mark], "Tty": True, "ConsoleSize": [rows, columns],
            "AttachStdin": True, "AttachStdout": True, "AttachStderr": True,
        }  # fmt: skip
        exec_id = await self._calls.create_exec(container_id, body)
        streams = await self._start(exec_id, rows, columns)
        terminal = InstanceTerminal(self._calls, container_id, exec_id, mark, streams, self._open.discard)
        self._open.add(terminal)
        return terminal

    def dismiss(self) -> None:
        """End all shells: their pages see an end."""
        for terminal in list(self._open):
            terminal.hang_up()

    async def close(self) -> None:
        """Close the connections to the engine."""
        self.dismiss()
        await self._calls.close()

    async def _start(
        self, exec_id: str, rows: int, columns: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The shell's stream: the connection to the engine, after the response to the start."""
        reader, writer = await open_connection(self._engine)
        body = json.dumps({"Detach": False, "Tty": True, "ConsoleSize": [rows, columns]}).encode()
        writer.write(
            f"POST /exec/{exec_id}/start HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            if status not in UPGRADED:
                reason = (await reader.read(PIECE_BYTES)).decode("utf-8", "replace").strip()
                raise EngineRefusedError(f"The shell could not be started: {reason}", status)
        except (OSError, EOFError, ValueError) as error:
            writer.close()
            raise EngineRefusedError("The shell could not be started.", 500) from error
        except BaseException:
            writer.close()
            raise
        return reader, writer


class InstanceTerminal:
    """Implements `pywrangler.local.rest.dashboard.terminal_source.OpenTerminal`."""

    def __init__(
        self,
        calls: EngineCalls,
        container_id: str,
        exec_id: str,
        mark: str,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        forget: Callable[[InstanceTerminal], None],
    ) -> None:
        """`mark` is in the environment of the shell; `forget` is called when it was closed."""
        self._calls = calls
        self._mark = mark
        self._forget = forget
        self._container_id = container_id
        self._exec_id = exec_id
        self._reader, self._writer = streams

    async def read(self) -> bytes:
        """What the shell has written; empty at its end."""
        try:
            return await self._reader.read(PIECE_BYTES)
        except OSError:
            return b""

    async def write(self, content: bytes) -> None:
        """Type something."""
        self._writer.write(content)
        await self._writer.drain()

    async def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size. Right after the start the engine may not have the terminal yet."""
        for _ in range(SIZE_TRIES):
            try:
                await self._calls.resize_exec(self._exec_id, rows, columns)
            except EngineRefusedError:
                if not (await self._calls.exec_state(self._exec_id))["Running"]:
                    return
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
            else:
                return

    async def exit_status(self) -> int | None:
        """How the shell ended. The engine may know it a moment after the end of the output."""
        with contextlib.suppress(PywranglerError):
            for _ in range(SIZE_TRIES):
                state = await self._calls.exec_state(self._exec_id)
                if not state["Running"]:
                    return None if state["ExitCode"] is None else int(state["ExitCode"])
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return None

    async def close(self) -> None:
        """Hang up, also what the shell started: the engine would leave all of it running."""
        self._forget(self)
        with contextlib.suppress(PywranglerError, OSError):
            if (await self._calls.exec_state(self._exec_id))["Running"]:
                await self._calls.run_inside(self._container_id, hang_up_command(self._mark))
        self.hang_up()

    def hang_up(self) -> None:
        """End the stream."""
        self._writer.close()
