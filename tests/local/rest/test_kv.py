"""KV namespaces and, through the runtime, their values."""

from __future__ import annotations

import pytest
from aiohttp import FormData

from tests.local.rest.api import Api


async def namespace(api: Api, title: str = "cache") -> str:
    """A new namespace's path."""
    made = (await api.call("POST", "/storage/kv/namespaces", {"title": title})).result
    return f"/storage/kv/namespaces/{made['id']}"


async def test_namespaces(api: Api) -> None:
    path = await namespace(api)
    assert (await api.call("POST", "/storage/kv/namespaces", {"title": "cache"})).refusal == (400, 10014)
    assert (await api.call("GET", path)).result["title"] == "cache"
    assert (await api.call("PUT", path, {"title": "new"})).result["title"] == "new"
    for number in range(3):
        await namespace(api, f"n{number}")
    answer = await api.call("GET", "/storage/kv/namespaces?per_page=3&order=title&direction=asc&page=2")
    assert [entry["title"] for entry in answer.result] == ["new"]
    assert answer.body["result_info"] == {
        "page": 2,
        "per_page": 3,
        "count": 1,
        "total_count": 4,
        "total_pages": 2,
    }
    assert (await api.call("DELETE", path)).result == {}
    assert (await api.call("DELETE", path)).refusal == (404, 10013)


async def test_a_namespace_has_the_id_that_a_client_chose_and_a_title_that_is_free(api: Api) -> None:
    await namespace(api, "shop-cache")
    await namespace(api, "named")

    async def ensure(id_: str, title: str | None = None) -> str:
        body = {} if title is None else {"title": title}
        return str((await api.call("PUT", f"/local/kv/namespaces/{id_}", body)).result["title"])

    assert await ensure("0" * 32, "shop-sessions") == "shop-sessions"
    assert await ensure("0" * 32, "another") == "shop-sessions"
    assert await ensure("1" * 32, "shop-cache") == "1" * 32
    assert await ensure("named", "shop-cache") == "named-2"
    assert await ensure("bare") == "bare"
    assert (await api.call("PUT", "/local/kv/namespaces/shop-cache")).refusal == (400, 10014)
    assert (await api.call("PUT", "/local/kv/namespaces/2", {"title": 3})).status == 400
    assert (await api.call("GET", "/storage/kv/namespaces/named")).result["title"] == "named-2"


async def test_values_are_bytes_under_any_key(api: Api) -> None:
    path = await namespace(api)
    account = f"/accounts/{api.store.account_id}"
    for key, quoted in (
        ("plain", "plain"),
        ("a/b c?", "a%2Fb%20c%3F"),
        ("ü", "%C3%BC"),
        ("a\nb\x1b", "a%0Ab%1B"),
    ):
        from yarl import URL

        url = URL(f"/client/v4{account}{path}/values/{quoted}", encoded=True)
        headers = {"Authorization": "Bearer a-token-of-this-test"}
        async with api.client.session.put(
            api.client.make_url("").join(url), data=b"\x00\xff", headers=headers
        ) as response:
            assert response.status == 200
        async with api.client.session.get(api.client.make_url("").join(url), headers=headers) as response:
            assert await response.read() == b"\x00\xff"
            assert response.headers["Content-Type"] == "application/octet-stream"
        assert key in next(iter(api.values.entries.values()))
    assert (await api.call("GET", f"{path}/values/missing")).refusal == (404, 10009)
    assert (await api.call("DELETE", f"{path}/values/plain")).result == {}
    assert (await api.call("GET", f"{path}/values/plain")).refusal == (404, 10009)


async def test_expiration_and_metadata(api: Api) -> None:
    path = await namespace(api)
    form = FormData()
    form.add_field("value", b"text", filename="blob", content_type="application/octet-stream")
    form.add_field("metadata", '{"from": "here"}')
    answer = await api.send(
        "PUT", f"/accounts/{api.store.account_id}{path}/values/k?expiration_ttl=60", data=form
    )
    assert answer.result == {}
    [entries] = api.values.entries.values()
    assert (entries["k"].value, entries["k"].expiration_ttl_seconds) == (b"text", 60)
    assert (await api.call("GET", f"{path}/metadata/k")).result == {"from": "here"}
    assert (await api.call("PUT", f"{path}/values/k?expiration=soon", {})).refusal == (400, 10012)


async def test_many_at_once(api: Api) -> None:
    path = await namespace(api)
    entries = [
        {"key": "a", "value": "1"},
        {"key": "b", "value": "/w==", "base64": True, "metadata": {"m": 1}},
        {"key": "c", "value": '{"j": 1}', "expiration": 1_900_000_000},
    ]
    assert (await api.call("PUT", f"{path}/bulk", entries)).result["successful_key_count"] == 3
    listed = await api.call("GET", f"{path}/keys?limit=2")
    assert [key["name"] for key in listed.result] == ["a", "b"]
    rest = await api.call("GET", f"{path}/keys?limit=2&cursor={listed.body['result_info']['cursor']}")
    assert [key["name"] for key in rest.result] == ["c"]
    assert rest.body["result_info"]["cursor"] == ""
    got = (await api.call("POST", f"{path}/bulk/get", {"keys": ["a", "c", "x"]})).result["values"]
    assert got == {"a": "1", "c": '{"j": 1}', "x": None}
    described = (
        await api.call("POST", f"{path}/bulk/get", {"keys": ["c"], "type": "json", "withMetadata": True})
    ).result
    assert described["values"] == {"c": {"value": {"j": 1}, "metadata": None}}
    assert (await api.call("POST", f"{path}/bulk/get", {"keys": ["b"]})).refusal == (400, 10012)
    assert (await api.call("DELETE", f"{path}/bulk", ["a", "b"])).result["successful_key_count"] == 2
    assert (await api.call("POST", f"{path}/bulk/delete", ["c"])).result["successful_key_count"] == 1
    assert (await api.call("GET", f"{path}/keys?prefix=a")).result == []
    for wrong in (
        [{"key": "a"}],
        [{"key": "a", "value": "!", "base64": True}],
        [{"key": "a", "value": "²", "base64": True}],
        [{"key": "a", "value": "x", "expiration": "9" * 5000}],
        [{"value": "x"}],
    ):
        assert (await api.call("PUT", f"{path}/bulk", wrong)).status == 400


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=b"])
async def test_a_body_that_is_no_form_is_refused(api: Api, content_type: str) -> None:
    namespace = (await api.call("POST", "/storage/kv/namespaces", {"title": "t"})).result["id"]
    await api.upload("chat")
    account = f"/accounts/{api.store.account_id}"
    for method, path in (
        ("PUT", f"/storage/kv/namespaces/{namespace}/values/k"),
        ("PATCH", "/workers/scripts/chat/settings"),
    ):
        answer = await api.send(method, account + path, data=b"", headers={"Content-Type": content_type})
        assert (answer.status, "not a form" in answer.message) == (400, True), path
