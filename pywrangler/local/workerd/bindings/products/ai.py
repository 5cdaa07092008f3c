"""`ai`: `workerd`'s own module of the binding, in front of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.answered import answered
from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The module that has the interface; the platform asks a model server, or an account."""
    return answered(str(binding["name"]), spec).wrapped("cloudflare-internal:ai-api", "fetcher")
