"""`kv_namespace`: values that all Workers and the command line share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.calls import call
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A way to the one `workerd` that holds the values of all namespaces."""
    return call("kvNamespace", "key-values", str(binding["namespace_id"]), spec)
