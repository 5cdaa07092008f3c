"""The shared state on real buckets: nodes at once, nodes that are killed, that sleep, that are older."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import Bucket, BucketAddress
from pywrangler.local.cluster.bucket_answers import BucketUnreachableError
from pywrangler.local.cluster.state import database as database_module
from pywrangler.local.cluster.state.contents import Contents, read_contents
from pywrangler.local.cluster.state.database import SharedDatabase, adopt_position, open_shared
from pywrangler.local.cluster.state.entries import LogEntry, LogStatement, NewerStateError, numbered
from pywrangler.local.cluster.state.log import LOG, SNAPSHOTS, StateLog
from pywrangler.local.cluster.state.retention import GRACE
from pywrangler.local.store import Store
from pywrangler.local.store.cipher import Cipher
from pywrangler.local.store.connection import open_database
from pywrangler.local.store.migrations import SchemaMigration, known_migrations
from pywrangler.local.store.records import KvNamespace
from pywrangler.local.store.workers import StoredWorkers
from pywrangler.sensitive import Sensitive
from tests.support.servers.buckets import BucketServer
from tests.support.servers.state_writer import count_up
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.slow  # real S3 servers

NEWEST = known_migrations()[-1].number


@dataclass
class Lab:
    """A cluster's bucket, and nodes that a test opens."""

    address: BucketAddress
    directory: Path
    stack: AsyncExitStack

    async def create(self) -> None:
        """Make the cluster from an empty platform."""
        first = open_database(self.directory / "first.sqlite")
        contents = read_contents(first._connection, 0)
        first.close()
        assert await (await self.log()).create("cluster-one", contents)

    async def log(self, grace: timedelta = GRACE) -> StateLog:
        """The log through a client of its own, as another machine has it."""
        bucket = await self.stack.enter_async_context(Bucket(self.address, deadline_seconds=5))
        return StateLog(bucket, grace)

    async def node(self, name: str, grace: timedelta = GRACE) -> SharedDatabase:
        """A node that keeps its file under this name."""
        log = await self.log(grace)
        database = await open_shared(self.directory / name / "platform.sqlite", log, name)
        self.stack.push_async_callback(database.close_shared)
        return database

    def key(self, number: int) -> str:
        """The key of an entry."""
        return numbered(LOG, number)


