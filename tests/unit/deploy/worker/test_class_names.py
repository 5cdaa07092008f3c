"""Former names of Durable Object classes."""

from __future__ import annotations

from pywrangler.config.records import Migration
from pywrangler.deploy.worker.class_names import is_awaited, names_over_time, origins
from tests.unit.deploy.samples import a_configuration


def test_migrations_rename_step_by_step() -> None:
    steps = (Migration("v1", new_sqlite_classes=("A",)), Migration("v2", renamed_classes=(("A", "B"),)))
    found = a_configuration(migrations=(*steps, Migration("v3", renamed_classes=(("B", "C"), ("X", "Y")))))
    assert names_over_time(found, "C") == {"A", "B", "C"}
    assert names_over_time(found, "A") == {"A"}


def test_exports_rename_by_tombstones_also_in_a_circle() -> None:
    live = {"type": "durable-object", "storage": "sqlite"}
    tombstones = {"A": {"state": "renamed", "renamed_to": "B"}, "B": {"state": "renamed", "renamed_to": "A"}}
    found = a_configuration(exports={**tombstones, "C": live})
    assert names_over_time(found, "B") == {"A", "B"}
    assert names_over_time(found, "C") == {"C"}


def test_transferred_classes_were_in_other_workers() -> None:
    taken = ({"from": "Room", "from_script": "chat", "to": "Hall"},)
    steps = (Migration("v1", transferred_classes=taken), Migration("v2", renamed_classes=(("Hall", "A"),)))
    assert origins(a_configuration(migrations=steps), "A") == {
        ("web", "A"),
        ("web", "Hall"),
        ("chat", "Room"),
    }
    awaited = a_configuration(exports={"A": {"state": "expecting-transfer", "transfer_from": "chat"}})
    assert origins(awaited, "A") == {("web", "A"), ("chat", "A")}
    assert is_awaited(awaited, "A")
    assert not is_awaited(awaited, "B")
