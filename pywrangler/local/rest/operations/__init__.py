"""Operations of the REST API on the machine: their protocol, values and errors."""

from __future__ import annotations

from pywrangler.local.rest.operations.errors import (
    BringUpFailed,
    ImageInUse,
    NoImage,
    WorkerStartError,
    WorkflowRefused,
)
from pywrangler.local.rest.operations.exports import Exported, ExportSource
from pywrangler.local.rest.operations.protocol import (
    Operations,
)
from pywrangler.local.rest.operations.records import (
    ANY_ADDRESS,
    BringUp,
    BringUpFailure,
    ContainerLogLine,
    ContainerLogQuery,
    CronRun,
    EngineStatus,
    ImageListing,
    Leftover,
    ListedImage,
    ListeningAddress,
    LogLine,
    PlatformStatus,
    Pruned,
    WorkerState,
    WorkerStatus,
)

__all__ = [
    "ANY_ADDRESS",
    "BringUp",
    "BringUpFailed",
    "BringUpFailure",
    "ContainerLogLine",
    "ContainerLogQuery",
    "CronRun",
    "EngineStatus",
    "ExportSource",
    "Exported",
    "ImageInUse",
    "ImageListing",
    "Leftover",
    "ListedImage",
    "ListeningAddress",
    "LogLine",
    "NoImage",
    "Operations",
    "PlatformStatus",
    "Pruned",
    "WorkerStartError",
    "WorkerState",
    "WorkerStatus",
    "WorkflowRefused",
]
