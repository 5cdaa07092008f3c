"""The platform's process from its first to its last line, in this process; the engine is a small one."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import ExitStatus, UsageError
from pywrangler.local.daemon import __main__ as program
from pywrangler.local.daemon.server import Server, first_worker_port
from pywrangler.local.protocol import ALREADY_RUNNING_STATUS, CLEAN_UP_ARGUMENT, Status
from tests.support.http import request
from tests.support.servers.inner_platform import inner_platform, programs
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def surroundings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The small programs, no engine, and the process's signals, mask of modes and log as they
    were.
    """
    for name, value in programs(home.with_name(f"{home.name}-p")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["daemon"])
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    mask = os.umask(0o022)
    yield
    os.umask(mask)
    root.handlers, root.level = handlers, level
    for number, handler in before.items():
        signal.signal(number, handler)


def error_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().err)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_ends_it(home: Path, number: signal.Signals) -> None:
    seen: list[Any] = []

    def look() -> None:
        status = eventually(lambda: Status.read(home), what="the status file")
        headers = {"Authorization": f"Bearer {status.token}"}
        try:
            seen.append((status, request(f"{status.url}/user/tokens/verify", headers=headers).status))
        finally:
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=look)
    thread.start()
    assert program.main() == 0
    thread.join()
    ((status, answer),) = seen
    assert (status.pid, answer) == (os.getpid(), 200)
    assert Status.read(home) is None
    assert not (home / "platform.unfinished").exists()
    log = (home / "platform.log").read_text()
    assert "Containers cannot be looked at" in log, "there is no engine"


def test_a_second_one_of_the_same_directory_gives_way(home: Path) -> None:
    first = Server(home, dict(os.environ))
    assert first.take_lock()
    try:
        assert program.main() == ALREADY_RUNNING_STATUS
    finally:
        first._lock.release()


def test_it_says_in_json_why_it_does_not_start(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.write_text("a file in its place")
    assert program.main() == ExitStatus.FAILURE
    assert str(home) in error_of(capsys)["message"]
    assert home.read_text() == "a file in its place"


@pytest.mark.parametrize(("text", "port"), [("", 8787), ("9000", 9000), ("65535", 65535)])
def test_the_first_port_of_workers_is_a_setting(text: str, port: int) -> None:
    assert first_worker_port({"PYWRANGLER_WORKER_PORT": text}) == port


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"PYWRANGLER_WORKER_PORT is {text}, which is not a port"):
        first_worker_port({"PYWRANGLER_WORKER_PORT": text})


def test_clean_up_ends_what_a_killed_platform_left(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["daemon", CLEAN_UP_ARGUMENT])
    home.mkdir()
    assert program.main() == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["processes"], found["containers"]) == (0, 0)


def test_clean_up_leaves_a_platform_that_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["daemon", CLEAN_UP_ARGUMENT])
    with inner_platform(home) as platform:
        assert program.main() == ALREADY_RUNNING_STATUS
        assert platform.status.pid == os.getpid()
