"""The Cache API of Workers: what is kept, for whom, and for how long."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pywrangler.local.daemon.workers.caches import open_cache
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.process import WorkerdProcess
from pywrangler.toolchain import Toolchain
from tests.local.daemon.runtime import open_bench
from tests.local.daemon.uploads import Account
from tests.support.http import request

CACHING = """
const made = (text, headers = { "Cache-Control": "max-age=600" }) => new Response(text, { headers });
const text = async (found) => found === undefined ? null : `${found.status} ${await found.text()}`;
const calls = {
  put: async (cache, url) => { await cache.put(url, made("kept VERSION")); return "put"; },
  get: async (cache, url) => text(await cache.match(url)),
  remove: async (cache, url) =>
    [await cache.delete(url), await cache.delete(url), await text(await cache.match(url))],
  range: async (cache, url) => {
    await cache.put(url, made("0123456789", { "Cache-Control": "s-maxage=60" }));
    const found = await cache.match(new Request(url, { headers: { Range: "bytes=2-4" } }));
    return [await text(found), found.headers.get("Content-Range")];
  },
  status: async (cache, url) => {
    await cache.put(url, made("x"));
    const found = await cache.match(url);
    return [found.headers.get("CF-Cache-Status"), found.headers.get("Cache-Control")];
  },
  redirect: async (cache, url) => {
    const headers = { Location: "/b", "Cache-Control": "max-age=9" };
    await cache.put(url, new Response(null, { status: 301, headers }));
    const found = await cache.match(url);
    return [found.status, found.headers.get("Location")];
  },
  large: async (cache, url) => {
    await cache.put(url, made(new Uint8Array(3_000_000)));
    return (await (await cache.match(url)).arrayBuffer()).byteLength;
  },
  ignored: async (cache, url) => {
    const found = [];
    for (const value of ["no-store", "private, max-age=9", "no-cache", "max-age=0"]) {
      await cache.put(`${url}/${value.length}`, made("x", { "Cache-Control": value }));
      found.push(await text(await cache.match(`${url}/${value.length}`)));
    }
    return found;
  },
};
export default { async fetch(request) {
  const { pathname, searchParams } = new URL(request.url);
  const name = searchParams.get("cache");
  const cache = name === null ? caches.default : await caches.open(name);
  return Response.json(await calls[pathname.slice(1)](cache, `http://x/${searchParams.get("key")}`));
} };
"""


def caching(version: str = "one") -> str:
    """A Worker that does with its caches what it is asked to."""
    return CACHING.replace("VERSION", version)


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("range", ["206 234", "bytes 2-4/10"]),
        ("status", ["HIT", "max-age=600"]),
        ("redirect", [301, "/b"]),
        ("large", 3_000_000),
        ("ignored", [None] * 4),
    ],
)
def test_what_is_kept_and_how_it_is_given_back(account: Account, call: str, result: object) -> None:
    url = account.deploy("caching", caching())
    assert request(f"{url}/{call}?key={call}").json == result


@pytest.mark.workerd
def test_caches_are_apart_and_outlive_a_deploy(account: Account) -> None:
    url, other = account.deploy("caching", caching()), account.deploy("caching-other", caching())
    assert request(f"{url}/get?key=a").json is None
    assert request(f"{url}/put?key=a").json == "put"
    assert request(f"{url}/get?key=a").json == "200 kept one"
    assert [request(f"{each}/get?key=a&cache=named").json for each in (url, other)] == [None, None]
    assert request(f"{other}/get?key=a").json is None
    assert request(f"{url}/put?key=a&cache=named").json == "put"
    url = account.deploy("caching", caching("two"))
    assert request(f"{url}/get?key=a&cache=named").json == "200 kept one"
    assert request(f"{url}/remove?key=a").json == [True, False, None]
    assert request(f"{url}/get?key=a&cache=named").json == "200 kept one"


@pytest.mark.workerd
def test_a_worker_that_is_deleted_leaves_no_cache(account: Account) -> None:
    url = account.deploy("caching-gone", caching())
    request(f"{url}/put?key=a")
    directory = account.platform.home / "caches" / "caching-gone"
    assert any(directory.iterdir())
    account.platform.call("workers/scripts/caching-gone", method="DELETE")
    assert not directory.exists()


@pytest.mark.workerd
def test_without_what_keeps_entries_nothing_is_found_and_nothing_throws(toolchain: Toolchain) -> None:
    async def ask() -> list[object]:
        log = LogBook(bench.directory / "log")
        launch = bench.launch(caching(), cache=bench.directory / "cache")
        process = await WorkerdProcess.start(launch, log)
        try:
            paths = ("put?key=a", "get?key=a", "remove?key=a")
            return [(await asyncio.to_thread(request, f"{bench.url}/{path}")).json for path in paths]
        finally:
            await process.kill()

    with open_bench(toolchain.workerd) as bench:
        assert asyncio.run(ask()) == ["put", None, [False, False, None]]


def test_a_cache_that_has_grown_large_begins_again(tmp_path: Path) -> None:
    directory = tmp_path / "caches" / "shop"
    open_cache(directory, 10)
    (directory / "small").write_bytes(b"0123456789")
    open_cache(directory, 10)
    assert (directory / "small").exists()
    (directory / "more").mkdir()
    (directory / "more" / "file").write_bytes(b"0")
    open_cache(directory, 10)
    assert [*directory.iterdir()] == []