@pytest.fixture
async def lab(server: BucketServer, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    """A new cluster on each kind of bucket."""
    async for made in _lab(server, tmp_path, request):
        yield made


@pytest.fixture
async def weed(
    seaweed_server: BucketServer, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Lab]:
    """A new cluster on SeaweedFS, which is quicker."""
    async for made in _lab(seaweed_server, tmp_path, request):
        yield made


async def _lab(server: BucketServer, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    async with AsyncExitStack() as stack:
        made = Lab(server.address(request.node.name.replace("[", "/").strip("]")), tmp_path, stack)
        await made.create()
        yield made


def contents(database: SharedDatabase) -> Contents:
    """All that a node has of the shared state."""
    return read_contents(database._connection, database.position or 0)


def add_namespace(database: SharedDatabase, name: str) -> Callable[[], object]:
    """A change that fails for a name that exists."""
    return lambda: database.execute("INSERT INTO kv_namespaces VALUES (?, ?)", (name, name))


def names(database: SharedDatabase) -> list[str]:
    """The names of all namespaces."""
    return [row["id"] for row in database.rows("SELECT id FROM kv_namespaces ORDER BY id")]


async def test_three_nodes_at_once_lose_nothing(lab: Lab) -> None:
    nodes = [await lab.node(name) for name in "abc"]

    async def write(database: SharedDatabase) -> list[int]:
        return [await database.change(lambda: count_up(database)) for _ in range(100)]

    results = await asyncio.gather(*map(write, nodes))
    assert sorted(number for each in results for number in each) == list(range(1, 301))
    for database in nodes:
        await database.follow()
    assert [database.position for database in nodes] == [300, 300, 300]
    assert contents(nodes[0]) == contents(nodes[1]) == contents(nodes[2])
    assert names(nodes[0]) == ["counter"]


async def test_many_changes_at_once_on_one_node(weed: Lab) -> None:
    node = await weed.node("a")
    results = await asyncio.gather(*(node.change(lambda: count_up(node)) for _ in range(50)))
    assert sorted(results) == list(range(1, 51))


@pytest.mark.parametrize(("step", "found"), [("before-put", 1), ("after-put", 2)])
async def test_a_node_that_is_killed_while_it_writes(weed: Lab, step: str, found: int) -> None:
    other = await weed.node("other")
    assert await other.change(lambda: count_up(other)) == 1
    directory = weed.directory / "killed"
    prefix = weed.address.prefix.strip("/")
    command = [
        sys.executable,
        "-m",
        "tests.support.servers.state_writer",
        step,
        str(directory),
        weed.address.endpoint,
        prefix,
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip().decode() == step
    process.kill()
    await process.wait()
    await other.follow()
    again = await weed.node("killed")
    assert contents(again) == contents(other)
    assert again.position == found
    assert await again.change(lambda: count_up(again)) == found + 1
    await other.follow()
    assert contents(again) == contents(other)


async def test_a_frozen_bucket_delays_a_change_and_nothing_else(
    weed: Lab, seaweed_server: BucketServer
) -> None:
    node = await weed.node("a")
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            begin = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - begin)

    ticking = asyncio.create_task(tick())
    seaweed_server.freeze()
    try:
        change = asyncio.create_task(node.change(lambda: count_up(node)))
        done, _ = await asyncio.wait([change], timeout=3)  # nothing must happen meanwhile
        assert not done
        assert names(node) == []
    finally:
        seaweed_server.thaw()
    assert await change == 1
    ticking.cancel()
    assert max(gaps) < 1
    assert sum(gaps) > 2.5


async def test_a_change_that_the_bucket_does_not_take(weed: Lab, seaweed_server: BucketServer) -> None:
    node, other = await weed.node("a"), await weed.node("b")
    node._wait_seconds = 0.5
    seaweed_server.freeze()
    try:
        with pytest.raises(BucketUnreachableError) as caught:
            await node.change(lambda: count_up(node))
        assert caught.value.is_uncertain
        assert names(node) == []
    finally:
        seaweed_server.thaw()
    # It may arrive now or never. Afterwards both nodes agree on which.
    before = await other.change(lambda: count_up(other))
    assert await node.change(lambda: count_up(node)) == before + 1
    await other.follow()
    assert contents(node) == contents(other)


async def test_changes_do_not_queue_for_ever(weed: Lab, seaweed_server: BucketServer) -> None:
    node = await weed.node("a")
    node._wait_seconds = 0.5
    seaweed_server.freeze()
    try:
        begin = time.monotonic()
        changes = (node.change(lambda: count_up(node)) for _ in range(5))
        results = await asyncio.gather(*changes, return_exceptions=True)
        assert [type(result) for result in results] == [BucketUnreachableError] * 5
        assert time.monotonic() - begin < 5
    finally:
        seaweed_server.thaw()


async def test_a_node_whose_rows_differ_takes_the_clusters(weed: Lab) -> None:
    node, other = await weed.node("a"), await weed.node("b")
    other._connection.execute("INSERT INTO kv_namespaces VALUES ('it', 'it')")  # what must not happen
    await node.change(add_namespace(node, "it"))
    with pytest.raises(PywranglerError, match="Entry 1 of the cluster's log does not fit"):
        await other.follow()
    await other.follow()
    assert contents(other) == contents(node)


async def test_a_node_that_missed_2000_entries_takes_a_snapshot_and_the_log(weed: Lab) -> None:
    late = await weed.node("late")
    log = await weed.log()
    statement = "INSERT INTO kv_namespaces VALUES (?, ?)"
    entries = {
        number: LogEntry(NEWEST, "elsewhere", (LogStatement(statement, (f"n{number}", f"n{number}")),))
        for number in range(1, 2001)
    }
    for begin in range(1, 2001, 100):
        offers = (log.offer(number, entries[number], 5) for number in range(begin, begin + 100))
        assert all(await asyncio.gather(*offers))
    writer = await weed.node("writer")
    assert writer.position == 2000
    await writer.change(add_namespace(writer, "last"))
    await eventually_async(lambda: _snapshot(log, 2001), what="the snapshot")
    await late.close_shared()
    late = await weed.node("late")
    fresh = await weed.node("fresh")
    assert len(names(late)) == 2001
    assert contents(late) == contents(fresh) == contents(writer)
    await late.change(add_namespace(late, "more"))
    await writer.follow()
    assert contents(late) == contents(writer)


async def _snapshot(log: StateLog, number: int) -> bool:
    return (await log.mark())[0].snapshot >= number


async def test_old_entries_go_and_a_sleeper_is_not_fooled(weed: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.local.cluster.state.retention.SNAPSHOT_ENTRIES", 5)
    grace = timedelta(seconds=2)
    sleeper, writer = await weed.node("sleeper", grace), await weed.node("writer", grace)
    reader = await weed.node("reader", grace)
    bucket = (await weed.log())._bucket
    count = 0

    async def is_removed() -> bool:
        nonlocal count
        await writer.change(add_namespace(writer, f"n{(count := count + 1):03}"))
        return await bucket.head(weed.key(1)) is None

    await eventually_async(is_removed, what="the removal of entry 1")
    assert sleeper.position == 0
    # Its number 1 is free again. The bucket's clock says that it was away, so it looks at the mark.
    with pytest.raises(BucketUnreachableError, match="was away from the cluster for long"):
        await sleeper.change(add_namespace(sleeper, "from-a-sleeper"))
    # Entry 1 is there again, and it is no part of the log.
    assert await bucket.head(weed.key(1)) is not None
    await reader.follow()
    await writer.follow()
    assert contents(reader) == contents(writer)
    assert "from-a-sleeper" not in names(reader)
    await sleeper.change(add_namespace(sleeper, "awake"))
    await writer.follow()
    assert contents(sleeper) == contents(writer)
    assert len(names(sleeper)) == count + 1
    assert await bucket.head(numbered(SNAPSHOTS, 0)) is None


async def test_what_a_change_raises_is_decided_on_the_newest_state(weed: Lab) -> None:
    first, second = await weed.node("a"), await weed.node("b")
    await first.change(add_namespace(first, "it"))
    with pytest.raises(Exception, match="UNIQUE constraint failed"):
        await second.change(add_namespace(second, "it"))
    assert names(second) == ["it"]
    await first.change(lambda: first.execute("DELETE FROM kv_namespaces"))
    # Its own rows would refuse the name, which is free by now.
    await second.change(add_namespace(second, "it"))
    # A change that finds nothing to do looks again, too.
    assert await first.change(lambda: names(first)) == ["it"]


async def test_shared_rows_change_in_no_other_way(weed: Lab) -> None:
    node = await weed.node("a")
    with pytest.raises(RuntimeError, match="kv_namespaces is shared"):
        node.execute("DELETE FROM kv_namespaces")
    with pytest.raises(RuntimeError, match="kv_namespaces is shared"), node.transaction():
        node.execute("DELETE FROM kv_namespaces")


async def test_a_nodes_own_rows_stay_on_it(weed: Lab) -> None:
    first, second = await weed.node("a"), await weed.node("b")
    workers = StoredWorkers(first)

    def create() -> None:
        workers.create("w", 1.0)
        workers.set_address("w", 8787)

    await first.change(create)
    await second.follow()
    assert (workers.get("w").port, StoredWorkers(second).get("w").port) == (8787, None)  # type: ignore[union-attr]
    StoredWorkers(second).set_address("w", 9999)
    assert second.position == first.position == 1


async def test_a_change_fails_as_a_whole(weed: Lab) -> None:
    node = await weed.node("a")

    def work() -> None:
        with node.transaction():
            node.execute("INSERT INTO kv_namespaces VALUES ('a', 'a')")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await node.change(work)
    assert names(node) == []
    assert await node.follow() == 0


async def test_secrets_are_sealed_in_the_bucket(weed: Lab) -> None:
    node = await weed.node("a")
    key = bytes(range(32))
    secret = "the-secret-nobody-may-read"
    sealed = Cipher(key).seal(Sensitive(secret), "s/n")
    statement = "INSERT INTO r2_s3_keys VALUES ('k', 'n', ?, 0)"
    await node.change(lambda: node.execute(statement, (sealed,)))
    log = await weed.log()
    async for listed in log._bucket.list(""):
        found = await log._bucket.get(listed.key)
        assert secret.encode() not in getattr(found, "content", b"")
    other = await weed.node("b")
    (row,) = other.rows("SELECT sealed FROM r2_s3_keys")
    assert Cipher(key).open(row["sealed"], "s/n").reveal() == secret


async def test_followers_are_told_what_changed(weed: Lab) -> None:
    first, second = await weed.node("a"), await weed.node("b")
    told: list[frozenset[str]] = []
    second.applied_by_others = told.append
    following = asyncio.create_task(second.follow_always())
    await first.change(add_namespace(first, "it"))

    async def is_told() -> bool:
        return bool(told)  # after the node has it: the rest of the log is read before

    await eventually_async(is_told, what="the other node's change")
    following.cancel()
    assert names(second) == ["it"]
    assert told == [frozenset({"kv_namespaces"})]


async def test_a_newer_program_changes_the_schema_for_all(weed: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    old, other = await weed.node("old"), await weed.node("other")
    await old.change(add_namespace(old, "before"))
    step = SchemaMigration(NEWEST + 1, "UPDATE kv_namespaces SET title = title || ' migrated';")
    migrations = [*known_migrations(), step]
    monkeypatch.setattr(database_module, "known_migrations", lambda: migrations)
    new = await weed.node("new")
    assert new._schema() == NEWEST + 1
    await new.change(add_namespace(new, "after"))
    with pytest.raises(
        NewerStateError, match=f"has schema {NEWEST + 1}; this one knows up to schema {NEWEST}"
    ):
        await old.change(add_namespace(old, "from the old one"))
    # The other node gets the newer program, too. It may have been behind: all
    # take the step at the same place.
    await other.close_shared()
    other = await weed.node("other")
    fresh = await weed.node("fresh")
    titles = [row["title"] for row in other.rows("SELECT title FROM kv_namespaces ORDER BY title")]
    assert titles == ["after", "before migrated"]
    assert contents(other) == contents(new) == contents(fresh)


async def test_a_file_of_a_platform_alone_or_of_another_cluster(weed: Lab) -> None:
    node = await weed.node("a")
    await node.change(add_namespace(node, "shared"))
    directory = weed.directory / "joins"
    directory.mkdir()
    alone = open_database(directory / "platform.sqlite")
    alone.execute("INSERT INTO kv_namespaces VALUES ('alone', 'alone')")
    alone.execute("INSERT INTO meta VALUES ('folder', '/home')")
    alone.close()
    joined = await weed.node("joins")
    assert names(joined) == ["shared"]
    assert [row["value"] for row in joined.rows("SELECT value FROM meta")] == ["/home"]
    await joined.close_shared()
    adopt_position(directory / "platform.sqlite", "cluster-two")
    assert (await weed.node("joins")).position == 1


async def test_a_cluster_is_made_once_and_keeps_what_the_platform_had(weed: Lab) -> None:
    assert not await (await weed.log()).create("cluster-two", Contents(NEWEST, 0, {}))
    elsewhere = Bucket(
        weed.address.__class__(**{**weed.address.__dict__, "prefix": weed.address.prefix + "two/"})
    )
    async with elsewhere as bucket:
        log = StateLog(bucket)
        with pytest.raises(PywranglerError, match="has no state of a cluster") as caught:
            await open_shared(weed.directory / "none", log, "a")
        assert caught.value.code == "cluster-absent"
        file = weed.directory / "had.sqlite"
        had = open_database(file)
        had.execute("INSERT INTO kv_namespaces VALUES ('had', 'had')")
        assert await log.create("cluster-two", read_contents(had._connection, 0))
        had.close()
        adopt_position(file, "cluster-two")
        node = await open_shared(file, log, "a")
        other = await open_shared(weed.directory / "other.sqlite", log, "b")
        assert names(node) == names(other) == ["had"]
        await node.close_shared()
        await other.close_shared()


async def test_a_name_that_two_nodes_take_at_once_is_refused_with_words(weed: Lab) -> None:
    first, second = await weed.node("a"), await weed.node("b")
    stores = [
        Store.over(database, weed.directory / name, b"k" * 32, "a" * 32)
        for name, database in (("a", first), ("b", second))
    ]
    namespaces = [KvNamespace(name * 32, "the same title") for name in "ab"]

    async def create(store: Store, namespace: KvNamespace) -> None:
        await store.change(lambda: store.kv.save(namespace))

    results = await asyncio.gather(*map(create, stores, namespaces), return_exceptions=True)
    (error,) = (result for result in results if result is not None)
    assert isinstance(error, PywranglerError)
    assert error.code == "state-conflict"
    assert "kv_namespaces.title" in error.message
