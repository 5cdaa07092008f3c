"""R2 over the REST API, with objects in memory."""

from __future__ import annotations

import pytest

from pywrangler.local.rest.runtimes import Runtimes
from tests.local.rest.api import Answer, Api
from tests.local.rest.products.memory import MemoryObjects, NotedS3

PATH = "/r2/buckets"
KEYS = "/local/r2/s3/keys"


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
def s3() -> NotedS3:
    return NotedS3()


@pytest.fixture
def runtimes(objects: MemoryObjects, s3: NotedS3) -> Runtimes:
    return Runtimes(objects=objects, s3=s3)


async def put(api: Api, key: str, value: bytes, **headers: str) -> Answer:
    """Write an object of the bucket `files`."""
    path = f"/accounts/{api.store.account_id}{PATH}/files/objects/{key}"
    return await api.send("PUT", path, data=value, headers=headers)


async def test_buckets_are_made_listed_changed_and_deleted(api: Api, s3: NotedS3) -> None:
    made = (await api.call("POST", PATH, {"name": "files"})).result
    assert (made["location"], made["storage_class"], made["jurisdiction"]) == ("WNAM", "Standard", "default")
    body = {"name": "archive", "locationHint": "weur", "storageClass": "InfrequentAccess"}
    headers = {"cf-r2-jurisdiction": "eu"}
    base = f"/accounts/{api.store.account_id}{PATH}"
    other = (await api.send("POST", base, json=body, headers=headers)).result
    assert (other["location"], other["storage_class"]) == ("WEUR", "InfrequentAccess")
    assert other["jurisdiction"] == "eu"
    assert (await api.call("GET", PATH)).result == {"buckets": [other, made]}
    assert s3.refreshed == 2
    changed = await api.send("PATCH", f"{base}/files", headers={"cf-r2-storage-class": "InfrequentAccess"})
    assert changed.result == {**made, "storage_class": "InfrequentAccess"}
    assert (await api.call("GET", f"{PATH}/files")).result == changed.result
    assert (await api.send("PATCH", f"{base}/files", headers={"cf-r2-storage-class": "x"})).status == 400
    assert (await api.call("DELETE", f"{PATH}/files")).result == {}
    assert (await api.call("GET", f"{PATH}/files")).refusal == (404, 10006)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"name": "ab"}, (400, 10005)),
        ({"name": "Files"}, (400, 10005)),
        ({"name": "-files"}, (400, 10005)),
        ({"name": "f" * 64}, (400, 10005)),
        ({"name": "new", "locationHint": "mars"}, (400, 10005)),
        ({"name": "new", "storageClass": "Cold"}, (400, 10005)),
        ({"name": "files"}, (409, 10004)),
    ],
)
async def test_what_is_no_new_bucket_is_refused(
    api: Api, body: dict[str, str], refusal: tuple[int, int]
) -> None:
    await api.call("POST", PATH, {"name": "files"})
    assert (await api.call("POST", PATH, body)).refusal == refusal
    assert len((await api.call("GET", PATH)).result["buckets"]) == 1


async def test_a_bucket_of_a_deploy_is_made_once(api: Api) -> None:
    first = (await api.call("PUT", "/local/r2/buckets/files")).result
    assert (await api.call("PUT", "/local/r2/buckets/files")).result == first
    assert (await api.call("PUT", "/local/r2/buckets/X")).refusal == (400, 10005)


async def test_a_bucket_is_there_even_if_its_s3_interface_does_not_run(api: Api, s3: NotedS3) -> None:
    s3.fails = "no port is free"
    assert (await api.call("POST", PATH, {"name": "files"})).result["name"] == "files"


