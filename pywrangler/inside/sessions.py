"""Runs a program in a container and carries its input and output."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from types import FrameType
from typing import IO, Any

from pywrangler.dataclass import dataclass
from pywrangler.engine.failures import EngineRefusedError
from pywrangler.engine.log_frames import FrameReader
from pywrangler.engine.session import PIECE_BYTES, EngineSession, RawStream
from pywrangler.errors import PywranglerError
from pywrangler.inside.programs import LONGEST_REFUSAL_BYTES, REFUSALS, ContainerProgram, NotStarted, explain
from pywrangler.inside.terminals import size_of

STDOUT, STDERR = 1, 2
EXIT_SECONDS = 5.0
"""How long the engine may take to know the exit code after the output has ended."""
EXIT_INTERVAL_SECONDS = 0.02
STARTING_SECONDS = 2.0
KILLED_STATUS = 137


class ProgramNotStartedError(PywranglerError):
    """The engine could not start the program. `status` is what shells would exit with."""

    code = "program-not-started"

    def __init__(self, reason: NotStarted) -> None:
        super().__init__(reason.message, hint=reason.hint)
        self.status = reason.status


@dataclass
class ProgramStreams:
    """Where input comes from and where output goes. `terminal` is the descriptor of the user's terminal."""

    stdin: int | None
    write: Callable[[int, bytes], None]
    """Writes to 1 (output) or 2 (errors). Must write all of it."""
    terminal: int | None = None


def run_program(
    engine: EngineSession, container_id: str, program: ContainerProgram, streams: ProgramStreams
) -> int:
    """Run it to its end; returns its exit status. Raises `ProgramNotStartedError`, and KeyboardInterrupt for
    Ctrl-C that could not be passed on.
    """
    exec_id = _create(engine, container_id, program)
    start: dict[str, Any] = {"Detach": False, "Tty": program.has_terminal}
    if size := size_of(streams.terminal) if program.has_terminal else None:
        start["ConsoleSize"] = list(size)
    stream = engine.take_over(f"/exec/{exec_id}/start", start)
    try:
        conversation = _Conversation(engine, container_id, exec_id, program, stream, streams)
        conversation.carry()
    finally:
        stream.close()
    status = _exit_status(engine, exec_id)
    if conversation.refusal is not None:
        raise ProgramNotStartedError(explain(conversation.refusal.decode("utf-8", "replace"), program))
    return status


def start_program(engine: EngineSession, container_id: str, program: ContainerProgram) -> None:
    """Start it and leave it running."""
    exec_id = _create(engine, container_id, program)
    try:
        engine.json("POST", f"/exec/{exec_id}/start", body={"Detach": True, "Tty": program.has_terminal})
    except EngineRefusedError as error:
        raise ProgramNotStartedError(explain(error.message, program)) from error


def _create(engine: EngineSession, container_id: str, program: ContainerProgram) -> str:
    created = engine.json("POST", f"/containers/{container_id}/exec", body=program.create_body())
    return str(created["Id"])


def _exit_status(engine: EngineSession, exec_id: str) -> int:
    """The exit status, when the engine knows it. 0 for a program that continues because the user detached."""
    deadline = time.monotonic() + EXIT_SECONDS
    while True:
        try:
            found = engine.json("GET", f"/exec/{exec_id}/json")
        except EngineRefusedError as error:
            if error.status == 404:  # removed with its container
                return KILLED_STATUS
            raise
        if not found["Running"] and found["ExitCode"] is not None:
            return int(found["ExitCode"])
        if time.monotonic() > deadline:
            return 0
        time.sleep(EXIT_INTERVAL_SECONDS)


