"""Data of the other products: KV, R2, D1, Workflows, queues, secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class KvNamespace:
    """A KV namespace; its values live in the runtime."""

    id: str
    title: str


@dataclass(frozen=True)
class R2Bucket:
    """An R2 bucket; its objects live in the runtime of R2."""

    name: str
    created_on: float
    """Seconds since the epoch."""
    location: str = "WNAM"
    storage_class: str = "Standard"
    jurisdiction: str = "default"
    is_public: bool = False
    """Whether its objects can be read without a key."""


@dataclass(frozen=True)
class NotificationRule:
    """Which changes of a bucket's objects become messages of a queue."""

    id: str
    bucket: str
    queue_id: str
    prefix: str
    suffix: str
    actions: tuple[str, ...]
    """Such as `PutObject`."""
    description: str | None
    created_on: float


@dataclass(frozen=True)
class WorkerKey:
    """An access key for one bucket, which a Worker's configuration names."""

    bucket: str
    id: str
    secret: Sensitive[str]


@dataclass(frozen=True)
class S3Key:
    """An access key of R2's S3 interface, without its secret."""

    id: str
    name: str
    created_on: float
    """Seconds since the epoch."""


@dataclass(frozen=True)
class D1Database:
    """A D1 database; its tables live in the runtime of D1."""

    id: str
    name: str
    created_on: float
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Workflow:
    """A Workflow; its instances live in the runtime of its Worker."""

    name: str
    id: str
    script: str
    class_name: str
    settings: Mapping[str, Any]
    """Of the API's request: limits, schedules, ..."""
    created_on: float
    modified_on: float
    """Seconds since the epoch, as `created_on`."""


@dataclass(frozen=True)
class Queue:
    """A queue; its messages live in the runtime of queues."""

    id: str
    name: str
    settings: Mapping[str, Any]
    """In the API's words: `delivery_delay`, `delivery_paused`, `message_retention_period`."""
    created_on: float
    modified_on: float
    """Seconds since the epoch, as `created_on`."""


@dataclass(frozen=True)
class QueueConsumer:
    """A queue's consumer."""

    id: str
    queue_id: str
    type: str
    """`worker`, or `http_pull`."""
    script: str | None
    """The Worker, where it is one."""
    dead_letter_queue: str | None
    """The name of a queue."""
    settings: Mapping[str, Any]
    """In the API's words: `batch_size`, `max_retries`, ..."""
    created_on: float
    """Seconds since the epoch."""


@dataclass(frozen=True)
class SecretsStore:
    """A store of the account's Secrets Store."""

    id: str
    name: str
    created: float
    modified: float


@dataclass(frozen=True)
class StoredSecret:
    """A secret of the Secrets Store, without its value."""

    id: str
    store_id: str
    name: str
    scopes: tuple[str, ...]
    comment: str | None
    created: float
    modified: float
