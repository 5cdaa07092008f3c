"""`durable_object_namespace`: the objects of one class, of this Worker or of another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import remote_objects
from pywrangler.local.workerd.failures import UnsupportedBindingError
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The namespace of the class."""
    class_name, name = str(binding["class_name"]), binding["name"]
    script = str(binding.get("script_name") or spec.name)
    # The classes of a version beside another one live in that one's process.
    # A class that is still to be transferred is bound as another Worker's. Calls then fail and name what is
    # missing.
    if script != spec.name or class_name in spec.awaited_classes or spec.is_beside:
        return remote_objects(script, class_name, spec)
    if all(entry.class_name != class_name for entry in spec.classes):
        raise UnsupportedBindingError(
            f'The binding "{name}" of the Worker "{spec.name}" names the class {class_name}, which no'
            " migration created.",
            hint=f'Add {{ "tag": "v1", "new_sqlite_classes": ["{class_name}"] }} to "migrations".',
        )
    return Attachment({"durableObjectNamespace": class_name})
