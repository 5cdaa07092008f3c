"""`worker_loader`: loads Workers from code at run time; `workerd` has it built in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:  # noqa: ARG001 - as every kind's
    """A separate loader: bindings with the same id would share the Workers that they load."""
    return Attachment({"workerLoader": {"id": str(binding["name"])}})
