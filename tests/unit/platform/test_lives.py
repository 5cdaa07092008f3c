"""Decisions about a platform's life: its steps, its directory, its identity, its end."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pywrangler.commands.local.stop import describe
from pywrangler.errors import PywranglerError
from pywrangler.local.client.stopping import Stopped
from pywrangler.local.daemon.home import Sight, file_id, what_is_gone
from pywrangler.local.daemon.lock import PlatformLock
from pywrangler.local.daemon.steps import Steps, limit_seconds, worker_step
from pywrangler.local.store import Store, read_platform
from pywrangler.local.store.identity import Relation, relation_of
from pywrangler.local.workerd.failures import WorkerdStartError

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("wanted", "passed", "expected"), [(10, 0, 10), (10, 45, 5), (10, 49.5, 1), (10, 80, 1), (0.5, 0, 1)]
)
def test_a_step_gets_no_more_than_the_start_has(wanted: float, passed: float, expected: float) -> None:
    assert limit_seconds(wanted, passed, total=50) == expected


def test_a_step_says_how_long_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    times = iter([0.0, 1.0, 3.5])
    with Steps(clock=lambda: next(times)).step("opening the database", 10):
        pass
    assert caplog.messages == ["start: opening the database took 2.50 s"]


def test_a_step_that_hangs_is_named() -> None:
    late, errors = threading.Event(), []

    def take(error: PywranglerError) -> None:
        errors.append(error)
        late.set()

    times = iter([0.0, 49.95, 60.0])
    with Steps(take, clock=lambda: next(times)).step("opening the database", 10):
        assert late.wait(10)
    assert errors[0].message == "The local platform did not start: opening the database took more than 1 s."


def test_a_process_that_hangs_in_a_step_ends_with_the_reason() -> None:
    program = """if True:
        import time
        from pywrangler.local.daemon.steps import Steps
        with Steps().step("x", 1):
            time.sleep(60)"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert json.loads(lines[-1])["message"] == "The local platform did not start: x took more than 1 s."
    assert any("in <module>" in line for line in lines), "where it hung"


def test_a_step_that_fails_is_named(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([0.0, 1.0, 3.5])
    with pytest.raises(ZeroDivisionError), Steps(clock=lambda: next(times)).step("opening", 10):
        raise ZeroDivisionError
    assert caplog.messages == ["start: opening failed after 2.50 s"]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (Sight("f", "d"), None),
        (Sight("f", "d", has_companions=False, has_status=False), None),
        (Sight(None, None), "its directory was removed"),
        (Sight("g", "d"), "its directory was replaced by another"),
        (Sight("f", "d", runtime=None), "its directory for sockets was removed"),
        (Sight("f", None), "its database was removed"),
        (Sight("f", "e"), "its database was replaced by another"),
        (Sight("?", "?"), None),  # a file system that does not answer
        (Sight("?", None), "its database was removed"),
    ],
)
def test_what_a_platform_has_lost(now: Sight, expected: str | None) -> None:
    assert what_is_gone(Sight("f", "d"), now) == expected


def test_a_directory_and_a_file_are_distinguished(tmp_path: Path) -> None:
    directory = file_id(tmp_path / "x")
    assert directory is None
    (tmp_path / "x").mkdir()
    directory = file_id(tmp_path / "x")
    shutil.rmtree(tmp_path / "x")
    (tmp_path / "x").touch()
    assert file_id(tmp_path / "x") not in (None, "?", directory)
    assert file_id(tmp_path / "x" / "below") is None


def test_a_lock_lies_with_the_directory(tmp_path: Path) -> None:
    first = PlatformLock(tmp_path / "platform.lock")
    assert first.take()
    assert not PlatformLock(tmp_path / "platform.lock").take()
    (tmp_path / "platform.lock").unlink()
    assert not PlatformLock(tmp_path / "platform.lock").take(), "the file is not all there is to it"
    first.release()
    again = PlatformLock(tmp_path / "platform.lock")
    assert again.take()
    again.release()


@pytest.mark.parametrize(
    ("kept", "here", "original", "expected"),
    [
        (None, "/h", None, "same"),
        ("/h", "/h", None, "same"),
        ("/h", "/h", "a", "same"),
        ("/h", "/h2", "a", "copied"),
        ("/h", "/h2", None, "moved"),
        ("/h", "/h2", "another", "moved"),  # in the place of the one that was moved
    ],
)
def test_a_copy_is_distinguished_from_a_moved_directory(
    kept: str | None, here: str, original: str | None, expected: Relation
) -> None:
    assert relation_of(kept, here, original, "a") == expected


def opened(home: Path) -> tuple[str, str, Relation]:
    store = Store.open(home, KEY)
    found = store.account_id, store.identity.platform_id, store.identity.relation
    store.close()
    return found


def test_a_copied_platform_has_an_id_of_its_own(tmp_path: Path) -> None:
    original, copy, moved = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    account, platform, relation = opened(original)
    assert (platform, relation) == (account, "same")
    (tmp_path / "link").symlink_to(original)
    assert opened(tmp_path / "link") == (account, account, "same")
    shutil.copytree(original, copy)
    copied = opened(copy)
    assert (copied[0], copied[2]) == (account, "copied")
    assert copied[1] != account
    assert opened(copy) == (account, copied[1], "same")
    assert opened(original) == (account, account, "same")
    copy.rename(moved)
    assert opened(moved) == (account, copied[1], "moved")
    found = read_platform(moved)
    assert found
    assert (found.id, found.account_id, found.has_instances) == (copied[1], account, False)
    assert read_platform(tmp_path / "nothing") is None


def test_a_database_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "platform.sqlite").write_text("no database" * 500)
    with pytest.raises(PywranglerError, match=r"platform\.sqlite"):
        read_platform(tmp_path)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Stopped(True), ["The local platform is stopped."]),
        (Stopped(True, True), ["The local platform did not stop by itself and was killed."]),
        (
            Stopped(False, processes=2, containers=1),
            ["Ended what a killed platform left behind: 2 processes and 1 container."],
        ),
        (
            Stopped(True, True, processes=1),
            [
                "The local platform did not stop by itself and was killed.",
                "Ended what a killed platform left behind: 1 process.",
            ],
        ),
        (Stopped(False, complaint="x"), []),
    ],
)
def test_what_was_stopped_is_said(found: Stopped, expected: list[str]) -> None:
    assert describe(found) == expected


async def test_a_step_of_a_worker_says_how_long_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with worker_step("shop", "starting its runtime", 10):
        pass
    assert caplog.messages == ["Worker shop: starting its runtime took 0.00 s"]


async def test_a_step_of_a_worker_that_hangs_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(WorkerdStartError) as caught:
        async with worker_step("shop", "starting its runtime", 0.01):
            await asyncio.Event().wait()
    assert caught.value.message == (
        "The Worker `shop` did not start: starting its runtime took more than 0 s."
    )
    assert "took more than" in caplog.text


async def test_a_step_of_a_worker_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(WorkerdStartError):
        async with worker_step("shop", "starting its runtime", 10):
            raise WorkerdStartError("x")
    assert caplog.messages == ["Worker shop: starting its runtime failed after 0.00 s"]


async def test_another_timeout_is_not_that_of_the_step() -> None:
    with pytest.raises(TimeoutError):
        async with worker_step("shop", "starting its runtime", 10):
            raise TimeoutError


def test_a_step_in_time_is_left_alone() -> None:
    late = threading.Event()
    with Steps(lambda _: late.set()).step("nothing", 1):
        pass
    time.sleep(0)
    assert not late.wait(1.2)
