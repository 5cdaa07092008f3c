"""Credentials for the platform's own registry, as Wrangler asks for them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from pywrangler.local.registry.passes import Passes
from pywrangler.local.rest.app import make_app
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.local.store import Store
from pywrangler.sensitive import Sensitive
from tests.local.rest.api import TOKEN, Api
from tests.local.rest.recorder import MemoryValues, Recorder

HOST = "127.0.0.1:5005"


class OwnRegistry:
    """What the API knows of a registry; its passwords are real."""

    host, username, certificate = HOST, "v1", Path("/home/registry/certificate.pem")

    def __init__(self) -> None:
        self.passes = Passes()

    def issue_password(self, permissions: Any, minutes: int) -> Sensitive[str]:
        return self.passes.issue(permissions, minutes)


@pytest.fixture
def registry() -> OwnRegistry:
    """The registry beside the API."""
    return OwnRegistry()


@pytest.fixture
async def api(tmp_path: Path, registry: OwnRegistry) -> AsyncIterator[Api]:
    """An API with a registry."""
    store, operations, values = Store.open(tmp_path / "home", b"k" * 32), Recorder(), MemoryValues()
    app = make_app(store, operations, TOKEN, store.account_id, Runtimes(values, registry=registry))
    async with TestClient(TestServer(app)) as client:
        yield Api(client, store, operations, values)
    store.close()


async def test_credentials_allow_what_was_asked_for(api: Api, registry: OwnRegistry) -> None:
    body = {"permissions": ["push", "pull"], "expiration_minutes": 15}
    made = (await api.call("POST", f"/containers/registries/{HOST}/credentials", body)).result
    assert made["account_id"] == api.store.account_id
    assert made["registry_host"] == HOST
    login = base64.b64encode(f"{made['username']}:{made['password']}".encode()).decode()
    assert registry.passes.permissions(f"Basic {login}") == {"push", "pull"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"permissions": [], "expiration_minutes": 5},
        {"permissions": ["everything"], "expiration_minutes": 5},
        {"permissions": [["push"]], "expiration_minutes": 5},
        {"permissions": ["push"], "expiration_minutes": 0},
        {"permissions": ["push"], "expiration_minutes": True},
        {"permissions": ["push"], "expiration_minutes": "5"},
    ],
)
async def test_requests_that_make_no_sense_are_refused(api: Api, body: dict[str, Any]) -> None:
    answer = await api.call("POST", f"/containers/registries/{HOST}/credentials", body)
    assert answer.status == 400


async def test_the_managed_registrys_name_is_answered_with_the_right_one(api: Api) -> None:
    path = "/containers/registries/registry.cloudflare.com/credentials"
    answer = await api.call("POST", path, {"permissions": ["push"], "expiration_minutes": 5})
    assert answer.refusal == (501, 10501)
    assert f"CLOUDFLARE_CONTAINER_REGISTRY to {HOST}" in answer.message


async def test_the_status_names_registry_and_certificate(api: Api) -> None:
    status = (await api.call("GET", "/local/status")).result
    assert status["registry"] == {"host": HOST, "certificate": "/home/registry/certificate.pem"}
