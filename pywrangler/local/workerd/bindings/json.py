"""`json`: any other value of `vars`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], _: WorkerSpec) -> Attachment:
    """The value as JSON, which `workerd` parses."""
    return Attachment({"json": json.dumps(binding["json"], separators=(",", ":"))})
