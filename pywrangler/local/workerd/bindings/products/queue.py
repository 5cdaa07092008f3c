"""`queue`: sends messages to a queue that all Workers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.calls import queue_call
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A way to the one `workerd` that holds all queues."""
    return queue_call(str(binding["queue_name"]), binding.get("delivery_delay"), spec)