async def test_objects_are_written_read_listed_and_removed(api: Api) -> None:
    await api.call("POST", PATH, {"name": "files"})
    given = {"Content-Type": "text/plain", "Cache-Control": "no-cache", "Expires": "1798761600000"}
    written = (await put(api, "a/b.txt", b"content", **given)).result
    assert (written["key"], written["size"]) == ("a/b.txt", "7")
    assert written["http_metadata"] == {
        "contentType": "text/plain",
        "cacheControl": "no-cache",
        "cacheExpiry": "1798761600000",
    }
    read = await api.call("GET", f"{PATH}/files/objects/a/b.txt")
    assert (read.raw, read.headers["Content-Length"]) == (b"content", "7")
    assert read.headers["Expires"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert read.headers["Etag"] == f'"{written["etag"]}"'
    assert (read.headers["Content-Type"], read.headers["Cache-Control"]) == ("text/plain", "no-cache")

    assert (await api.call("DELETE", f"{PATH}/files")).refusal == (409, 10008)
    for _ in range(2):
        assert (await api.call("DELETE", f"{PATH}/files/objects/a/b.txt")).result == {"key": "a/b.txt"}
    assert (await api.call("GET", f"{PATH}/files/objects/a/b.txt")).refusal == (404, 10007)
    assert (await api.call("GET", f"{PATH}/other/objects/a")).refusal == (404, 10006)


async def test_objects_are_listed_in_pages_and_directories(api: Api) -> None:
    await api.call("POST", PATH, {"name": "files"})
    for key in ("a/1", "a/2", "b", "c"):
        await put(api, key, b"x")
    first = await api.call("GET", f"{PATH}/files/objects?delimiter=/&per_page=1")
    assert [each["key"] for each in first.result] == ["b"]
    assert first.body["result_info"] == {"cursor": "1", "is_truncated": True, "delimited": ["a/"]}
    rest = await api.call("GET", f"{PATH}/files/objects?delimiter=/&cursor=1")
    assert [each["key"] for each in rest.result] == ["c"]
    assert rest.body["result_info"]["is_truncated"] is False
    inside = await api.call("GET", f"{PATH}/files/objects?prefix=a/")
    assert [each["key"] for each in inside.result] == ["a/1", "a/2"]
    assert (await api.call("GET", f"{PATH}/files/objects?per_page=0")).status == 400


@pytest.mark.parametrize("expires", ["2027-01-01", "2027-01-01T01:00:00+01:00", "1 Jan 2027 00:00:00 GMT"])
async def test_the_time_of_expiry_may_be_a_date(api: Api, expires: str) -> None:
    await api.call("POST", PATH, {"name": "files"})
    written = (await put(api, "k", b"x", Expires=expires)).result
    assert written["http_metadata"]["cacheExpiry"] == "1798761600000"


async def test_what_r2_does_not_take_is_refused(api: Api, objects: MemoryObjects) -> None:
    await api.call("POST", PATH, {"name": "files"})
    for never in ("253402300800000", "9" * 5000):
        assert (await put(api, "k", b"x", Expires=never)).status == 400
    refused = await put(api, "k", b"x", Expires="soon")
    assert (refused.status, "`soon`" in refused.message) == (400, True)
    refused = await put(api, "k", b"x", **{"cf-r2-storage-class": "Cold"})
    assert (refused.status, "`Cold` is not a storage class" in refused.message) == (400, True)
    path = f"/accounts/{api.store.account_id}{PATH}/files/objects/k"

    async def chunks():  # type: ignore[no-untyped-def]
        yield b"x"

    assert (await api.send("PUT", path, data=chunks())).refusal == (411, 10013)
    objects.refuses = "the key is too long"
    refused = await put(api, "k", b"x")
    assert (refused.status, refused.message) == (400, "the key is too long")
    assert objects.buckets == {}


async def test_a_bucket_is_public_while_it_says_so(api: Api, s3: NotedS3) -> None:
    await api.call("POST", PATH, {"name": "files"})
    managed = f"{PATH}/files/domains/managed"
    private = {"bucketId": "files", "domain": "127.0.0.1:9/files", "enabled": False}
    assert (await api.call("GET", managed)).result == private
    assert (await api.call("PUT", managed, {"enabled": True})).result == {**private, "enabled": True}
    assert (await api.call("PUT", managed, {"enabled": "yes"})).status == 400
    s3.fails = "no port is free"
    refused = await api.call("PUT", managed, {"enabled": False})
    assert (refused.status, refused.message) == (500, "no port is free")
    assert (await api.call("GET", managed)).result["enabled"] is True


async def test_the_secret_of_a_key_is_shown_once(api: Api, s3: NotedS3) -> None:
    made = (await api.call("POST", KEYS, {"name": "tool"})).result
    assert (made["name"], made["endpoint"]) == ("tool", "http://127.0.0.1:9")
    assert (len(made["access_key_id"]), len(made["secret_access_key"])) == (32, 64)
    listed = await api.call("GET", KEYS)
    assert [each["access_key_id"] for each in listed.result["keys"]] == [made["access_key_id"]]
    assert made["secret_access_key"].encode() not in listed.raw
    gone = await api.call("DELETE", f"{KEYS}/{made['access_key_id']}")
    assert gone.result == {"access_key_id": made["access_key_id"]}
    assert (await api.call("DELETE", f"{KEYS}/{made['access_key_id']}")).refusal == (404, 10044)
    assert s3.refreshed == 2
    s3.fails = "no port is free"
    assert (await api.call("POST", KEYS, {})).message == "no port is free"
    assert (await api.call("GET", KEYS)).result["keys"] == []


async def test_keys_of_a_worker_take_the_place_of_its_former_ones(api: Api, s3: NotedS3) -> None:
    path = "/local/r2/s3/workers/shop"
    for secret in ("planted-1", "planted-2"):
        key = {"bucket": "files", "access_key_id": "id", "secret_access_key": secret}
        answer = await api.call("PUT", path, {"keys": [key]})
        assert answer.result == {"endpoint": "http://127.0.0.1:9"}
        assert [each.secret.reveal() for each in api.store.s3_keys.of_workers()] == [secret]
    for wrong in ({}, {"keys": 1}, {"keys": [1]}, {"keys": [{"bucket": "files"}]}):
        assert (await api.call("PUT", path, wrong)).status == 400
    s3.fails = "no port is free"
    assert (await api.call("PUT", path, {"keys": []})).message == "no port is free"
