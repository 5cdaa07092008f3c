"""Static assets beside a Worker: the services that serve them, in front of the user's Worker.

The Workers that route and answer, and the form of the manifest, are Cloudflare's `workers-shared`, as
miniflare (5.20261117) has and connects them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pywrangler.asset_rules import parse_headers, parse_redirects
from pywrangler.local.workerd.bindings.links import (
    ASSETS_SERVICE,
    OWN_COMPATIBILITY_DATE,
    WORKER_SERVICE,
    own_modules,
)
from pywrangler.local.workerd.capnp import Data, Value
from pywrangler.local.workerd.product_workers import module
from pywrangler.local.workerd.records import AssetFiles, ProductWorkers, WorkerSpec

ROUTER_SERVICE = "router"
"""The service that takes requests to the Worker, and decides between the Worker and the assets."""
_STORE_SERVICE = "asset-store"
_FILES_SERVICE = "asset-files"
_COMPATIBILITY: Mapping[str, Value] = {
    "compatibilityDate": "2024-07-31",
    "compatibilityFlags": ["nodejs_compat", "no_nodejs_compat_v2", "enable_ctx_exports"],
}
_HEADER_BYTES, _PATH_BYTES, _TAIL_BYTES = 20, 16, 8
_SERVING = ("html_handling", "not_found_handling", "base_path")


@dataclass(frozen=True)
class AssetServices:
    """The services, and the complaints about the files of rules."""

    services: tuple[Mapping[str, Value], ...] = ()
    complaints: tuple[str, ...] = ()


def asset_services(spec: WorkerSpec, workers: ProductWorkers | None) -> AssetServices:
    """The services for the assets of a Worker; none without assets."""
    assets = spec.assets
    if assets is None or workers is None:
        return AssetServices()
    config, complaints = _asset_config(spec, assets)
    files: Mapping[str, Value] = {"name": _FILES_SERVICE, "disk": {"path": str(assets.directory)}}
    services = (
        files,
        _store(assets),
        _asset_worker(assets, config, workers),
        _router(assets, workers, has_code=spec.main_module is not None),
    )
    return AssetServices(services, complaints)


def encode_manifest(manifest: Mapping[str, str]) -> bytes:
    """The manifest (hashes by path) as the asset Worker looks paths up: sorted by the hash of the path."""
    entries = sorted(
        hashlib.sha256(path.encode()).digest()[:_PATH_BYTES] + bytes.fromhex(content)
        for path, content in manifest.items()
    )
    return bytes(_HEADER_BYTES) + b"".join(entry + bytes(_TAIL_BYTES) for entry in entries)


def router_config(config: Mapping[str, Any], *, has_code: bool = True) -> dict[str, Any]:
    """The router's configuration: whether there is a Worker, and which requests it gets first."""
    rules = config.get("run_worker_first")
    own: dict[str, Any] = {"has_user_worker": has_code}
    if isinstance(rules, bool):
        own["invoke_user_worker_ahead_of_assets"] = rules
    elif rules is not None:
        own["static_routing"] = {
            "asset_worker": [rule[1:] for rule in rules if rule.startswith("!")],
            "user_worker": [rule for rule in rules if not rule.startswith("!")],
        }
    return own


def _asset_config(spec: WorkerSpec, assets: AssetFiles) -> tuple[dict[str, Any], tuple[str, ...]]:
    given = assets.config
    config: dict[str, Any] = {
        "compatibility_date": spec.compatibility_date,
        "compatibility_flags": list(spec.compatibility_flags),
        "has_static_routing": isinstance(given.get("run_worker_first"), list),
    }
    config |= {name: given[name] for name in _SERVING if given.get(name) is not None}
    headers, about_headers = parse_headers(given.get("_headers") or "")
    redirects, about_redirects = parse_redirects(given.get("_redirects") or "", given.get("html_handling"))
    if headers:
        config["headers"] = {"version": 2, "rules": headers}
    if redirects:
        config["redirects"] = {"version": 1, **redirects}
    return config, (
        *(f"_headers, {complaint}" for complaint in about_headers),
        *(f"_redirects, {complaint}" for complaint in about_redirects),
    )


def _store(assets: AssetFiles) -> Mapping[str, Value]:
    worker: Value = {
        "modules": own_modules("assets.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "FILES", "service": _FILES_SERVICE},
            {"name": "TYPES", "json": json.dumps(assets.types, separators=(",", ":"))},
        ],
    }
    return {"name": _STORE_SERVICE, "worker": worker}


def _asset_worker(
    assets: AssetFiles, config: Mapping[str, Any], workers: ProductWorkers
) -> Mapping[str, Value]:
    worker: Value = {
        "modules": module(workers, "assets/assets"),
        **_COMPATIBILITY,
        "bindings": [
            {"name": "ASSETS_KV_NAMESPACE", "kvNamespace": _STORE_SERVICE},
            {"name": "ASSETS_MANIFEST", "data": Data(encode_manifest(assets.manifest))},
            {"name": "CONFIG", "json": json.dumps(config)},
        ],
    }
    return {"name": ASSETS_SERVICE, "worker": worker}


def _router(assets: AssetFiles, workers: ProductWorkers, *, has_code: bool) -> Mapping[str, Value]:
    worker: Value = {
        "modules": module(workers, "assets/router"),
        **_COMPATIBILITY,
        "bindings": [
            {"name": "ASSET_WORKER", "service": ASSETS_SERVICE},
            {"name": "USER_WORKER", "service": WORKER_SERVICE},
            {"name": "CONFIG", "json": json.dumps(router_config(assets.config, has_code=has_code))},
        ],
    }
    return {"name": ROUTER_SERVICE, "worker": worker}
