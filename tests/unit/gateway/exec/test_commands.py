"""The commands that workerd wraps around an exec, and the processes behind them."""

from __future__ import annotations

import os
import struct
from email.message import Message
from pathlib import Path

import pytest

from pywrangler.local.gateway.docker_api.wire import RequestHead, request_with
from pywrangler.local.gateway.exec.commands import (
    KillCommand,
    WrappedCommand,
    read_kill,
    read_size,
    read_wrapped,
    with_size,
)
from pywrangler.local.gateway.exec.execs import has_started
from pywrangler.local.gateway.exec.failures import read_failure
from pywrangler.local.gateway.exec.processes import inner_pid, is_visible, send_signal

FILE = "/tmp/.workerd-exec-19d09b77-f2f9-45ef-b250-0ed1ab26dc20.pid"
START = f'echo $$ > {FILE}; exec "$@"'
KILL = f'[ -s {FILE} ] || exit 3; kill -15 "$(cat {FILE})"'


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["/bin/sh", "-c", START, "sh", "ls", "-l"], WrappedCommand(("ls", "-l"), FILE)),
        (["/bin/sh", "-c", START, "sh"], None),
        (["/bin/sh", "-c", "echo hello", "sh", "ls"], None),
        (["ls"], None),
        (None, None),
    ],
)
def test_the_command_inside_the_shell(command: list[str] | None, expected: WrappedCommand | None) -> None:
    assert read_wrapped({"Cmd": command}) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["/bin/sh", "-c", KILL], KillCommand(15, FILE)),
        (["/bin/sh", "-c", f'kill -9 "$(cat {FILE})"'], KillCommand(9, FILE)),
        (["/bin/sh", "-c", "kill -9 1"], None),
        (["/bin/sh", "-c", START, "sh", "kill", "-9", "1"], None),
    ],
)
def test_the_signal_for_another_exec(command: list[str], expected: KillCommand | None) -> None:
    assert read_kill({"Cmd": command}) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Tty": True, "ConsoleSize": [24, 80]}, (24, 80)),
        ({"Tty": True, "ConsoleSize": [0, 0]}, None),
        ({"Tty": False, "ConsoleSize": [24, 80]}, None),
        ({"Tty": True}, None),
    ],
)
def test_the_size_of_the_terminal(body: dict[str, object], expected: tuple[int, int] | None) -> None:
    assert read_size(body) == expected


def test_the_size_is_also_where_podman_reads_it() -> None:
    body = {"Tty": True, "ConsoleSize": [33, 101]}
    assert with_size(body) == {**body, "h": 33, "w": 101}
    assert with_size({"Tty": True}) == {"Tty": True}


def test_a_request_with_another_body() -> None:
    raw = b"POST /exec/a/start HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\nUpgrade: tcp\r\n\r\n"
    head = RequestHead("POST", "/exec/a/start", Message(), raw)
    assert request_with(head, b"longer") == (
        b"POST /exec/a/start HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\nContent-Length: 6\r\n\r\nlonger"
    )


FROM_PODMAN = (
    'Error: runc: exec failed: unable to start container process: exec: "nope": executable file not found in'
    " $PATH: OCI runtime attempted to invoke a command that was not found\n"
)


@pytest.mark.parametrize(
    ("output", "is_podman", "reason"),
    [
        ("OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown\r\n", False,
         "OCI runtime exec failed: exec failed: Cwd must be an absolute path"),
        ("", False, "the program could not be started"),
        (FROM_PODMAN, True, 'exec: "nope": executable file not found in $PATH'),
        ("Error: what a program says, before it ends with 127\n", True, None),
        ("", True, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_framed", [True, False])
def test_the_reason_of_a_program_that_did_not_start(
    output: str, is_podman: bool, reason: str | None, is_framed: bool
) -> None:
    data = output.encode()
    framed = struct.pack(">BxxxL", 2, len(data)) + data if is_framed else data
    assert read_failure(framed, is_podman=is_podman) == reason


def test_a_process_is_visible_if_it_is_of_the_container(tmp_path: Path) -> None:
    process = tmp_path / "42"
    process.mkdir()
    (process / "cgroup").write_text("0::/system.slice/docker-abc123.scope\n")
    (process / "status").write_text("Name:\tsh\nNSpid:\t42\t7\n")
    assert (is_visible(42, "abc123", tmp_path), inner_pid(42, "abc123", tmp_path)) == (True, 7)
    assert (is_visible(42, "other", tmp_path), inner_pid(42, "other", tmp_path)) == (False, None)
    assert (is_visible(0, "abc123", tmp_path), inner_pid(43, "abc123", tmp_path)) == (False, None)


def test_a_process_that_is_gone_takes_signals() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    assert send_signal(child, 15)


@pytest.mark.parametrize(
    ("is_running", "exit_code", "pid", "expected"),
    [
        (False, None, 0, None),  # the stream is open, the engine has not begun
        (True, None, 0, None),
        (True, None, 17, True),
        (False, 0, 17, True),
        (False, 127, 17, True),  # the program itself ended with it
        (False, 0, 0, True),  # it ended before the engine wrote its id down
        (False, 3, 0, True),
        (False, 126, 0, False),
        (False, 127, 0, False),
    ],
)
def test_what_an_engine_says_shows_whether_a_program_has_started(
    is_running: bool, exit_code: int | None, pid: int, expected: bool | None
) -> None:
    assert has_started({"Running": is_running, "ExitCode": exit_code, "Pid": pid}) is expected
