"""What the repositories keep, and what belongs together."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pywrangler.errors import MissingError
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.store import Store
from pywrangler.local.store.cipher import Cipher
from pywrangler.local.store.records import (
    ApplicationRecord,
    Namespace,
    RolloutStep,
    StoredModule,
    StoredRollout,
    Version,
)
from pywrangler.local.store.versions import KEPT_VERSIONS, VersionDraft
from pywrangler.sensitive import Sensitive

KEY = b"k" * 32
NOW = 1_790_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(tmp_path, KEY)
    yield opened
    opened.close()


def draft(store: Store, number: int = 1, worker: str = "chat", **fields: object) -> VersionDraft:
    """A version with one module, that waits where uploads wait."""
    content = f"// {number}".encode()
    path = store.uploads_directory / f"{worker}-{number}"
    path.write_bytes(content)
    module = StoredModule(
        "index.js", "application/javascript+module", path, hashlib.sha256(content).hexdigest()
    )
    made = VersionDraft(
        id=f"{worker}-{number}",
        worker=worker,
        created_on=NOW + number,
        metadata={"main_module": "index.js", "containers": [{"class_name": "Room"}], "bindings": []},
        modules=(module,),
        namespaces=(Namespace("a" * 32, worker, "Room", use_sqlite=True),),
        migration_tag="v1",
        content_hash=str(number),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


async def add(store: Store, version: VersionDraft) -> Version:
    """Store and activate a version."""
    if store.workers.get(version.worker) is None:
        store.workers.create(version.worker, NOW)
    added = await store.versions.add(version)
    store.workers.activate(added, NOW, {}, "test")
    return added


def application(**fields: object) -> ApplicationRecord:
    """An application of the class Room."""
    size = {"vcpu": 0.0625, "memory_mib": 256, "disk": {"size_mb": 2000}}
    spec = {"configuration": {"image": "one", **size}, "max_instances": 3, "rollout_active_grace_period": 7}
    made = ApplicationRecord("app", "chat-room", "a" * 32, "chat", "Room", 1, 1, NOW, NOW, spec)
    return replace(made, **fields)  # type: ignore[arg-type]


async def test_a_version_is_what_it_was_after_a_restart(store: Store, tmp_path: Path) -> None:
    added = await add(
        store, draft(store, secrets={"KEY": Sensitive("value")}, annotations={"workers/tag": "t"})
    )
    assert added.container_classes == {"Room"}
    store.close()
    again = Store.open(tmp_path, KEY)
    assert again.versions.active("chat") == added
    assert again.versions.get(added.id) == added
    assert added.modules[0].path.read_text() == "// 1"
    assert again.secrets.of_version(added.id) == {"KEY": Sensitive("value")}
    assert [n.name for n in again.namespaces.of_script("chat")] == ["chat_Room"]
    again.close()


async def test_files_that_no_version_names_are_swept(store: Store, tmp_path: Path) -> None:
    added = await add(store, draft(store))
    stray = tmp_path / "workers" / "chat" / "versions" / "stray"
    stray.mkdir()
    (stray / "0000").write_text("half an upload")
    (tmp_path / "uploads" / "left").write_text("half an upload")
    other = tmp_path / "workers" / "chat" / "worker.log"
    other.write_text("not the store's")
    store.close()
    Store.open(tmp_path, KEY).close()
    assert not stray.exists()
    assert list((tmp_path / "uploads").iterdir()) == []
    assert added.modules[0].path.exists()
    assert other.exists()


async def test_a_version_that_cannot_be_stored_leaves_no_files(store: Store, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        await store.versions.add(draft(store, worker="nobody"))
    assert list((tmp_path / "workers/nobody/versions").iterdir()) == []


async def test_old_versions_go_and_the_active_one_stays(store: Store, tmp_path: Path) -> None:
    first = await add(store, draft(store, 1))
    for number in range(2, KEPT_VERSIONS + 6):
        await store.versions.add(draft(store, number))
    await store.versions.discard_old("chat")
    left = store.versions.of_worker("chat")
    assert len(left) == KEPT_VERSIONS + 1
    assert left[0].number == KEPT_VERSIONS + 5
    assert left[-1] == first
    assert len(list((tmp_path / "workers/chat/versions").iterdir())) == len(left)


async def test_two_versions_share_the_files_they_have_in_common(store: Store) -> None:
    first = await add(store, draft(store))
    second = await add(store, replace(draft(store, 2), modules=first.modules))
    assert second.modules[0].path != first.modules[0].path
    assert second.modules[0].path.samefile(first.modules[0].path)
    await store.versions.discard(first)
    assert second.modules[0].path.read_text() == "// 1"


async def test_removing_a_worker_removes_what_is_its_own(store: Store) -> None:
    version = await add(store, draft(store, secrets={"KEY": Sensitive("value")}))
    store.applications.create(application())
    store.workers.delete("chat")
    assert store.versions.get(version.id) is None
    assert store.secrets.of_version(version.id) == {}
    assert store.namespaces.all() == []
    record = store.applications.get("app")
    assert record is not None
    assert (record.worker, record.class_name) == ("chat", "Room")


def test_a_port_belongs_to_one_worker(store: Store, tmp_path: Path) -> None:
    store.workers.create("one", NOW)
    store.workers.create("two", NOW)
    store.workers.set_address("one", 8787)
    store.workers.set_address("two", 8787)
    assert [(worker.name, worker.port) for worker in store.workers.all()] == [("one", None), ("two", 8787)]
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as read:
        assert read.execute("SELECT name, port FROM workers ORDER BY name").fetchall() == [
            ("one", None),
            ("two", 8787),
        ]


async def test_an_application_follows_a_class_that_is_renamed(store: Store) -> None:
    await add(store, draft(store))
    store.applications.create(application())
    await add(store, draft(store, 2, namespaces=(Namespace("a" * 32, "chat", "Hall", use_sqlite=True),)))
    runnable = store.applications.by_namespace("a" * 32)
    assert runnable is not None
    assert (runnable.class_name, runnable.max_instances, runnable.grace_seconds) == ("Hall", 3, 7)
    assert store.applications.by_namespace("b" * 32) is None


def rollout(**fields: object) -> StoredRollout:
    """A rollout from version 1 to 2."""
    made = StoredRollout(
        id="r1",
        application_id="app",
        kind="full_auto",
        description="",
        current_version=1,
        target_version=2,
        current_configuration={"image": "one"},
        target_configuration={"image": "two"},
        status="pending",
        steps=(RolloutStep(1, 10), RolloutStep(2, 100)),
        created_at=NOW,
        last_updated_at=NOW,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def test_a_finished_rollout_moves_its_application(store: Store) -> None:
    store.applications.create(application())
    record = application()
    second = {**record.spec, "configuration": {**record.configuration, "image": "two"}}
    store.applications.modify("app", second, NOW)
    store.rollouts.save(rollout())
    assert store.rollouts.unfinished() == [rollout()]
    store.rollouts.save(rollout(status="completed"))
    assert store.rollouts.unfinished() == []
    moved = store.applications.get("app")
    assert moved is not None
    assert (moved.version, moved.rolled_out_version) == (2, 2)
    store.rollouts.save(rollout(status="reverted"))
    back = store.applications.get("app")
    assert back is not None
    assert (back.version, back.configuration["image"]) == (1, "one")
    assert store.rollouts.active("app") is None


def test_records_of_instances(store: Store) -> None:
    one = Instance("i1", "app", "chat", "d" * 64, "c", InstanceState.RUNNING, "sha256:1", 1, NOW)
    store.instances.save(one)
    stopped = one.with_(state=InstanceState.STOPPED, stopped_at=NOW + 5, exit_code=137, oom_killed=True)
    store.instances.save(stopped)
    two = one.with_(id="i2", created_at=NOW + 1, application_id="other")
    store.instances.save(two)
    assert store.instances.load() == [stopped, two]
    assert store.instances.of_application("other") == [two]
    store.instances.forget_before(NOW + 5)
    assert store.instances.load() == [stopped, two]
    store.instances.forget_before(NOW + 6)
    assert store.instances.load() == [two]


def test_a_sealed_value_opens_with_its_key_in_its_place_only() -> None:
    cipher = Cipher(KEY)
    sealed = cipher.seal(Sensitive("välue"), "here")
    assert cipher.open(sealed, "here").reveal() == "välue"
    assert cipher.seal(Sensitive("välue"), "here") != sealed
    for other, context in ((cipher, "there"), (Cipher(b"x" * 32), "here")):
        with pytest.raises(MissingError):
            other.open(sealed, context)
    with pytest.raises(MissingError):
        Cipher(None).seal(Sensitive("x"), "here")


async def test_secrets_are_not_in_the_file(store: Store, tmp_path: Path) -> None:
    await add(store, draft(store, secrets={"KEY": Sensitive("planted-in-a-test")}))
    store.close()
    assert b"planted-in-a-test" not in (tmp_path / DATABASE_NAME).read_bytes()


async def test_assets_are_kept_while_a_version_has_them(store: Store, tmp_path: Path) -> None:
    for name in "ab":
        (store.uploads_directory / name).write_text(name)
    await store.assets.add(store.uploads_directory, {"a": "text/plain", "b": None})
    assert store.assets.types({"a", "b"}) == {"a": "text/plain"}
    assert store.assets.missing(["a", "c", "c"]) == ["c"]
    await add(store, draft(store, metadata={"assets": {"manifest": {"/x": "a"}}}))
    await store.assets.sweep(kept={"b"})
    assert store.assets.missing("ab") == []
    await store.assets.sweep()
    assert (store.assets.missing("ab"), [file.name for file in store.assets.directory.iterdir()]) == (
        ["b"],
        ["a"],
    )
    # What a crash left: a file without a row, and a row without a file.
    (store.assets.directory / "stray").write_text("?")
    (store.assets.directory / "a").unlink()
    store.close()
    again = Store.open(tmp_path, KEY)
    assert (again.assets.missing("a"), [*again.assets.directory.iterdir()]) == (["a"], [])
    again.close()
