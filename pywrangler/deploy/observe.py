"""Look at what is deployed: reading requests only."""

from __future__ import annotations

from typing import Any

from pywrangler.cloudflare import workers
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.containers import list_applications
from pywrangler.config.records import Configuration
from pywrangler.deploy.plan import DeployedWorker, Observed


def observe(client: Client, configuration: Configuration) -> Observed:
    """What a deploy of `configuration` finds: the Worker, its applications and the account's namespaces."""
    worker = _worker(client, configuration)
    if not configuration.containers:
        return Observed(worker)
    applications = {application["name"]: application for application in list_applications(client)}
    return Observed(worker, applications, workers.list_namespaces(client))


def _worker(client: Client, configuration: Configuration) -> DeployedWorker | None:
    name = configuration.name
    service = workers.find_worker(client, name)
    if service is None:
        return None
    script = (service.get("default_environment") or {}).get("script") or {}
    version_id = _serving_version(workers.list_deployments(client, name))
    return DeployedWorker(
        migration_tag=script.get("migration_tag"),
        content_tag=_content_tag(client, name, version_id),
        version_id=version_id,
        tags=tuple(script.get("tags") or ()),
        crons=workers.get_schedules(client, name) if configuration.crons is not None else (),
    )


def _serving_version(deployments: list[dict[str, Any]]) -> str | None:
    """The version that serves all requests; None while traffic is split, and where nothing is deployed."""
    versions = (deployments[0].get("versions") or []) if deployments else []
    return str(versions[0]["version_id"]) if len(versions) == 1 else None


def _content_tag(client: Client, name: str, version_id: str | None) -> str | None:
    if version_id is None:
        return None
    annotations = workers.get_version(client, name, version_id).get("annotations") or {}
    tag = annotations.get("workers/tag")
    return str(tag) if tag else None
