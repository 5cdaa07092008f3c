"""`version_metadata`: which version of the Worker runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.records import WorkerSpec

MADE_TAG = re.compile(r"[0-9a-f]{24}")
"""The form of the tag by which a deploy knows its versions; a user's own tag replaces it."""


def attach(_: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """`{"id", "tag", "timestamp"}` as on Cloudflare; a version without a tag has an empty one. So has one
    whose tag a deploy made of its content.
    """
    tag = "" if MADE_TAG.fullmatch(spec.version_tag) else spec.version_tag
    told = {"id": spec.version_id, "tag": tag, "timestamp": spec.version_time}
    return Attachment({"json": json.dumps(told)})
