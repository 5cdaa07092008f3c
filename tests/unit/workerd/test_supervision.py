"""Decisions about starting workerd."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pywrangler.local.workerd.bindings.links import OWN_IMPORT_PATH
from pywrangler.local.workerd.cluster.membership import cluster_arguments
from pywrangler.local.workerd.config import plan_config
from pywrangler.local.workerd.failures import damaged_database
from pywrangler.local.workerd.process import Launch, workerd_args
from pywrangler.local.workerd.supervisor import restart_delay_seconds
from tests.unit.workerd.samples import FULL, MEMBERSHIP, PLAIN, SOCKETS


def test_restarts_come_slower_with_every_crash_up_to_a_limit() -> None:
    delays = [restart_delay_seconds(crashes) for crashes in range(1, 10)]
    assert delays == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_the_command_line_hands_over_sockets_and_no_secret() -> None:
    launch = Launch(
        what="version v1",
        binary=Path("/bin/workerd"),
        config=plan_config(FULL),
        config_file=Path("/h/workerd.capnp"),
        pid_file=Path("/h/workerd.pid"),
        sockets=SOCKETS,
        listeners={"http4": 7, "http6": 8},
    )
    assert [value.reveal() for value in launch.config.environment.values()] == ["top secret"]
    assert workerd_args(launch, 9) == [
        "/bin/workerd",
        "serve",
        "/h/workerd.capnp",
        "--experimental",
        f"--import-path={OWN_IMPORT_PATH}",
        "--import-path=/",
        "--socket-fd=http4=7",
        "--socket-fd=http6=8",
        "--control-fd=9",
        "--debug-port=unix:/run/w.peers",
    ]


def test_a_member_of_a_cluster_listens_at_its_address_and_may_take_longer_to_end() -> None:
    launch = Launch(
        what="version v1",
        binary=Path("/bin/workerd"),
        config=plan_config(replace(PLAIN, membership=MEMBERSHIP)),
        config_file=Path("/h/workerd.capnp"),
        pid_file=Path("/h/workerd.pid"),
        sockets=SOCKETS,
        listeners={},
    )
    arguments = workerd_args(launch, 9)
    assert arguments[-1] == "--cluster-addr=10.0.0.1:0"
    assert not [each for each in arguments if "ab" * 32 in each or "hush" in each or "key-id" in each]
    assert launch.stop_seconds > 8  # what the configuration gives it
    v6 = replace(MEMBERSHIP, address="fd00::7")
    assert cluster_arguments(v6) == ("--cluster-addr=[fd00::7]:0",)


def test_a_damaged_database_is_no_error_of_the_code() -> None:
    words = (
        "*** Uncaught exception ***\nworkerd/util/sqlite.c++:914: failed: SQLite failed;"
        " dbErrorMessage(prepareResult, db) = file is not a database: SQLITE_NOTADB"
    )
    error = damaged_database('Version v1 of the Worker "shop"', words)
    assert error is not None
    assert error.message.endswith("did not start: one of its databases is damaged (file is not a database).")
    assert "durable-objects" in (error.hint or "")
    assert damaged_database("it", "Uncaught Error: SQLITE_BUSY") is None
