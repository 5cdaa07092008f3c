"""`secret_text`: a secret of the Worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment, secret_variable
from pywrangler.local.workerd.failures import UnsupportedBindingError
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The value by way of the process's environment."""
    name = str(binding["name"])
    value = spec.secrets.get(name)
    if value is None:
        raise UnsupportedBindingError(
            f'The value of the secret "{name}" of the Worker "{spec.name}" is not stored.'
        )
    if "\0" in value.reveal():
        raise UnsupportedBindingError(
            f'The secret "{name}" of the Worker "{spec.name}" contains a NUL character.'
        )
    variable = secret_variable(name)
    return Attachment({"fromEnvironment": variable}, environment={variable: value})
