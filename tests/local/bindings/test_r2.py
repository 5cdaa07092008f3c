"""R2: Workers and the REST API see the same objects, of any size, also after every restart."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import Answer, request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

WORKER = """
export default { async fetch(request, { FILES }) {
  const url = new URL(request.url);
  const key = url.searchParams.get("key");
  const options = JSON.parse(url.searchParams.get("options") ?? "{}");
  const facts = (object) => object && { key: object.key, size: object.size, etag: object.etag,
    range: object.range, http: object.httpMetadata, custom: object.customMetadata,
    md5: object.checksums.toJSON().md5 };
  try {
    switch (url.pathname) {
      case "/get": {
        const object = await FILES.get(key, options);
        return Response.json(object && { ...facts(object), text: object.body && (await object.text()) });
      }
      case "/stream": return new Response((await FILES.get(key)).body);
      case "/head": return Response.json(facts(await FILES.head(key)));
      case "/put": return Response.json(facts(await FILES.put(key, request.body ?? "", options)));
      case "/delete": await FILES.delete(options.keys ?? key); return Response.json(null);
      case "/list": {
        const { objects, truncated, delimitedPrefixes } = await FILES.list(options);
        return Response.json({ objects: objects.map(facts), truncated, delimitedPrefixes });
      }
      case "/multipart": {
        const upload = await FILES.createMultipartUpload(key);
        const part = "x".repeat(5 * 1024 * 1024);
        const parts = [await upload.uploadPart(1, part), await upload.uploadPart(2, "end")];
        return Response.json(facts(await upload.complete(parts)));
      }
    }
  } catch (error) { return new Response(error.message, { status: 500 }); }
} };
"""
BINDING = {"type": "r2_bucket", "name": "FILES", "bucket_name": "files"}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Addresses of the Workers that were deployed, by name."""
    return {}


@pytest.fixture
def worker(account: Account, made: dict[str, str]) -> str:
    """A Worker with a bucket; its address."""
    if "r2" not in made:
        account.platform.call("local/r2/buckets/files", method="PUT")
        made["r2"] = account.deploy("r2", WORKER, bindings=[BINDING])
    return made["r2"]


def call(worker: str, what: str, key: str = "", options: Any = None, content: bytes | None = None) -> Answer:
    """Have the Worker use its bucket."""
    query = urlencode({"key": key, "options": json.dumps(options or {})})
    return request(f"{worker}/{what}?{query}", method="GET" if content is None else "PUT", body=content)


def put(worker: str, key: str, content: bytes, options: Any = None) -> Any:
    """Write an object by the Worker."""
    return call(worker, "put", key, options, content).json


