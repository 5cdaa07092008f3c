"""Bindings that miniflare's Workers implement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.failures import WorkerdStartError
from pywrangler.local.workerd.records import ProductWorkers, WorkerSpec

NEEDY_TYPES = frozenset({"browser", "pipelines", "ratelimit", "send_email"})
"""Types of bindings that these Workers implement inside the process of the Worker with the binding."""


def needs_workers(binding: Mapping[str, Any]) -> bool:
    """Whether a binding needs these Workers. One that leads to Cloudflare does."""
    return binding.get("type") in NEEDY_TYPES or "account" in binding


def needed_workers(binding: Mapping[str, Any], spec: WorkerSpec) -> ProductWorkers:
    """The Workers. Raises `WorkerdStartError` if they could not be downloaded."""
    if spec.workers is None:
        raise WorkerdStartError(
            f"The binding `{binding['name']}` of the Worker `{spec.name}` needs miniflare.",
            hint="It could not be downloaded. Deploy again when npm's registry can be reached.",
        )
    return spec.workers
