"""Workers and versions as the API shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pywrangler.local.rest.envelope import timestamp
from pywrangler.local.rest.identity import EMAIL
from pywrangler.local.store.records import Namespace, StoredDeployment, Version, Worker

DEPLOYED_FROM = "wrangler"


def script_json(worker: Worker, version: Version) -> dict[str, Any]:
    """A Worker in the list of scripts and in `services/{name}`."""
    return {
        "id": worker.name,
        "tag": worker.tag,
        "tags": worker.settings.get("tags"),
        "etag": version.content_hash,
        "handlers": ["fetch"],
        "named_handlers": [],
        "created_on": timestamp(worker.created_on),
        "modified_on": timestamp(worker.modified_on),
        "migration_tag": worker.migration_tag,
        "usage_model": "standard",
        "last_deployed_from": DEPLOYED_FROM,
        "compatibility_date": version.metadata.get("compatibility_date"),
        "compatibility_flags": version.metadata.get("compatibility_flags", []),
        "logpush": worker.settings.get("logpush", False),
        "observability": worker.settings.get("observability"),
        "tail_consumers": worker.settings.get("tail_consumers"),
    }


def bindings_json(version: Version, namespaces: Iterable[Namespace]) -> list[dict[str, Any]]:
    """A version's bindings. Bindings to Durable Objects include the namespace, because deploying containers
    needs it.
    """
    ids = {(namespace.script, namespace.class_name): namespace.id for namespace in namespaces}
    return [_binding_json(binding, version.worker, ids) for binding in version.bindings]


def _binding_json(
    binding: Mapping[str, Any], worker: str, ids: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    if binding["type"] != "durable_object_namespace":
        return dict(binding)
    key = (binding.get("script_name") or worker, binding["class_name"])
    return {**binding, "namespace_id": ids.get(key)}


def version_json(version: Version, namespaces: Iterable[Namespace]) -> dict[str, Any]:
    """A version with all of its fields."""
    made = timestamp(version.created_on)
    return {
        "id": version.id,
        "number": version.number,
        "metadata": {
            "created_on": made,
            "modified_on": made,
            "source": version.source,
            "author_id": "",
            "author_email": EMAIL,
            "has_preview": False,
        },
        "annotations": dict(version.annotations),
        "resources": {
            "bindings": bindings_json(version, namespaces),
            "script": {
                "etag": version.content_hash,
                "handlers": ["fetch"],
                "last_deployed_from": DEPLOYED_FROM,
            },
            "script_runtime": {
                "compatibility_date": version.metadata.get("compatibility_date"),
                "compatibility_flags": version.metadata.get("compatibility_flags", []),
                "migration_tag": version.migration_tag,
                "usage_model": "standard",
                "limits": version.metadata.get("limits", {}),
                "containers": version.metadata.get("containers", []),
            },
        },
        "startup_time_ms": 0,
    }


def deployment_json(deployment: StoredDeployment) -> dict[str, Any]:
    """A deployment."""
    return {
        "id": deployment.id,
        "created_on": timestamp(deployment.created_on),
        "source": deployment.source,
        "strategy": "percentage",
        "author_email": EMAIL,
        "annotations": dict(deployment.annotations),
        "versions": [
            {"version_id": share.version_id, "percentage": share.percentage} for share in deployment.served
        ],
    }
