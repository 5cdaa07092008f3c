"""How bindings that lead elsewhere are configured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.workerd.bindings import attach
from pywrangler.local.workerd.failures import WorkerdStartError
from tests.unit.workerd.samples import PLAIN, SHARED
from tests.unit.workerd.test_assets import WORKERS

SPEC = replace(PLAIN, workers=WORKERS, shared=replace(SHARED, bindings=Path("/run/bindings")))
ACCOUNT = {"account": {"id": "1", "api": "https://api"}}


def test_an_ai_binding_is_workerds_module_in_front_of_the_platform() -> None:
    made: Any = attach({"type": "ai", "name": "AI"}, SPEC)
    assert made.value == {
        "wrapped": {
            "moduleName": "cloudflare-internal:ai-api",
            "innerBindings": [{"name": "fetcher", "service": "answered:AI"}],
        }
    }
    (service,) = made.services
    assert service["external"]["address"] == "unix:/run/bindings"
    assert {each["name"]: each["value"] for each in service["external"]["http"]["injectRequestHeaders"]} == {
        "X-Pywrangler-Worker": "hello",
        "X-Pywrangler-Version": "v1",
        "X-Pywrangler-Binding": "AI",
    }


@pytest.mark.parametrize(
    ("kind", "name"), [("kv_namespace", "kvNamespace"), ("r2_bucket", "r2Bucket"), ("queue", "queue")]
)
def test_a_remote_binding_goes_through_miniflares_worker(kind: str, name: str) -> None:
    made: Any = attach({"type": kind, "name": "X", **ACCOUNT}, SPEC)
    assert made.value[name]["name"] == "remote:X"
    assert '"binding": "X"' in made.value[name]["props"]["json"]
    worker, platform = made.services
    assert worker["worker"]["globalOutbound"] == platform["name"] == "answered:X"


def test_a_remote_index_says_which_it_is() -> None:
    made: Any = attach({"type": "vectorize", "name": "V", "index_name": "words", **ACCOUNT}, SPEC)
    fetcher, *fields = made.value["wrapped"]["innerBindings"]
    assert fetcher["service"]["name"] == "remote:V"
    assert fields == [
        {"name": "indexId", "text": "words"},
        {"name": "indexVersion", "text": "v2"},
        {"name": "useNdJson", "json": "true"},
    ]


def test_a_raw_binding_is_the_service_behind_the_interface() -> None:
    written = {"type": "kv_namespace", "name": "K", "namespace_id": "7"}
    usual: Any = attach(written, SPEC).value
    assert attach({**written, "raw": True}, SPEC).value == {"service": usual["kvNamespace"]}
    ai: Any = attach({"type": "ai", "name": "AI", "raw": True}, SPEC).value
    assert ai == {"service": "answered:AI"}


def test_browsers_are_reached_on_loopback_alone() -> None:
    made: Any = attach({"type": "browser", "name": "B"}, SPEC)
    assert made.value == {"service": "browser:B"}
    worker, network, _ = made.services
    assert (worker["worker"]["globalOutbound"], network["network"]) == (network["name"], {"allow": ["local"]})


@pytest.mark.parametrize("kind", ["magic", "vectorize", "stream"])
def test_a_binding_that_is_not_here_exists_and_says_so(kind: str) -> None:
    made: Any = attach({"type": kind, "name": "X"}, SPEC)
    assert "which the binding X needs" in made.value["service"]["props"]["json"]


def test_without_miniflare_a_remote_binding_cannot_be() -> None:
    with pytest.raises(WorkerdStartError, match="needs miniflare"):
        attach({"type": "queue", "name": "Q", **ACCOUNT}, replace(SPEC, workers=None))
