"""What the database keeps has a bound, and room that is no longer needed is given back."""

from __future__ import annotations

import gc
import sqlite3
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.store.connection import COMPACTED_BYTES, open_database
from tests.support.runs.quickness import quickly
from tests.unit.instances.test_ledger import APPLICATION
from tests.unit.store.test_repositories import application, rollout, store

__all__ = ["store"]


def fill(file: Path, megabytes: int) -> None:
    """Write so much into a table of its own."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS filler (content BLOB)")
        for _ in range(megabytes):
            connection.execute("INSERT INTO filler VALUES (zeroblob(1048576))")


def test_a_database_that_has_become_empty_is_compacted(tmp_path: Path) -> None:
    file = tmp_path / "platform.sqlite"
    open_database(file).close()
    fill(file, 12)
    database = open_database(file)
    assert file.stat().st_size > 12 * 1024 * 1024
    database.execute("DELETE FROM filler")
    database.close()
    open_database(file).close()
    assert file.stat().st_size < COMPACTED_BYTES


def test_the_oldest_rollouts_are_dropped(store, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("pywrangler.local.store.rollouts.KEPT_ROLLOUTS", 3)
    store.applications.create(application())
    active = rollout(id="active", created_at=1.0, status="progressing")
    store.rollouts.save(active)
    for number in range(10):
        store.rollouts.save(rollout(id=f"r{number}", created_at=10.0 + number, status="replaced"))
    kept = [each.id for each in store.rollouts.of_application(active.application_id)]
    assert kept == ["r9", "r8", "r7", "active"]


@pytest.mark.slow
def test_ten_thousand_instances_are_listed_at_once(store) -> None:  # type: ignore[no-untyped-def]
    made = Instance("i", "app", "chat", "d" * 64, "c", InstanceState.STOPPED, "sha256:1", 1, 1.0)
    for number in range(10_400):  # as many as are kept, and some that are forgotten together
        store.instances.save(made.with_(id=f"i{number}", created_at=float(number)))
    store.instances.of_application("app")
    # Ten pages, for each of which all are read.
    *_, found = quickly(lambda: [store.instances.of_application("app") for _ in range(10)], seconds=3)
    assert [each.id for each in found] == [f"i{number}" for number in range(10_400)]
    store.instances.forget([f"i{number}" for number in range(10_398)])
    assert [each.id for each in store.instances.load()] == ["i10398", "i10399"]


@pytest.mark.slow
def test_records_of_instances_take_little_memory_and_each_is_there_once(store) -> None:  # type: ignore[no-untyped-def]
    ledger, number = Ledger(store.instances), 1000
    tracemalloc.start()
    for each in range(number):
        name = "".join(["workerd-box-", "d" * 64])  # a new text, as it comes with each request
        made = ledger.reserve(APPLICATION, durable_object_id=name[12:], container_name=name, time=float(each))
        assert made is not None
        ledger.resolved(made.id, "".join(["sha256:", "e" * 64]))
        ledger.started(made.id, container_id=f"{each:064x}", time=float(each))
        ledger.exited(
            made.id, exit_code=0, oom_killed=False, time=float(each), reason="".join(["it ", "ended"])
        )
    gc.collect()  # what is only garbage is not kept
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(ledger.of_application(APPLICATION.id)) == number
    assert taken / number < 800
    assert store.instances.of_application(APPLICATION.id)[0] is ledger.of_application(APPLICATION.id)[0]
