"""`queue`: sends messages to a queue that all Workers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import link
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A way to the one `workerd` that holds all queues."""
    props = {"socket": str(spec.shared.products["queues"]), "queue": str(binding["queue_name"])}
    delay = binding.get("delivery_delay")
    return link("queue", "Queue", props | ({} if delay is None else {"delay": delay}), spec)
