"""Static assets in the configuration of workerd."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pywrangler.local.workerd.assets import encode_manifest, router_config
from pywrangler.local.workerd.config import plan_config
from pywrangler.local.workerd.failures import UnsupportedBindingError
from pywrangler.local.workerd.records import AssetFiles, ProductWorkers
from tests.unit.workerd.samples import PLAIN

GOLDEN = Path(__file__).parent / "golden"
WORKERS = ProductWorkers(Path("/t"))
BINDING = {"type": "assets", "name": "ASSETS"}
SITE = replace(
    PLAIN,
    bindings=(BINDING,),
    assets=AssetFiles(
        directory=Path("/home/assets"),
        manifest={"/index.html": "0" * 32, "/app.js": "f" * 32},
        types={"0" * 32: "text/html; charset=utf-8"},
        config={
            "not_found_handling": "404-page",
            "run_worker_first": ["/api/*", "!/api/docs"],
            "_headers": "/*\n  X: y\n",
            "_redirects": "/a /b\n/wrong\n",
        },
    ),
)


def test_the_configuration_is_what_it_was() -> None:
    assert plan_config(SITE, products=WORKERS).text == (GOLDEN / "assets.capnp").read_text()


def test_omitted_lines_are_reported() -> None:
    complaint = "_redirects, line 2: it is not of the form `FROM TO [STATUS]`"
    assert plan_config(SITE, products=WORKERS).complaints == (complaint,)


def test_a_manifest_is_sorted_by_the_hash_of_the_path() -> None:
    manifest = {f"/{name}": name * 32 for name in "abcdef"}
    encoded = encode_manifest(manifest)
    entries = [encoded[start : start + 40] for start in range(20, len(encoded), 40)]
    assert entries == sorted(entries)
    key = hashlib.sha256(b"/c").digest()[:16]
    assert [entry[16:32].hex() for entry in entries if entry[:16] == key] == ["c" * 32]
    assert len(encode_manifest({})) == 20


def test_the_router_knows_who_comes_first() -> None:
    assert router_config({}) == {"has_user_worker": True}
    assert router_config({"run_worker_first": True})["invoke_user_worker_ahead_of_assets"] is True
    assert router_config({"run_worker_first": ["/a", "!/a/b"]})["static_routing"] == {
        "asset_worker": ["/a/b"],
        "user_worker": ["/a"],
    }


def test_a_binding_to_assets_that_are_not_there_is_refused() -> None:
    with pytest.raises(UnsupportedBindingError, match="needs static assets, and the Worker"):
        plan_config(replace(PLAIN, bindings=(BINDING,)))
