"""`pipelines`: takes records by miniflare's Worker, which drops them, as under `wrangler dev`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.products.needs import needed_workers
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.product_workers import module
from pywrangler.local.workerd.records import WorkerSpec

SERVICE = "pipelines"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A service with a method `send()`."""
    modules = module(needed_workers(binding, spec), "pipelines/pipeline")
    worker: Value = {"modules": modules, "compatibilityDate": "2024-12-30"}
    return Attachment({"service": SERVICE}, services=({"name": SERVICE, "worker": worker},))