@dataclass
class _Conversation:
    """Input and output of one program, until the engine ends it."""

    engine: EngineSession
    container_id: str
    exec_id: str
    program: ContainerProgram
    stream: RawStream
    streams: ProgramStreams
    refusal: bytes | None = None
    """The engine's words in place of output, when it could not start the program."""
    _frames: FrameReader = field(default_factory=FrameReader)
    _held: bytes | None = b""
    """The beginning of the output while it may be a refusal; None later."""
    _interruptions: int = 0
    _is_resized: bool = False

    def carry(self) -> None:
        """Return when the output has ended."""
        waiting, is_input_open = b"", self.streams.stdin is not None
        with self._signals() as wake_up:
            while True:
                can_read_input = is_input_open and len(waiting) < PIECE_BYTES
                sources = [self.stream.fileno(), wake_up]
                if can_read_input and self.streams.stdin is not None:
                    sources.append(self.streams.stdin)
                targets = [self.stream.fileno()] if waiting or self.stream.has_unsent else []
                timeout = 0 if self.stream.has_input else None
                readable, writable, _ = select.select(sources, targets, [], timeout)
                if wake_up in readable:
                    _drain(wake_up)
                    self._heed_signals()
                if can_read_input and self.streams.stdin in readable:
                    piece = _read(self.streams.stdin)
                    waiting += piece
                    is_input_open = bool(piece)
                if writable and not waiting:
                    self.stream.write(b"")
                if waiting and (writable or not targets):
                    waiting = waiting[self._send(waiting) :]
                if self.streams.stdin is not None and not is_input_open and not waiting:
                    self.stream.end_writing()
                    self.streams.stdin = None
                if (self.stream.fileno() in readable or self.stream.has_input) and self._is_over():
                    return

    def _send(self, content: bytes) -> int:
        try:
            return self.stream.write(content)
        except (BrokenPipeError, ConnectionResetError):  # the program has ended
            self.streams.stdin = None
            return len(content)

    def _is_over(self) -> bool:
        """Read what has come; True at the end."""
        content = self.stream.read()
        if content is None:
            return False
        if not content:
            self._release(is_end=True)
            return True
        if self.program.has_terminal:
            self._show(STDOUT, content)
        else:
            for number, data in self._frames.feed(content):
                self._show(number, data)
        return False

    def _show(self, number: int, content: bytes) -> None:
        if self._held is not None and number == STDOUT:
            self._held += content
            self._release(is_end=False)
            return
        self._release(is_end=True)
        self.streams.write(number, content)

    def _release(self, *, is_end: bool) -> None:
        """Write what was held, unless it may still be the engine's refusal."""
        held = self._held
        if held is None or self.refusal is not None:
            return
        is_possible = any(held.startswith(each[: len(held)]) for each in REFUSALS)
        if is_possible and len(held) < LONGEST_REFUSAL_BYTES:
            if not is_end:
                return
            if held and not self._has_run():
                self.refusal = held
                return
        self._held = None
        if held:
            self.streams.write(STDOUT, held)

    def _has_run(self) -> bool:
        """Whether the program itself wrote what looks like a refusal: the engine knows a process of it."""
        return int(self.engine.json("GET", f"/exec/{self.exec_id}/json").get("Pid") or 0) > 0

    # Signals

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """A descriptor that can be read when a signal has come."""
        inner, outer = socket.socketpair()
        inner.setblocking(False)
        outer.setblocking(False)

        def interrupted(_number: int, _frame: FrameType | None) -> None:
            self._interruptions += 1
            if self._interruptions > 1:
                raise KeyboardInterrupt

        def resized(_number: int, _frame: FrameType | None) -> None:
            self._is_resized = True

        former_wake_up = signal.set_wakeup_fd(outer.fileno(), warn_on_full_buffer=False)
        former = {signal.SIGINT: signal.signal(signal.SIGINT, interrupted)}
        if self.program.has_terminal and self.streams.terminal is not None:
            former[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, resized)
            self._is_resized = True
            outer.send(b"\0")
        try:
            yield inner.fileno()
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(former_wake_up)
            inner.close()
            outer.close()

    def _heed_signals(self) -> None:
        if self._interruptions:
            self._interrupt()
        if self._is_resized:
            self._is_resized = False
            self._resize()

    def _resize(self) -> None:
        size = size_of(self.streams.terminal)
        if size is None:
            return
        rows, columns = size
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            with contextlib.suppress(EngineRefusedError):
                query = {"h": str(rows), "w": str(columns)}
                self.engine.json("POST", f"/exec/{self.exec_id}/resize", query=query)
                return
            # The engine refuses until the program has started.
            found = self.engine.json("GET", f"/exec/{self.exec_id}/json")
            if not found["Running"] or time.monotonic() > deadline:
                return
            time.sleep(EXIT_INTERVAL_SECONDS)

    def _interrupt(self) -> None:
        """Send the program SIGINT, as a terminal would. The engine's interface has no call for it, so a shell
        or `kill` of the container does. Raises KeyboardInterrupt if that is not possible.
        """
        found = self.engine.json("GET", f"/exec/{self.exec_id}/json")
        number = _number_inside(int(found.get("Pid") or 0))
        if number is None:
            raise KeyboardInterrupt
        words = ("kill", "-INT", str(number))
        for each in (("sh", "-c", " ".join(words)), words):
            kill = ContainerProgram(each, user=self.program.user)
            if _status_of(self.engine, self.container_id, kill) == 0:
                return
        raise KeyboardInterrupt


def _status_of(engine: EngineSession, container_id: str, program: ContainerProgram) -> int:
    """Run a short program and drop its output; its exit status."""
    exec_id = _create(engine, container_id, program)
    body = {"Detach": False, "Tty": False}
    with engine.open(
        "POST",
        f"/exec/{exec_id}/start",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    ) as response:
        response.read()
    return _exit_status(engine, exec_id)


def _number_inside(pid: int) -> int | None:
    """The number that a process of this machine has in its container; None if it cannot be read."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    numbers = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
    return int(numbers[-1]) if len(numbers) > 1 else None


def _read(descriptor: int | None) -> bytes:
    try:
        return os.read(descriptor, PIECE_BYTES) if descriptor is not None else b""
    except OSError:  # a terminal that is gone
        return b""


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 4096):
            pass


def writer_to(stdout: IO[str], stderr: IO[str]) -> Callable[[int, bytes], None]:
    """Writes bytes to two text streams, unchanged and at once."""

    def write(number: int, content: bytes) -> None:
        stream = stderr if number == STDERR else stdout
        raw = getattr(stream, "buffer", None)
        if raw is None:
            stream.write(content.decode("utf-8", "replace"))
            return
        raw.write(content)
        raw.flush()

    return write
