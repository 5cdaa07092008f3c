"""`version_metadata`: which version of the Worker runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.records import WorkerSpec


def attach(_: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """`{"id", "tag", "timestamp"}` as on Cloudflare; a version without a tag has an empty one."""
    told = {"id": spec.version_id, "tag": spec.version_tag, "timestamp": spec.version_time}
    return Attachment({"json": json.dumps(told)})
