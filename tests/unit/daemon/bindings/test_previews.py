"""Calls of bindings that are remote, and the previews at Cloudflare that they go to."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pywrangler.credentials.logins import store_login
from pywrangler.local.daemon.bindings import previews
from pywrangler.local.daemon.bindings.previews import Preview, preview_metadata
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Call, Handler, Says, refusal, result, serve
from tests.unit.daemon.bindings.calls import serving

FORM = {"MF-URL": "http://kv/key", "MF-Binding": "KV", "MF-Header-Accept": "x"}


@contextmanager
def bound(directory: Path, handler: Handler) -> Iterator[Mapping[str, Any]]:
    """A binding to the account that `handler` plays, with a login for it."""
    store_login(directory, "default", Sensitive("t"), ACCOUNT)
    with serve(handler) as api:
        account = {"id": ACCOUNT, "api": api.url}
        yield {"type": "kv_namespace", "name": "KV", "namespace_id": "7", "account": account}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of previews, one for each that is made."""
    addresses: list[str] = []

    async def make(*_: Any) -> Preview:
        return Preview(addresses.pop(0), f"token-{len(addresses)}", time.monotonic())

    monkeypatch.setattr(previews, "_make", make)
    return addresses


def test_the_worker_there_has_the_remote_bindings_alone() -> None:
    account = {"account": {"id": "1", "api": "https://api"}}
    metadata = preview_metadata(
        [
            {"type": "kv_namespace", "name": "KV", "namespace_id": "7", **account},
            {"type": "service", "name": "OTHER", "service": "other", **account},
            {"type": "kv_namespace", "name": "HERE", "namespace_id": "8"},
        ]
    )
    assert metadata["bindings"] == [
        {"type": "kv_namespace", "name": "KV", "namespace_id": "7", "raw": True},
        {"type": "service", "name": "OTHER", "service": "other"},
    ]


async def test_requests_reach_the_preview_with_its_token(short_directory: Path, made: list[str]) -> None:
    def there(call: Call) -> Says:
        if call.headers["cf-workers-preview-token"] == "token-1":
            return Says(400, b"error code: 1031")
        if call.path == "/refused":
            return Says(400, b"bad key", {"MF-Forwarded-Response": "true"})
        assert not [name for name in call.headers if name.startswith("x-pywrangler")]
        return Says(body=call.headers["mf-url"].encode() + b" " + call.body)

    with bound(short_directory, lambda _: result({})) as binding, serve(there) as edge:
        origin = edge.url.removesuffix("/client/v4")
        made += [origin, origin]
        async with serving(short_directory, binding) as caller:
            # The first preview is gone already, so a second one is made.
            assert await caller.call("KV", "/", b"value", headers=FORM) == (200, b"http://kv/key value")
            assert made == []
            assert await caller.call("KV", "/refused", headers=FORM) == (400, b"bad key")
            # A request in the binding's own form is put into the other.
            assert await caller.call("KV", "/page?a=1", b"x") == (200, b"http://platform/page?a=1 x")
            assert caller.said == []


async def test_websockets_are_passed_on(short_directory: Path, made: list[str]) -> None:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.data == "end":
                break
            if isinstance(message.data, bytes):
                await socket.send_bytes(message.data * 2)
            else:
                await socket.send_str(f"{request.headers['MF-Binding']}: {message.data}")
        await socket.close(code=4001)
        return socket

    app = web.Application()
    app.router.add_get("/", echo)
    async with TestServer(app) as server:
        made.append(str(server.make_url("")).rstrip("/"))
        with bound(short_directory, lambda _: result({})) as binding:
            async with serving(short_directory, binding) as caller:
                headers = {**FORM, **caller.headers("KV")}
                async with caller.session.ws_connect("http://platform/", headers=headers) as socket:
                    await socket.send_str("hello")
                    assert await socket.receive_str() == "KV: hello"
                    await socket.send_bytes(b"ab")
                    assert await socket.receive_bytes() == b"abab"
                    await socket.send_str("end")
                    assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
                    assert socket.close_code == 4001


async def test_a_preview_has_the_library_of_calls_where_methods_may_be_called(
    short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded: list[list[str]] = []

    async def make(*given: Any) -> Preview:
        uploaded.append(list(given[-1]))
        return Preview("http://127.0.0.1:9", "token", time.monotonic())

    monkeypatch.setattr(previews, "_make", make)
    with bound(short_directory, lambda _: result({})) as kv:
        service = {"type": "service", "name": "OTHER", "service": "other", "account": kv["account"]}
        async with serving(short_directory, kv) as caller:
            await caller.call("KV", "/")
        async with serving(short_directory, kv, service) as caller:
            status, body = await caller.call("OTHER", "/")
            assert (status, body) == (502, b"npm is missing. Install it.")
            (short_directory / "calls.js").write_text("export const newWorkersRpcResponse = 1;")
            await caller.call("OTHER", "/")
    assert uploaded == [["remote_worker.js"], ["remote_worker.js", "calls.js"]]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(403, 10000, "Authentication error"), "status 403: Authentication error (code 10000)"),
        (Says(502, b"<html>"), "status 502: no reason"),
        (Says(200, b"[]"), "status 200: no reason"),
    ],
)
async def test_why_there_is_no_preview_is_in_the_log(short_directory: Path, answer: Says, words: str) -> None:
    with bound(short_directory, lambda _: answer) as binding:
        async with serving(short_directory, binding) as caller:
            status, body = await caller.call("KV", "/", headers=FORM)
            assert (status, words in body.decode()) == (502, True)
            ((worker, line),) = caller.said
            assert (worker, line.startswith("The remote binding `KV` failed: Cloudflare refused")) == (
                "shop",
                True,
            )


async def test_an_account_without_a_subdomain_is_told_so(short_directory: Path) -> None:
    def answer(call: Call) -> Says:
        if call.path == "/workers/subdomain/edge-preview":
            return result({"token": "s", "exchange_url": "http://127.0.0.1:9/"})
        return refusal(404, 10007, "no subdomain")

    with bound(short_directory, answer) as binding:
        async with serving(short_directory, binding) as caller:
            _, body = await caller.call("KV", "/", headers=FORM)
            assert b"has no subdomain of workers.dev" in body
