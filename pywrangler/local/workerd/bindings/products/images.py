"""`images`: the platform reads and transforms pictures, with Pillow where that is installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec

SERVICE = "images"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:  # noqa: ARG001 - as every kind's
    """The module that has the interface, in front of the platform."""
    platform: Value = {"address": f"unix:{spec.shared.platform}", "http": {}}
    found = Attachment({"service": SERVICE}, services=({"name": SERVICE, "external": platform},))
    return found.wrapped("cloudflare-internal:images-api", "fetcher")
