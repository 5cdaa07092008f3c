"""`plain_text`: a string of `vars`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], _: WorkerSpec) -> Attachment:
    """The string itself."""
    return Attachment({"text": str(binding["text"])})
