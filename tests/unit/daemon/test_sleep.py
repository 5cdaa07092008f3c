"""When a Worker may sleep, by value."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pywrangler.errors import UsageError
from pywrangler.local.daemon.sleep.idleness import (
    UnixSocket,
    holds_connection,
    is_connected,
    times_woken,
)
from pywrangler.local.daemon.sleep.sleeper import (
    DEFAULT_IDLE_SECONDS,
    IDLE_VARIABLE,
    read_idle_seconds,
    still_quiet,
)
from pywrangler.local.workerd.names import FILE, AlarmsUnknownError, next_alarm


@pytest.mark.parametrize(
    ("inode", "expected"),
    [(1, False), (2, False), (3, False), (4, False), (5, True), (6, True)],
    ids=[
        "TCP listens",
        "unix listens",
        "a pair within",
        "the other end is gone",
        "led out",
        "TCP, connected",
    ],
)
def test_what_leads_out_of_a_process_is_a_connection(inode: int, expected: bool) -> None:
    local = {
        2: UnixSocket(is_listening=True, peer=0),
        3: UnixSocket(is_listening=False, peer=4),
        4: UnixSocket(is_listening=False, peer=0),
        5: UnixSocket(is_listening=False, peer=77),
    }
    assert is_connected(inode, own={1, 2, 3, 4, 5, 6}, listening={1}, local=local) is expected


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_kernel_tells_of_each_connection_of_a_process() -> None:
    inherited, other = socket.socketpair()
    with inherited, other, socket.create_server(("127.0.0.1", 0)) as listening:
        for given in ([], [listening], [inherited]):
            descriptors = [each.fileno() for each in given]
            with subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=descriptors) as process:
                assert holds_connection(process.pid) is (given == [inherited])
                assert times_woken(process.pid) is not None
    assert holds_connection(process.pid), "what is unknown is no reason to sleep"
    assert times_woken(process.pid) is None


def test_a_process_is_quiet_since_it_was_last_woken() -> None:
    assert still_quiet(None, 7, 3, 10.0) == (7, 3, 10.0)
    assert still_quiet((7, 3, 10.0), 7, 3, 12.0) == (7, 3, 10.0)
    assert still_quiet((7, 3, 10.0), 7, 4, 12.0) == (7, 4, 12.0)
    assert still_quiet((7, 3, 10.0), 8, 3, 12.0) == (8, 3, 12.0)


def test_the_idle_time_is_a_number_of_seconds() -> None:
    assert read_idle_seconds({}) == DEFAULT_IDLE_SECONDS
    assert read_idle_seconds({IDLE_VARIABLE: "20"}) == 20
    assert read_idle_seconds({IDLE_VARIABLE: "0"}) is None
    with pytest.raises(UsageError, match=f"{IDLE_VARIABLE} is 10m"):
        read_idle_seconds({IDLE_VARIABLE: "10m"})


def write_alarms(directory: Path, *nanoseconds: int) -> None:
    directory.mkdir()
    with closing(sqlite3.connect(directory / FILE)) as connection:
        connection.execute("CREATE TABLE _cf_ALARM (actor_id TEXT, scheduled_time INTEGER, actor_name TEXT)")
        connection.executemany(
            "INSERT INTO _cf_ALARM VALUES ('x', ?, NULL)", [(each,) for each in nanoseconds]
        )
        connection.commit()


def test_the_next_alarm_is_the_first_of_all_namespaces(tmp_path: Path) -> None:
    write_alarms(tmp_path / "none")
    assert next_alarm(tmp_path, ["none", "gone"]) is None
    write_alarms(tmp_path / "two", 30_000_000_000, 20_000_000_000)
    write_alarms(tmp_path / "one", 25_000_000_000)
    assert next_alarm(tmp_path, ["none", "one", "two"]) == 20.0
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FILE).write_text("not a database")
    with pytest.raises(AlarmsUnknownError):
        next_alarm(tmp_path, ["one", "broken"])
