"""`version_metadata`: which version of the Worker runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.records import WorkerSpec


def attach(_: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """`{"id", "tag", "timestamp"}` as on Cloudflare, with tag and time empty."""
    return Attachment({"json": json.dumps({"id": spec.version_id, "tag": "", "timestamp": ""})})
