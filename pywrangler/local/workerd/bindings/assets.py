"""`assets`: the static files that are served beside the Worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import ASSETS_SERVICE
from pywrangler.local.workerd.failures import UnsupportedBindingError
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The service that answers with them, regardless of the rules for requests from outside."""
    if spec.assets is None:
        raise UnsupportedBindingError(
            f'The binding "{binding["name"]}" needs static assets, and the Worker "{spec.name}" has none.',
            hint="Upload them with the Worker.",
        )
    return Attachment({"service": ASSETS_SERVICE})
