"""Runs `build.command`, which creates the Worker's files before they are bundled, as Wrangler (4.164)
does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from pywrangler.config.records import BuildCommand
from pywrangler.errors import BuildError

KEPT_LINES = 25
"""How many of the command's last lines explain its failure."""
COMMAND_VARIABLES = {"WRANGLER_COMMAND": "deploy"}
"""Informs the command about the purpose of its run."""


def run_build_command(
    build: BuildCommand, directory: Path, environment: Mapping[str, str], show: Callable[[str], None]
) -> None:
    """Run it by the shell, in `build.cwd` as seen from `directory`; `show` gets each line that it writes, to
    either stream. Raises `BuildError`, with the last lines as the detail.
    """
    cwd = directory / build.cwd if build.cwd else directory
    last = deque[str](maxlen=KEPT_LINES)
    process: subprocess.Popen[str] | None = None
    try:
        with held_signals():
            process = _start(build, cwd, environment)
        with process:
            for line in process.stdout or ():
                last.append(line.rstrip("\r\n"))
                show(last[-1])
    except BaseException:
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        raise
    if process.returncode:
        raise BuildError(
            f"The build command `{build.command}` {_ending(process.returncode)}.",
            hint="Correct `build.command` in the configuration, or what it runs.",
            detail="\n".join(last) or None,
            code="build-command",
        )


def _start(build: BuildCommand, cwd: Path | str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(  # noqa: S602 - it is the user's own command line
            build.command,
            shell=True,
            cwd=cwd,
            env={**environment, **COMMAND_VARIABLES},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # so that what the shell started can be ended with it
        )
    except OSError as error:
        raise BuildError(
            f"The build command cannot be run in {cwd}: {error.strerror}.",
            hint="Correct `build.cwd`, which is relative to the directory that pywrangler runs in.",
            code="build-command",
        ) from error


@contextmanager
def held_signals() -> Iterator[None]:
    """Let signals that end the program wait until the end of the context.

    The shell may run for a while before `Popen` returns. What came in between would leave it running. Only
    the main thread gets signals. Those that are ignored, or end the process at once, stay so.
    """
    came: list[int] = []
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    is_main = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in ending} if is_main else {}
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _ending(status: int) -> str:
    return f"was ended by signal {-status}" if status < 0 else f"failed with exit status {status}"
