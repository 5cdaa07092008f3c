"""The contents of the store, as plain records.

Times are seconds since the epoch; ids have the forms that Cloudflare gives them.
"""

from __future__ import annotations

from pywrangler.local.store.records.applications import (
    MANAGED_POLICY,
    ApplicationRecord,
    RolloutKind,
    RolloutStatus,
    RolloutStep,
    StoredRegistry,
    StoredRollout,
)
from pywrangler.local.store.records.products import (
    D1Database,
    KvNamespace,
    NotificationRule,
    Queue,
    QueueConsumer,
    R2Bucket,
    S3Key,
    SecretsStore,
    StoredSecret,
    WorkerKey,
    Workflow,
)
from pywrangler.local.store.records.workers import (
    ClassName,
    DispatchNamespace,
    MtlsCertificate,
    Namespace,
    Share,
    StoredDeployment,
    StoredModule,
    Transfer,
    Version,
    Worker,
    container_classes,
    container_images,
    dispatched_name,
    named_images,
    tail_consumers,
)

__all__ = [
    "MANAGED_POLICY",
    "ApplicationRecord",
    "ClassName",
    "D1Database",
    "DispatchNamespace",
    "KvNamespace",
    "MtlsCertificate",
    "Namespace",
    "NotificationRule",
    "Queue",
    "QueueConsumer",
    "R2Bucket",
    "RolloutKind",
    "RolloutStatus",
    "RolloutStep",
    "S3Key",
    "SecretsStore",
    "Share",
    "StoredDeployment",
    "StoredModule",
    "StoredRegistry",
    "StoredRollout",
    "StoredSecret",
    "Transfer",
    "Version",
    "Worker",
    "WorkerKey",
    "Workflow",
    "container_classes",
    "container_images",
    "dispatched_name",
    "named_images",
    "tail_consumers",
]