def api(
    account: Account, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> Answer:
    """A call of the REST API, raw."""
    status = account.platform.status
    return request(
        f"{status.url}/accounts/{status.account_id}/r2/buckets/{path}",
        method=method,
        body=body,
        headers={"Authorization": f"Bearer {status.token}", **headers},
    )


def test_an_object_is_the_same_for_workers_and_the_api(account: Account, worker: str) -> None:
    options = {"httpMetadata": {"contentType": "text/css"}, "customMetadata": {"by": "Ada"}}
    written = put(worker, "a/b.css", b"body {}", options)
    assert written["size"] == 7
    read = api(account, "files/objects/a/b.css")
    assert (read.status, read.body, read.headers["content-type"]) == (200, b"body {}", "text/css")
    assert read.headers["etag"].strip('"') == hashlib.md5(b"body {}", usedforsecurity=False).hexdigest()
    headers = {"Content-Type": "text/plain", "Cache-Control": "no-store"}
    assert api(account, "files/objects/from%20api", "PUT", b"hello", **headers).status == 200
    found = call(worker, "get", "from api").json
    assert (found["text"], found["http"]) == (
        "hello",
        {"contentType": "text/plain", "cacheControl": "no-store"},
    )
    listed = api(account, "files/objects?prefix=a/").json["result"]
    assert [(entry["key"], entry["custom_metadata"]) for entry in listed] == [("a/b.css", {"by": "Ada"})]
    assert api(account, "files/objects/from%20api", "DELETE").status == 200
    assert call(worker, "head", "from api").json is None
    missing = api(account, "files/objects/none")
    assert (missing.status, missing.json["errors"][0]["code"]) == (404, 10007)


def test_ranges_conditions_and_lists(worker: str) -> None:
    etag = put(worker, "range", b"0123456789")["etag"]
    part = call(worker, "get", "range", {"range": {"offset": 2, "length": 3}}).json
    assert (part["text"], part["range"]) == ("234", {"offset": 2, "length": 3})
    other = call(worker, "get", "range", {"onlyIf": {"etagDoesNotMatch": etag}}).json
    assert (other["etag"], "text" in other) == (etag, False)
    for key in ("list/a", "list/b/1", "list/b/2"):
        put(worker, key, b"x")
    page = call(worker, "list", options={"prefix": "list/", "delimiter": "/"}).json
    assert ([each["key"] for each in page["objects"]], page["delimitedPrefixes"]) == (["list/a"], ["list/b/"])
    call(worker, "delete", options={"keys": ["list/a", "list/b/1", "list/b/2"]})
    assert call(worker, "list", options={"prefix": "list/"}).json["objects"] == []


def test_large_bodies_pass_unchanged_both_ways(account: Account, worker: str) -> None:
    content = os.urandom(24 * 1024 * 1024)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert put(worker, "large", content)["md5"] == md5
    assert api(account, "files/objects/large").body == content
    assert api(account, "files/objects/large-2", "PUT", content).status == 200
    assert call(worker, "stream", "large-2").body == content
    assert call(worker, "multipart", "parts").json["size"] == 5 * 1024 * 1024 + 3


def test_what_cannot_be_is_refused_with_r2s_reason(account: Account, worker: str) -> None:
    refused = call(worker, "put", "k" * 1025, content=b"x")
    assert (refused.status, "name is not valid" in refused.text) == (500, True)
    assert api(account, f"files/objects/{'k' * 1025}", "PUT", b"x").status == 400
    wrong = account.upload("r2-none", WORKER, bindings=[{**BINDING, "bucket_name": "nothing-here"}])
    assert (wrong.status, "the R2 bucket `nothing-here`" in wrong.text) == (400, True)


def test_buckets_are_made_listed_and_removed(account: Account, worker: str) -> None:
    ask = account.platform.call
    made = ask("r2/buckets", method="POST", body={"name": "second", "locationHint": "weur"})
    assert (made["name"], made["location"], made["storage_class"]) == ("second", "WEUR", "Standard")
    assert [bucket["name"] for bucket in ask("r2/buckets")["buckets"]] == ["files", "second"]
    for wrong in (
        {"name": "A"},
        {"name": "ok-name", "locationHint": "mars"},
        {"name": "ok-name", "storageClass": "x"},
    ):
        assert api(account, "", "POST", json.dumps(wrong).encode()).status in (400, 404)
    put(worker, "kept", b"x")
    assert api(account, "files", "DELETE").json["errors"][0]["code"] == 10008
    ask("r2/buckets/second", method="DELETE")
    assert [bucket["name"] for bucket in ask("r2/buckets")["buckets"]] == ["files"]


def test_objects_outlive_the_runtime_and_the_platform(account: Account, worker: str) -> None:
    put(worker, "lasting", b"here")
    os.kill(int((account.platform.home / "r2" / "workerd.pid").read_text()), signal.SIGKILL)

    def text() -> Any:
        answer = call(worker, "get", "lasting")
        return answer.status == 200 and answer.json["text"]

    eventually(lambda: text() == "here", what="the object")
    account.platform.end()
    account.platform.start()
    eventually(lambda: text() == "here", what="the object after the platform was started again")
