"""Which process is which."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.local import processes as subject
from pywrangler.local.daemon.cleanup.former import is_gone
from pywrangler.local.processes import Stat, config_file_of, is_below, parse_stat, seconds_of
from pywrangler.local.workerd.leftovers import is_written_for, parse_pid

FIELDS = "S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 93061 1000 200"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"12 (python) {FIELDS}", Stat("S", 7, 93061)),
        (f"12 (a b) c) {FIELDS}", Stat("S", 7, 93061)),
        (f"12 (x) Z{FIELDS[1:]}", Stat("Z", 7, 93061)),
        ("12 (python) S 7", None),
        ("12 (python) S seven 1", None),
        ("", None),
    ],
)
def test_the_kernels_line_about_a_process(text: str, expected: Stat | None) -> None:
    assert parse_stat(text) == expected


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def test_a_process_is_known_by_its_beginning(sleeper: subprocess.Popen[bytes]) -> None:
    began = subject.begun(sleeper.pid)
    assert began
    assert subject.is_same(sleeper.pid, began)
    assert not subject.is_same(sleeper.pid, f"{began}0")
    assert not subject.is_same(os.getpid(), began)
    assert subject.end(sleeper.pid, f"{began}0", [(signal.SIGKILL, 1)])
    assert sleeper.poll() is None, "another process of that id is left alone"
    assert subject.end(sleeper.pid, began, [(signal.SIGTERM, 10)])
    assert subject.begun(sleeper.pid) is None
    assert not subject.is_alive(sleeper.pid)


def test_a_process_that_does_not_hear_is_killed() -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        began = subject.begun(process.pid)
        assert began
        assert not subject.end(process.pid, began, [(signal.SIGTERM, 0.2)])
        assert subject.end(process.pid, began, [(signal.SIGTERM, 0.2), (signal.SIGKILL, 10)])


@pytest.mark.parametrize("pid", [2**31 - 1, 2**40, 10**30])
def test_a_number_that_no_process_has(pid: int) -> None:
    assert not subject.is_alive(pid)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_open_files_show_whose_a_process_is(tmp_path: Path) -> None:
    kept, lost = tmp_path / "kept", tmp_path / "lost"
    kept.touch()
    lost.mkdir()
    directory = os.open(lost, os.O_RDONLY)
    with kept.open() as stream:
        found = os.fstat(stream.fileno())
        assert subject.has_open(os.getpid(), {(found.st_dev, found.st_ino)})
        lost.rmdir()
        assert str(lost) in subject.deleted_files(os.getpid())
    os.close(directory)
    assert subject.has_open(os.getpid(), {(found.st_dev, found.st_ino)}) is False
    assert subject.has_open(2**31 - 1, set()) is None
    assert str(lost) not in subject.deleted_files(os.getpid())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["/c/workerd", "serve", "/h/workers/a/workerd.capnp", "--x"], "/h/workers/a/workerd.capnp"),
        (["/bin/sh", "/c/workerd", "serve", "/h/key-values/workerd.capnp"], "/h/key-values/workerd.capnp"),
        (["vim", "/h/workers/a/workerd.capnp"], None),
        (["tail", "-f", "/h/workers/a/workerd.capnp"], None),
        (["grep", "serve", "/h/workers/a/workerd.capnp.old"], None),
        (["workerd", "serve"], None),
        (["workerd serve /h/workers/a/workerd.capnp"], None),
        ([], None),
    ],
)
def test_a_runtime_is_known_by_its_configuration(words: list[str], expected: str | None) -> None:
    assert config_file_of(words) == (Path(expected) if expected else None)


def test_a_file_is_of_the_directory_that_any_name_leads_to(tmp_path: Path) -> None:
    home, link = tmp_path / "home", tmp_path / "link"
    (home / "workers").mkdir(parents=True)
    link.symlink_to(home)
    assert is_below(home / "workers" / "c", home)
    assert is_below(home / "workers" / "c", link)
    assert is_below(link / "workers" / "c", home)
    assert not is_below(tmp_path / "home2" / "workers" / "c", home)
    assert not is_below(Path("/workers/c"), home)


@pytest.mark.parametrize(
    ("deleted", "expected"),
    [
        ([], False),
        (["/h"], True),
        (["/h/platform.sqlite", "/h/platform.sqlite-wal"], True),
        (["/h/platform.lock"], False),  # removed alone, and the platform continues
        (["/h2", "/h/workers/a", "/tmp/h"], False),
    ],
)
def test_a_platform_whose_directory_was_removed(deleted: list[str], expected: bool) -> None:
    assert is_gone(Path("/h"), deleted) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        (" 12\n", 12),
        ("", None),
        ("-1", None),
        ("0", None),
        ("x", None),
        ("\u0663", None),
        ("9" * 40, None),
    ],
)
def test_the_file_of_a_process_id(text: str, expected: int | None) -> None:
    assert parse_pid(text) == expected


@pytest.mark.parametrize(
    ("began", "written", "expected"),
    [(100, 100.5, True), (101, 100.5, True), (30, 100, False), (500, 100, False), (0, 100, False)],
)
def test_an_id_that_was_written_for_another_process(began: float, written: float, expected: bool) -> None:
    assert is_written_for(began, written) is expected


def test_times_of_macos() -> None:
    assert seconds_of("Sun Nov  1 07:25:51 2026") == 1793517951.0
    assert seconds_of("boot/12") == 0
