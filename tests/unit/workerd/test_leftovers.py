"""Processes that a platform left behind: found by their command lines, and ended only where they are ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pywrangler.local.workerd import leftovers
from pywrangler.local.workerd.leftovers import end_leftover, find_orphans
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
            words = ["sh", "-c", f'"$@"; : {through}', "sh", *words]
        process = subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE)
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
    monkeypatch.setattr(leftovers.os, "getuid", lambda: os.geteuid() + 1)
    assert orphans(gone) == []


def test_one_with_its_configuration_is_none(run: Run, tmp_path: Path) -> None:
    here = tmp_path / "workerd.capnp"
    here.touch()
    run(here)
    assert orphans(here) == []


def test_one_whose_platform_still_runs_is_none(run: Run, tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "workerd.capnp"
    run(gone, through="pywrangler.local.daemon")
    assert orphans(gone) == []


def test_other_programs_are_none(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "gone" / "other.capnp"
    run(other)
    assert orphans(other) == []


def test_a_leftover_is_ended_and_its_file_goes(run: Run, tmp_path: Path) -> None:
    configuration, pid_file = tmp_path / "workerd.capnp", tmp_path / "pid"
    process = run(configuration)
    pid_file.write_text(str(process.pid))
    assert end_leftover(pid_file, configuration)
    assert process.wait(10) == -9
    assert not pid_file.exists()


@pytest.mark.parametrize("text", ["{pid}", "", "no number", "999999999"])
def test_a_process_id_that_was_used_again_is_left_alone(run: Run, tmp_path: Path, text: str) -> None:
    pid_file = tmp_path / "pid"
    process = run(tmp_path / "other" / "workerd.capnp")
    pid_file.write_text(text.format(pid=process.pid))
    assert not end_leftover(pid_file, tmp_path / "workerd.capnp")
    assert process.poll() is None
    assert not pid_file.exists()


def test_without_a_file_there_is_nothing_to_end(tmp_path: Path) -> None:
    assert not end_leftover(tmp_path / "pid", tmp_path / "workerd.capnp")
