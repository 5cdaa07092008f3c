"""`secrets_store_secret`: a secret of the account's Secrets Store, read with `await env.NAME.get()`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment, secret_variable
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import WorkerSpec

MODULE = "pywrangler:secret"
SCRIPT = Path(__file__).parent.parent / "scripts" / "secret.js"


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """An object around a value from the process's environment.

    A secret that does not exist is a variable that is not set, hence null: `get()` then throws.
    """
    variable = secret_variable(str(binding["name"]))
    value = spec.store_secrets.get((str(binding["store_id"]), str(binding["secret_name"])))
    inner: list[Value] = [
        {"name": "name", "text": str(binding["secret_name"])},
        {"name": "value", "fromEnvironment": variable},
    ]
    module: Value = {"name": MODULE, "internal": True, "esModule": Embed(SCRIPT)}
    return Attachment(
        {"wrapped": {"moduleName": MODULE, "innerBindings": inner}},
        extensions=({"modules": [module]},),
        environment={} if value is None else {variable: value},
    )
