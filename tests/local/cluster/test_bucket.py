"""The bucket's client against real S3 servers."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster import bucket as client_module
from pywrangler.local.cluster.bucket import Absent, Bucket, BucketAddress, StoredObject
from pywrangler.local.cluster.bucket_answers import BucketError, BucketUnreachableError
from pywrangler.local.cluster.probe import check_bucket
from pywrangler.sensitive import Sensitive
from tests.support.ports import free_port
from tests.support.servers.buckets import BucketServer

pytestmark = pytest.mark.slow  # real S3 servers


async def test_an_object_is_written_read_listed_and_removed(bucket: Bucket) -> None:
    assert isinstance(await bucket.get("a/x y+z"), Absent)
    written = await bucket.put("a/x y+z", b"content")
    read = await bucket.get("a/x y+z")
    assert isinstance(read, StoredObject)
    assert read.content == b"content"
    assert read.facts.etag == written.etag
    facts = await bucket.head("a/x y+z")
    assert facts is not None
    assert facts.modified == read.facts.modified
    assert [(each.key, each.size) async for each in bucket.list("a/")] == [("a/x y+z", 7)]
    await bucket.delete("a/x y+z")
    await bucket.delete("a/x y+z")
    assert await bucket.head("a/x y+z") is None


async def test_a_list_has_pages_and_a_beginning(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAGE_KEYS", 3)
    keys = [f"many/{number}" for number in range(8)]
    await asyncio.gather(*(bucket.put(key, b"") for key in keys))
    assert [each.key async for each in bucket.list("many/")] == keys
    assert [each.key async for each in bucket.list("many/", after="many/2")] == keys[3:]


async def test_one_of_many_creates_an_object(bucket: Bucket) -> None:
    created = await asyncio.gather(*(bucket.put_if_absent("one", b"%d" % n) for n in range(20)))
    winners = [n for n, facts in enumerate(created) if facts is not None]
    assert len(winners) == 1
    read = await bucket.get("one")
    assert isinstance(read, StoredObject)
    assert read.content == b"%d" % winners[0]


async def test_a_replacement_needs_the_current_content(bucket: Bucket) -> None:
    first = await bucket.put_if_absent("it", b"1")
    assert first is not None
    second = await bucket.put_if_match("it", b"2", first.etag)
    assert second is not None
    assert await bucket.put_if_match("it", b"3", first.etag) is None
    assert await bucket.put_if_match("absent", b"3", first.etag) is None
    read = await bucket.get("it")
    assert isinstance(read, StoredObject)
    assert read.content == b"2"


async def test_a_file_goes_up_and_down(bucket: Bucket, tmp_path: Path) -> None:
    content = os.urandom(5_000_000)
    (tmp_path / "up").write_bytes(content)
    await bucket.upload("file", tmp_path / "up", hashlib.sha256(content).hexdigest())
    assert await bucket.download("file", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == content
    assert not await bucket.download("absent", tmp_path / "nothing")


async def test_the_bucket_is_fit_for_a_cluster(bucket: Bucket) -> None:
    times = await check_bucket(bucket)
    assert 0 < times.latency_seconds < 5
    assert abs(times.clock_difference_seconds) < 5
    assert [each.key async for each in bucket.list("")] == []


async def test_a_wrong_secret_is_refused_with_words(seaweed_server: BucketServer) -> None:
    async with Bucket(seaweed_server.address("wrong", secret="another")) as bucket:
        with pytest.raises(BucketError, match=r"PUT `it` in the bucket .* was refused: Signature") as caught:
            await bucket.put("it", b"")
    assert caught.value.hint == "Correct the secret of the access key."
    assert "another" not in str(caught.value)


async def test_a_frozen_bucket_is_waited_for(seaweed_server: BucketServer) -> None:
    async with Bucket(seaweed_server.address("frozen"), deadline_seconds=15) as bucket:
        await bucket.put("it", b"before")
        seaweed_server.freeze()
        try:
            with pytest.raises(
                BucketUnreachableError, match=r"failed for \d\.\d s: it did not answer"
            ) as caught:
                await bucket.put("it", b"in vain", seconds=0.5)
            assert caught.value.is_uncertain
            asyncio.get_running_loop().call_later(1, seaweed_server.thaw)
            created = await bucket.put_if_absent("created", b"during")
        finally:
            seaweed_server.thaw()
        assert created is not None


async def test_where_nothing_listens() -> None:
    address = BucketAddress.parse("s3://b", f"http://127.0.0.1:{free_port()}", "r", "k", Sensitive("s"))
    async with Bucket(address) as bucket:
        with pytest.raises(
            BucketUnreachableError, match=r"failed for \d\.\d s: Connect call failed|refused"
        ) as caught:
            await bucket.put("it", b"", seconds=0.3)
    assert not caught.value.is_uncertain


async def test_a_bucket_that_does_not_exist(seaweed_server: BucketServer) -> None:
    address = BucketAddress.parse(
        "s3://not-there",
        seaweed_server.endpoint,
        "us-east-1",
        "test-key",
        Sensitive("test-secret-of-the-bucket"),
    )
    async with Bucket(address) as bucket:
        with pytest.raises(BucketError, match="NoSuchBucket"):
            await bucket.get("it")


class Losing:
    """A proxy in front of a bucket that forwards a write and then loses the answer, as often as it should."""

    def __init__(self, behind: BucketAddress) -> None:
        self.behind = Bucket(behind)
        self.to_lose = 0
        self.seen: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        content = await request.read()
        session = self.behind._session_for()
        target = f"{self.behind.address.endpoint}{request.raw_path}"
        headers = {**request.headers, "Host": self.behind.address.endpoint.removeprefix("http://")}
        async with session.request(
            request.method, client_module.URL(target, encoded=True), headers=headers, data=content
        ) as answer:
            body, status, given = await answer.read(), answer.status, answer.headers
        self.seen.append(f"{request.method} {status}")
        if request.method == "PUT" and self.to_lose > 0:
            self.to_lose -= 1
            assert request.transport is not None
            request.transport.close()
        kept = {
            name: value
            for name, value in given.items()
            if name in ("ETag", "Last-Modified", client_module._WRITER)
        }
        return web.Response(status=status, body=body if request.method != "HEAD" else b"", headers=kept)


@asynccontextmanager
async def losing(behind: BucketAddress) -> AsyncIterator[tuple[Losing, Bucket]]:
    """A client whose answers get lost, and what loses them. moto does not look at signatures."""
    proxy, port = Losing(behind), free_port()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url, secret = f"{behind.url}", behind.secret_access_key
    front = BucketAddress.parse(url, f"http://127.0.0.1:{port}", behind.region, behind.access_key_id, secret)
    try:
        async with Bucket(front) as bucket, proxy.behind:
            yield proxy, bucket
    finally:
        await runner.cleanup()


async def test_a_write_whose_answer_was_lost_is_known_as_ones_own(moto_server: BucketServer) -> None:
    async with losing(moto_server.address("lost-answers")) as (proxy, bucket):
        proxy.to_lose = 1
        created = await bucket.put_if_absent("it", b"1")
        assert created is not None
        assert [each for each in proxy.seen if each.startswith("PUT")] == ["PUT 200", "PUT 412"]
        proxy.to_lose = 1
        replaced = await bucket.put_if_match("it", b"2", created.etag)
        assert replaced is not None
        read = await bucket.get("it")
        assert isinstance(read, StoredObject)
        assert (read.content, read.facts.etag) == (b"2", replaced.etag)


async def test_the_same_content_of_another_is_not_ones_own(moto_server: BucketServer) -> None:
    async with losing(moto_server.address("lost-to-another")) as (_, bucket):
        assert await bucket.put_if_absent("it", b"same") is not None
        assert await bucket.put_if_absent("it", b"same") is None


async def test_a_bucket_without_conditional_writes_is_not_fit(moto_server: BucketServer) -> None:
    behind = moto_server.address("unconditional")
    app = web.Application()

    async def forget_conditions(request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if not name.startswith("If-")}
        target = client_module.URL(f"{behind.endpoint}{request.raw_path}", encoded=True)
        content = await request.read()
        async with session.request(request.method, target, headers=headers, data=content) as answer:
            kept = {
                name: value for name, value in answer.headers.items() if name in ("ETag", "Last-Modified")
            }
            body = await answer.read() if request.method != "HEAD" else b""
            return web.Response(status=answer.status, body=body, headers=kept)

    app.router.add_route("*", "/{path:.*}", forget_conditions)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    front = BucketAddress.parse(
        behind.url, f"http://127.0.0.1:{port}", "us-east-1", "test-key", Sensitive("test-secret")
    )
    async with client_module.aiohttp.ClientSession() as session, Bucket(front) as bucket:
        with pytest.raises(
            PywranglerError, match=r"cannot hold a cluster: it let 8 clients create"
        ) as caught:
            await check_bucket(bucket)
    await runner.cleanup()
    assert caught.value.code == "bucket-unfit"
