"""Messages of queues reach the disk without a sync by their runtime."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pywrangler.local.unsynced import PROCESSORS, filter_program, unsyncing
from pywrangler.local.workerd.products.queue_syncing import set_damaged_aside, sync_changed

SHARD = "1" * 64 + ".sqlite"


def test_the_filter_answers_two_calls_of_its_processor_and_allows_all_others() -> None:
    steps = [filter_program(PROCESSORS["x86_64"])[at : at + 8] for at in range(0, 56, 8)]
    assert steps[1] == b"\x15\x00\x00\x03" + (0xC000003E).to_bytes(4, "little")
    assert steps[3] == b"\x15\x00\x02\x00" + (74).to_bytes(4, "little")
    assert steps[4] == b"\x15\x00\x01\x00" + (75).to_bytes(4, "little")
    assert (steps[5][4:], steps[6][4:]) == (b"\x00\x00\xff\x7f", b"\x00\x00\x05\x00")


@pytest.mark.skipif(unsyncing() is None, reason="a kernel without filters of system calls")
def test_a_program_that_does_not_sync_writes_and_reads_all_the_same(tmp_path: Path) -> None:
    code = (
        "import os, sys, errno\n"
        "file = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)\n"
        "os.write(file, b'written'); os.fsync(file); os.fdatasync(file); os.close(file)\n"
        "reading, writing = os.pipe()\n"
        "os.fsync(writing)\n"  # a pipe cannot be synced: EINVAL without the filter
        "print(open(sys.argv[1]).read())"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "file")]
    done = subprocess.run(argv, preexec_fn=unsyncing(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("written\n", "")
    plain = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "Invalid argument" in plain.stderr


def test_what_changed_is_brought_from_the_log_to_the_database(tmp_path: Path) -> None:
    (tmp_path / "queues").mkdir()
    file = tmp_path / "queues" / SHARD
    database = sqlite3.connect(file, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE messages (body TEXT)")
        before = file.read_bytes()
        stamps = sync_changed(tmp_path, {})
        assert file.read_bytes() != before
        synced = file.read_bytes()
        assert sync_changed(tmp_path, stamps) == stamps
        database.execute("INSERT INTO messages VALUES ('one')")
        assert file.read_bytes() == synced
        assert sync_changed(tmp_path, stamps) != stamps
        assert b"one" in file.read_bytes()
    finally:
        database.close()


def test_a_damaged_file_is_set_aside_after_a_start_of_the_machine_only(tmp_path: Path) -> None:
    (tmp_path / "queues").mkdir()
    file = tmp_path / "queues" / SHARD
    boot = tmp_path / "boot"
    boot.write_text("first")
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE messages (body TEXT)")
        database.executemany("INSERT INTO messages VALUES (?)", [("x" * 2000,)] * 20)
    database.close()
    assert set_damaged_aside(tmp_path, boot) == []
    content = bytearray(file.read_bytes())
    content[4096:8192] = os.urandom(4096)
    file.write_bytes(content)
    assert set_damaged_aside(tmp_path, boot) == []
    boot.write_text("second")
    aside = file.with_name(f"{SHARD}.damaged")
    assert set_damaged_aside(tmp_path, boot) == [aside]
    assert aside.read_bytes() == bytes(content)
    assert not file.exists()


def test_a_system_without_boot_ids_checks_nothing(tmp_path: Path) -> None:
    assert set_damaged_aside(tmp_path, tmp_path / "absent") == []
