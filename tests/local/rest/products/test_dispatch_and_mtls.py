"""Dispatch namespaces and client certificates over the REST API; what runs is only noted."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from tests.local.rest.api import CODE, ESM, Answer, Api
from tests.support.servers.tls import self_signed

SPACES = "/workers/dispatch/namespaces"


async def upload(api: Api, name: str, namespace: str = "customers", **metadata: Any) -> Answer:
    form = FormData()
    full = {"main_module": "index.js", "compatibility_date": "2026-06-01", "bindings": [], **metadata}
    form.add_field("metadata", json.dumps(full))
    form.add_field("index.js", BytesIO(CODE), filename="index.js", content_type=ESM)
    path = f"/accounts/{api.store.account_id}{SPACES}/{namespace}/scripts/{name}"
    return await api.send("PUT", path, data=form)


async def test_a_namespace_is_created_listed_renamed_and_deleted(api: Api) -> None:
    made = (await api.call("POST", SPACES, {"name": "customers"})).result
    assert (made["namespace_name"], made["script_count"]) == ("customers", 0)
    assert (await api.call("POST", SPACES, {"name": "customers"})).refusal == (409, 100120)
    assert (await api.call("POST", SPACES, {"name": "no such/name"})).refusal == (400, 100121)
    assert (await api.call("GET", SPACES)).result == [made]
    renamed = (await api.call("PUT", f"{SPACES}/customers", {"name": "shops"})).result
    assert (renamed["namespace_id"], renamed["namespace_name"]) == (made["namespace_id"], "shops")
    assert (await api.call("PUT", f"{SPACES}/shops", {"name": "shops"})).result == renamed
    assert (await api.call("GET", f"{SPACES}/customers")).refusal == (404, 100119)
    assert (await api.call("DELETE", f"{SPACES}/shops")).result is None
    assert (await api.call("GET", SPACES)).result == []


async def test_workers_of_a_namespace_are_apart_from_all_others(api: Api) -> None:
    assert (await upload(api, "shop")).refusal == (404, 100119)
    await api.call("POST", SPACES, {"name": "customers"})
    assert (await api.call("GET", f"{SPACES}/customers/scripts/shop")).refusal == (404, 10092)
    assert (await upload(api, "shop")).status == 200
    for name in ("Not-A-Name", "shop@customers"):
        assert (await upload(api, name)).refusal == (400, 10016)
    assert (await api.upload("shop@customers")).refusal == (400, 10016)
    assert (await api.call("GET", "/workers/scripts")).result == []
    shown = (await api.call("GET", f"{SPACES}/customers/scripts/shop")).result
    assert (shown["dispatch_namespace"], shown["script"]["id"]) == ("customers", "shop")
    (listed,) = (await api.call("GET", f"{SPACES}/customers/scripts")).result
    assert listed["id"] == "shop"

    (status,) = (await api.call("GET", "/local/status")).result["workers"]
    assert (status["name"], status["url"], status["port"]) == ("shop@customers", None, None)
    assert (await api.call("DELETE", f"{SPACES}/customers")).refusal == (409, 100122)
    assert (await api.call("PUT", f"{SPACES}/customers", {"name": "other"})).refusal == (409, 100122)
    assert (await api.call("DELETE", f"{SPACES}/customers/scripts/shop")).status == 200
    assert (await api.call("GET", f"{SPACES}/customers/scripts")).result == []


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """A certificate and its key, in PEM."""
    text = self_signed(tmp_path).read_text()
    certificate, begin, key = text.partition("-----BEGIN PRIVATE KEY-----")
    return certificate, begin + key


async def test_a_certificate_is_kept_and_its_key_never_comes_back(api: Api, pair: tuple[str, str]) -> None:
    certificate, key = pair
    body = {"name": "shop", "certificates": certificate + key, "private_key": key, "ca": False}
    made = (await api.call("POST", "/mtls_certificates", body)).result
    assert (made["name"], made["issuer"], made["ca"]) == ("shop", "CN=127.0.0.1", False)
    assert "PRIVATE KEY" not in json.dumps(made)
    path = f"/mtls_certificates/{made['id']}"
    assert (await api.call("GET", path)).result == made
    assert (await api.call("GET", "/mtls_certificates?ca=false&name=shop")).result == [made]
    assert (await api.call("GET", "/mtls_certificates?ca=true")).result == []

    await api.upload(
        "caller", bindings=[{"type": "mtls_certificate", "name": "C", "certificate_id": made["id"]}]
    )
    assert (await api.call("DELETE", path)).refusal == (409, 1406)
    await api.call("DELETE", "/workers/scripts/caller")
    assert (await api.call("DELETE", path)).result == made
    assert (await api.call("DELETE", path)).refusal == (404, 1404)


async def test_a_worker_that_waits_for_a_certificate_gets_it(api: Api, pair: tuple[str, str]) -> None:
    certificate, key = pair
    await api.upload("caller", bindings=[{"type": "mtls_certificate", "name": "C", "certificate_id": "mine"}])
    body = {"id": "mine", "certificates": certificate, "private_key": key}
    assert (await api.call("POST", "/mtls_certificates", body)).result["id"] == "mine"
    assert ("refresh_bindings", "caller") in api.operations.calls
    assert (await api.call("POST", "/mtls_certificates", body)).refusal == (409, 1412)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"certificates": "nothing"}, "no certificate"),
        ({"private_key": "nothing"}, "it is not a key in PEM"),
        ({"private_key": ""}, "private_key"),
    ],
)
async def test_what_is_no_certificate_is_refused(
    api: Api, pair: tuple[str, str], change: dict[str, str], reason: str
) -> None:
    certificate, key = pair
    body = {"certificates": certificate, "private_key": key, **change}
    answer = await api.call("POST", "/mtls_certificates", body)
    assert answer.status == 400
    assert reason in answer.message
