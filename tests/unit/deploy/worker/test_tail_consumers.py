"""Consumers of a Worker's events: what a local deploy looks up and says."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.deploy.worker.tail_consumers import describe_missing, missing_consumers
from pywrangler.local.store.records import tail_consumers
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve
from tests.unit.deploy.samples import a_configuration


@pytest.mark.parametrize(
    ("entries", "consumers"),
    [
        (None, ()),
        ([], ()),
        ([{"service": "a"}], ("a",)),
        ([{"service": "a"}, {"service": "b"}, {"service": "a"}], ("a", "b")),
        ([{"service": "a", "environment": "production"}], ("a",)),
        ([{"service": None}, {}, "a", {"service": ""}], ()),
    ],
)
def test_who_consumes_the_events_of_a_version(entries: Any, consumers: tuple[str, ...]) -> None:
    assert tail_consumers({} if entries is None else {"tail_consumers": entries}) == consumers


@pytest.mark.parametrize(
    ("services", "missing"),
    [
        ([], ()),
        (["there"], ()),
        (["absent"], ("absent",)),
        (["absent", "there", "gone", "absent"], ("absent", "gone")),
        (["web"], ()),
    ],
)
def test_consumers_that_are_not_deployed_are_found(services: list[str], missing: tuple[str, ...]) -> None:
    def answer(call: Call) -> Says:
        return result({}) if call.path == "/workers/services/there" else refusal(404, 10090, "no")

    entries = [{"service": service} for service in services]
    configuration = a_configuration(cloudflare={"tail_consumers": entries} if entries else {})
    with serve(answer) as api, closing(Client(api.url, ACCOUNT, ApiToken(Sensitive("t")))) as client:
        assert missing_consumers(client, configuration) == missing
    assert all(f"`{name}`" in describe_missing(name) for name in missing)
