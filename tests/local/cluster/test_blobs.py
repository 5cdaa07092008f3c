"""Files that nodes leave for each other in a real bucket."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pywrangler.local.cluster import blobs as blobs_module
from pywrangler.local.cluster.blobs import KEPT_SECONDS, PREFIX, BlobMissingError, ClusterBlobs
from pywrangler.local.cluster.bucket import Bucket
from pywrangler.local.cluster.state.contents import Contents
from pywrangler.local.cluster.state.database import SharedDatabase, open_shared
from pywrangler.local.cluster.state.log import StateLog
from pywrangler.local.store import Store
from pywrangler.local.store.migrations import known_migrations
from pywrangler.local.store.records import StoredModule
from pywrangler.local.store.versions import VersionDraft
from tests.support.servers.buckets import BucketServer

pytestmark = pytest.mark.slow  # real S3 servers

NOW = 1_800_000_000.0
KEY = b"k" * 32


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Node:
    """A node with its store and its files."""

    home: Path
    database: SharedDatabase
    store: Store
    blobs: ClusterBlobs


@dataclass
class Nodes:
    """The nodes of a cluster, which a test adds."""

    bucket: Bucket
    directory: Path
    stack: AsyncExitStack
    clock: Clock

    async def add(self, name: str) -> Node:
        """A node, or the same one after a restart."""
        home = self.directory / name
        database = await open_shared(home / "platform.sqlite", StateLog(self.bucket), name)
        self.stack.push_async_callback(database.close_shared)
        store = Store.over(database, home, KEY)
        blobs = ClusterBlobs(store, self.bucket, home / "blobs", self.clock)
        store.share_files(blobs)
        return Node(home, database, store, blobs)

    async def objects(self) -> list[str]:
        """The digests of all objects."""
        keys = [each.key async for each in self.bucket.list(PREFIX)]
        return [key.split("/")[1] for key in keys if not key.endswith(".clock")]


@pytest.fixture
async def nodes(
    seaweed_server: BucketServer, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Nodes]:
    """A new cluster."""
    async with AsyncExitStack() as stack:
        bucket = await stack.enter_async_context(Bucket(seaweed_server.address(request.node.name)))
        await StateLog(bucket).create("c", Contents(known_migrations()[-1].number, 0, {}))
        yield Nodes(bucket, tmp_path, stack, Clock())


def write(file: Path, content: bytes) -> str:
    """Write a file; its digest."""
    file.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def draft(directory: Path, number: int, content: bytes = b"// code") -> VersionDraft:
    """A version with one module."""
    path = directory / f"{number}.js"
    digest = write(path, content)
    return VersionDraft(
        id=f"version-{number}",
        worker="chat",
        created_on=NOW,
        metadata={"main_module": "index.js"},
        modules=(StoredModule("index.js", "application/javascript+module", path, digest),),
        namespaces=(),
        migration_tag=None,
        content_hash=str(number),
    )


async def test_a_file_goes_from_node_to_node_and_is_sent_once(nodes: Nodes) -> None:
    first, second = await nodes.add("a"), await nodes.add("b")
    digest = write(nodes.directory / "file", os.urandom(3_000_000))
    await first.blobs.add(digest, nodes.directory / "file")
    position = first.database.position
    await first.blobs.add(digest, nodes.directory / "file")
    assert first.database.position == position
    await second.database.follow()
    assert await second.blobs.has(digest)
    await second.blobs.fetch(digest, nodes.directory / "there" / "file")
    assert (nodes.directory / "there" / "file").read_bytes() == (nodes.directory / "file").read_bytes()
    assert (nodes.directory / "there" / "file").stat().st_mode & 0o777 == 0o600
    assert await nodes.objects() == [digest]


async def test_two_nodes_that_add_the_same_keep_one_object(nodes: Nodes) -> None:
    first, second = await nodes.add("a"), await nodes.add("b")
    digest = write(nodes.directory / "file", b"same")
    await first.blobs.add(digest, nodes.directory / "file")
    assert second.store.blobs.get(digest) is None  # it has not followed, so it sends the file
    await second.blobs.add(digest, nodes.directory / "file")
    assert second.store.blobs.get(digest) == first.store.blobs.get(digest)
    assert await nodes.objects() == [digest]


async def test_what_is_absent_or_damaged(nodes: Nodes) -> None:
    node = await nodes.add("a")
    with pytest.raises(BlobMissingError, match="has no content with the SHA-256 00"):
        await node.blobs.fetch("0" * 64, nodes.directory / "x")
    digest = write(nodes.directory / "file", b"right")
    await node.blobs.add(digest, nodes.directory / "file")
    record = node.store.blobs.get(digest)
    assert record is not None
    await nodes.bucket.put(record.object, b"wrong")
    with pytest.raises(BlobMissingError):
        await node.blobs.fetch(digest, nodes.directory / "x")
    assert not (nodes.directory / "x").exists()
    assert list((node.home / "blobs").iterdir()) == []


async def test_what_nothing_needs_goes_after_a_while(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = await nodes.add("a"), await nodes.add("b")
    await first.store.change(lambda: first.store.workers.create("chat", NOW))
    needed = draft(nodes.directory, 1)
    await first.store.versions.add(needed)
    promised = write(nodes.directory / "promised", b"promised")
    unneeded = write(nodes.directory / "unneeded", b"unneeded")
    for digest, name in ((promised, "promised"), (unneeded, "unneeded")):
        await first.blobs.add(digest, nodes.directory / name)
    nodes.clock.now += KEPT_SECONDS - 1
    assert await first.blobs.collect() == 0
    assert await first.blobs.has(promised)  # a client relies on it from now on
    nodes.clock.now += 2
    await second.database.follow()
    assert await second.blobs.collect() == 1
    assert sorted(await nodes.objects()) == sorted([promised, needed.modules[0].sha256])
    assert not await second.blobs.has(unneeded)
    # The content comes again, as another object.
    await first.blobs.add(unneeded, nodes.directory / "unneeded")
    assert await first.blobs.has(unneeded)
    # An upload whose node was killed leaves an object that no row names.
    await nodes.bucket.put(f"{PREFIX}{'1' * 64}/left", b"")
    assert await first.blobs.collect() == 0
    monkeypatch.setattr(blobs_module, "ORPHAN_AGE", timedelta(0))
    assert await first.blobs.collect() == 1
    assert len(await nodes.objects()) == 3


async def test_a_version_runs_on_a_node_that_did_not_take_its_upload(nodes: Nodes) -> None:
    first, second = await nodes.add("a"), await nodes.add("b")
    await first.store.change(lambda: first.store.workers.create("chat", NOW))
    added = await first.store.versions.add(draft(nodes.directory, 1))
    await second.database.follow()
    known = second.store.versions.get(added.id)
    assert known is not None
    assert not known.modules[0].path.exists()
    await second.store.versions.bring_files(known)
    assert known.modules[0].path.read_bytes() == b"// code"
    # A restart keeps the files, and brings what was lost.
    known.modules[0].path.unlink()
    await second.database.close_shared()
    second = await nodes.add("b")
    await second.store.versions.bring_files(known)
    assert known.modules[0].path.read_bytes() == b"// code"


async def test_a_version_whose_files_are_gone_is_refused(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await nodes.add("a")
    await node.store.change(lambda: node.store.workers.create("chat", NOW))
    insert = node.store.versions._insert

    def late(*args: object) -> None:
        node.database.execute("DELETE FROM blobs")
        insert(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(node.store.versions, "_insert", late)
    with pytest.raises(Exception, match="The upload took so long that its files are gone"):
        await node.store.versions.add(draft(nodes.directory, 1))
    assert node.store.versions.of_worker("chat") == []


async def test_assets_reach_other_nodes(nodes: Nodes) -> None:
    first, second = await nodes.add("a"), await nodes.add("b")
    (first.store.uploads_directory / "hash").write_bytes(b"<h1>")
    await first.store.assets.add(first.store.uploads_directory, {"hash": "text/html"})
    await second.database.follow()
    assert second.store.assets.missing(["hash"]) == []
    await second.store.assets.bring_files({"hash", "other"})
    assert (second.home / "assets" / "hash").read_bytes() == b"<h1>"
    # Another node's client may be about to deploy with them.
    await second.store.assets.sweep()
    assert second.store.assets.missing(["hash"]) == []
    (second.home / "assets" / "stray").write_text("?")
    (second.home / "assets" / "hash").unlink()
    await second.database.close_shared()
    second = await nodes.add("b")
    assert list((second.home / "assets").iterdir()) == []
    assert second.store.assets.missing(["hash"]) == []
