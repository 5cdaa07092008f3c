"""The `workerd` that holds queues: one process, apart from all Workers.

workerd (2026-11) brings queues along, `/workerd/queues.js`. Inside, a queue is called by its id: one that is
created again under the same name begins empty. Its consumers are reached by RPC through the links of this
process, so the Worker goes without the flag that would make `queue()` of a service binding an event, which
would unpack the messages here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pywrangler.local.workerd.bindings.links import (
    OWN_COMPATIBILITY_DATE,
    link_designator,
    links_service,
    own_modules,
    platform_at,
)
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.config import RuntimeConfig, config_text
from pywrangler.local.workerd.products.sockets import calls_socket, control_socket, control_worker, disk

QUEUES_SERVICE = "queues"
SHARD_CLASS = "QueueShard"
SHARD_KEY = "queues"
"""workerd's `uniqueKey`, and so the directory's name: another one would begin without messages."""


@dataclass(frozen=True)
class HeldConsumer:
    """The Worker that takes a queue's messages. None is the runtime's own default, which is Cloudflare's."""

    worker: str
    socket: Path
    """The debug port of its process."""
    max_batch_size: int | None = None
    max_batch_timeout: float | None = None
    """Seconds."""
    max_retries: int | None = None
    max_concurrency: int | None = None
    retry_delay: int | None = None
    """Seconds."""
    dead_letter_queue: str | None = None
    """The id of a queue."""

    def settings(self) -> dict[str, Any]:
        """In the words of the runtime's Worker."""
        said = {
            "maxBatchSize": self.max_batch_size,
            "maxBatchTimeout": self.max_batch_timeout,
            "maxRetries": self.max_retries,
            "maxConcurrency": self.max_concurrency,
            "retryDelay": self.retry_delay,
            "deadLetterQueue": self.dead_letter_queue,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class HeldQueue:
    """A queue as the process knows it."""

    id: str
    name: str
    delay: int | None = None
    """Seconds before a message is delivered, where nothing else is said."""
    consumer: HeldConsumer | None = None
    """None keeps the messages."""


def plan_queues(directory: Path, control: Path, platform: Path, queues: Iterable[HeldQueue]) -> RuntimeConfig:
    """The configuration. `directory` keeps the messages; the platform calls the socket `control`, and the
    links call the platform at the socket `platform`.
    """
    held = sorted(queues, key=lambda queue: queue.name)
    consumed = [(queue, queue.consumer) for queue in held if queue.consumer is not None]
    consumers = {queue.id: {"consumer": _binding(queue), **found.settings()} for queue, found in consumed}
    worker: Value = {
        "modules": [
            *own_modules("queue_calls.js", "queue_shard.js", "targets.js"),
            {"name": "queues.js", "bundled": "/workerd/queues.js"},
        ],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "bindings": [
            {"name": "SHARD", "durableObjectNamespace": SHARD_CLASS},
            {"name": "CONSUMERS", "json": json.dumps(consumers)},
            {"name": "QUEUES", "json": json.dumps({queue.name: _known(queue) for queue in held})},
            *({"name": _binding(queue), "service": _link(queue, found)} for queue, found in consumed),
        ],
        "durableObjectNamespaces": [{"className": SHARD_CLASS, "uniqueKey": SHARD_KEY, "enableSql": True}],
        "durableObjectStorage": {"localDisk": "messages"},
    }
    shards: Value = {"className": SHARD_CLASS, "serviceName": QUEUES_SERVICE}
    services: list[Value] = [
        {"name": QUEUES_SERVICE, "worker": worker},
        disk("messages", directory),
        links_service(),
        platform_at(platform),
        control_worker(
            ("queues.js", "pulling.js", "targets.js"),
            {"name": "SHARD", "durableObjectNamespace": shards},
            {"name": "CALLS", "service": QUEUES_SERVICE},
        ),
    ]
    sockets: list[Value] = [control_socket(control), calls_socket(QUEUES_SERVICE)]
    return RuntimeConfig(config_text({"services": services, "sockets": sockets}), {})


def _binding(queue: HeldQueue) -> str:
    return f"consumer-of-{queue.id}"


def _link(queue: HeldQueue, consumer: HeldConsumer) -> Value:
    props = {"worker": consumer.worker, "socket": str(consumer.socket), "queue": queue.name}
    return link_designator("QueueConsumer", props)


def _known(queue: HeldQueue) -> dict[str, Any]:
    return {"id": queue.id} | ({} if queue.delay is None else {"delay": queue.delay})
