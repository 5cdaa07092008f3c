"""`secrets_store_secret`: a secret of the account's Secrets Store, read with `await env.NAME.get()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import link
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """An object that asks the platform for the value with every `get()`.

    So the value is in no file and no environment, and a change takes effect without a restart.
    """
    props = {"store_id": str(binding["store_id"]), "name": str(binding["secret_name"])}
    return link("service", "StoredSecret", props, spec)
