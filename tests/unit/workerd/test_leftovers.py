"""Processes that a platform left behind: found by their command lines, and ended only where they are ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pywrangler.local import processes
from pywrangler.local.processes import CONFIGURATION
from pywrangler.local.workerd.leftovers import PID_FILE, end_leftovers, find_orphans, find_runtimes
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a /proc")
Run = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts programs with the command line of `workerd serve CONFIGURATION --experimental`."""
    (tmp_path / "serve").write_text("read line")
    started: list[subprocess.Popen[bytes]] = []

    def run(configuration: Path, *, through: str = "") -> subprocess.Popen[bytes]:
        words = ["sh", "serve", str(configuration), "--experimental"]
        if through:
            words = ["sh", "-c", f'sh serve "$FILE" --experimental; : {through}']
        environment = {**os.environ, "FILE": str(configuration)}
        process = subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE, env=environment)
        started.append(process)
        line = "\0".join(words).encode()
        eventually(lambda: line in Path(f"/proc/{process.pid}/cmdline").read_bytes(), what="the program")
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def orphans(configuration: Path) -> list[int]:
    return [pid for pid, file in find_orphans() if file == configuration]


def test_one_whose_configuration_is_gone_is_an_orphan(run: Run, tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "workerd.capnp"
    process = run(gone)
    assert orphans(gone) == [process.pid]


def test_another_users_processes_are_left_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone" / "workerd.capnp"
    run(gone)
    monkeypatch.setattr(processes.os, "getuid", lambda: os.geteuid() + 1)
    assert orphans(gone) == []


def test_one_with_its_configuration_is_none(run: Run, tmp_path: Path) -> None:
    here = tmp_path / "workerd.capnp"
    here.touch()
    run(here)
    assert orphans(here) == []


def test_one_whose_platform_still_runs_is_none(run: Run, tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "workerd.capnp"
    run(gone, through="pywrangler.local.daemon")
    eventually(lambda: find_runtimes(lambda file: file == gone), what="the runtime")
    assert orphans(gone) == []


def test_other_programs_are_none(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "gone" / "other.capnp"
    run(other)
    assert orphans(other) == []


def test_what_a_former_platform_of_the_directory_left_is_ended(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    mine = run(home / "workers" / "chat" / CONFIGURATION)
    other = run(tmp_path / "home2" / "workers" / "chat" / CONFIGURATION)
    pid_file = home / "workers" / "chat" / PID_FILE
    pid_file.parent.mkdir(parents=True)
    pid_file.write_text(str(other.pid))
    assert end_leftovers(home) == [home / "workers" / "chat" / CONFIGURATION]
    assert mine.poll() is not None
    assert other.poll() is None, "its id in a file proves nothing"
    assert not pid_file.exists()
    assert end_leftovers(home) == []
