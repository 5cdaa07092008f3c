"""The Docker CLI as a process: find it, check for buildx, run it, end it."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pywrangler.errors import MissingError
from pywrangler.images.build_args import Builder, read_builder
from pywrangler.images.records import BuildSettings

if TYPE_CHECKING:  # its import takes longer than to find out that nothing must be built
    import asyncio
    from asyncio.subprocess import Process

T = TypeVar("T")

STOP_SECONDS = 5.0
"""How long a build may take to end after SIGTERM."""
LINE_LIMIT_BYTES = 1024 * 1024
VERSION_SECONDS = 30.0


def check_named_docker(settings: BuildSettings) -> None:
    """Raise MissingError if the command that the user named does not exist, as Wrangler (4.164) does.

    Many deploys here do not need it, so without this check a wrong name would be noticed only later.
    """
    named = settings.named_docker
    if named and shutil.which(named, path=settings.environment.get("PATH")) is None:
        is_there = os.sep in named and Path(named).exists()
        raise _cannot_run(named, PermissionError() if is_there else FileNotFoundError())


def find_builder(docker: str, environment: Mapping[str, str], *, is_podman_engine: bool = False) -> Builder:
    """The builder of the command `docker`. Raises MissingError without such a command or without buildx."""
    known = tuple(sorted(environment.items()))
    buildx, complaint = _printed(docker, ("buildx", "version"), known)
    version = "" if buildx is not None else _printed(docker, ("--version",), known)[0] or ""
    builder = read_builder(buildx, version, environment, is_podman_engine=is_podman_engine)
    if builder is None:
        raise MissingError(
            f"`{docker} buildx` is not available; images are built with it.",
            hint="Install it: on Debian and Ubuntu `sudo apt-get install docker-buildx` (or"
            " docker-buildx-plugin from"
            " Docker's own packages), elsewhere see https://github.com/docker/buildx#installing",
            detail=complaint.strip() or None,
            code="buildx-missing",
        )
    return builder


def _printed(
    docker: str, words: tuple[str, ...], environment: tuple[tuple[str, str], ...]
) -> tuple[str | None, str]:
    """What a command prints, None if it fails, and its complaint. Raises MissingError."""
    answer = _answer(docker, words, environment)
    if isinstance(answer, Exception):
        raise _cannot_run(docker, answer) from answer
    return answer


@cache
def _answer(
    docker: str, words: tuple[str, ...], environment: tuple[tuple[str, str], ...]
) -> tuple[str | None, str] | Exception:
    """The same, or the error that prevented it. Cached: `dev` builds many times in one process, and the
    search for the cause of a failure needs the answer again.
    """
    try:
        process = subprocess.Popen(
            [docker, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        return error
    with process, _ended_with_the_program(process):
        try:
            output, complaint = process.communicate(timeout=VERSION_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_group(process)  # with programs of its own, for which a script waits
            return TimeoutError(
                f"`{' '.join((docker, *words))}` did not answer within {VERSION_SECONDS:.0f} s"
            )
    return (None if process.returncode else output), complaint or output


@contextmanager
def _ended_with_the_program(process: subprocess.Popen[str]) -> Iterator[None]:
    """End the process, too, if the program is interrupted, or ends while another of its threads waits."""

    def end() -> None:
        _kill_group(process)

    atexit.register(end)
    try:
        yield
    except BaseException:
        end()
        raise
    finally:
        atexit.unregister(end)


def _kill_group(process: subprocess.Popen[str]) -> None:
    """End a process, with what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


async def run_docker(
    command: Sequence[str],
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    written: bytes | None = None,
) -> int:
    """Run the CLI and report its lines. Returns its exit status. `written` is its standard input.

    If the caller is cancelled, the process and all of its children are ended before the cancellation
    continues. They have a process group of their own, so that a Ctrl-C in the terminal reaches only us, and
    we end them in order.
    """
    import asyncio

    process = await asyncio.create_subprocess_exec(
        *command,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL if written is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LINE_LIMIT_BYTES,
        start_new_session=True,
    )
    try:
        if process.stdin is not None:
            process.stdin.write(written or b"")
            process.stdin.close()
        await _report_lines(process, on_line)
        return await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)


async def _report_lines(process: Process, on_line: Callable[[str], None]) -> None:
    assert process.stdout is not None  # noqa: S101 - asked for above
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:  # longer than the limit; the rest comes as another line
            continue
        if not line:
            return
        on_line(line.decode(errors="replace").rstrip("\r\n"))


async def _end(process: Process) -> None:
    import asyncio

    _signal_group(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        _signal_group(process, signal.SIGKILL)
        await process.wait()


def _signal_group(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _cannot_run(docker: str, error: BaseException) -> MissingError:
    reason = "it was not found" if isinstance(error, FileNotFoundError) else str(error)
    if isinstance(error, PermissionError):
        reason = "it is not a program"
    return MissingError(
        f"The Docker command `{docker}` is needed to build images and cannot be run: {reason}.",
        hint="Install Docker with its command line: https://docs.docker.com/engine/install/. A command"
        " elsewhere, or"
        " under another name, can be given by WRANGLER_DOCKER_BIN or --path-to-docker.",
        code="docker-missing",
    )


class BuildInterruption:
    """Passed to builds, whose processes end when `interrupt` is called, now or later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_set = False

    def interrupt(self) -> None:
        """End the builds; the thread that waits for them gets `asyncio.CancelledError`."""
        with self._lock:
            self.is_set = True
            if self._task is not None and self._loop is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def around(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, unless it is interrupted."""
        import asyncio

        with self._lock:
            if self.is_set:
                work.close()
                raise asyncio.CancelledError
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            return await work
        finally:
            with self._lock:
                self._loop = self._task = None
