"""`r2_bucket`: objects that all Workers, the command line and S3 clients share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.calls import call
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A way to the one `workerd` that holds all buckets."""
    return call("r2Bucket", "r2", str(binding["bucket_name"]), spec)
