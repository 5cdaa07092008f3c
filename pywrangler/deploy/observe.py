"""Observe what is deployed: only read requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pywrangler.cloudflare import containers, local, workers
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.d1 import list_databases
from pywrangler.cloudflare.kv import list_namespaces
from pywrangler.cloudflare.products.queues import Queue, all_queues
from pywrangler.cloudflare.r2 import list_buckets
from pywrangler.cloudflare.secrets_store import list_stores
from pywrangler.cloudflare.store_names import ID, choose_store
from pywrangler.cloudflare.workers import dispatched
from pywrangler.config.records import Configuration
from pywrangler.deploy.applications.unfinished import Running
from pywrangler.deploy.provisioning.account import observe_account
from pywrangler.deploy.provisioning.wanted import AccountContents
from pywrangler.deploy.records import DeployedWorker, Observed
from pywrangler.deploy.worker.address import Address
from pywrangler.deploy.worker.queue_consumers import check_queues, named_queues
from pywrangler.deploy.worker.resources import Resource, bound_resources
from pywrangler.deploy.worker.tail_consumers import missing_consumers
from pywrangler.deploy.worker.triggers import observe_triggers
from pywrangler.errors import ApiError, PywranglerError


def observe(
    client: Client,
    configuration: Configuration,
    *,
    is_local: bool = False,
    dispatch_namespace: str | None = None,
) -> Observed:
    """The state before a deploy of `configuration`: the Worker, its applications with what runs of them, and
    the account's namespaces. `is_local` says that the account is the local platform; with a dispatch
    namespace the Worker is the one in it.
    """
    kv_namespaces = {}
    if needs_kv_namespaces(configuration) or (is_local and configuration.kv_namespaces):
        kv_namespaces = {entry["title"]: entry["id"] for entry in list_namespaces(client)}
    queues = all_queues(client) if named_queues(configuration, with_dead_letters=True) else []
    if not is_local:
        check_queues(configuration, queues)
    account = AccountContents()
    if dispatch_namespace:
        worker = _dispatched_worker(client, dispatched(configuration.name, dispatch_namespace))
    else:
        worker = _worker(client, configuration, queues)
    if is_local and worker is not None and not dispatch_namespace:
        # A deleted one is created again.
        present = frozenset(kv_namespaces.values())
        there = {name: id_ for name, id_ in worker.kv_bindings.items() if id_ in present}
        worker = replace(worker, kv_bindings=there, address=_address(client, configuration.name))
    if not is_local:
        is_deployed = worker is not None and not dispatch_namespace
        account = observe_account(client, configuration, queues, is_deployed=is_deployed)
    stores = _stores(client, configuration)
    resources = _resources(client, configuration, queues) if is_local else frozenset()
    consumers = missing_consumers(client, configuration) if is_local else ()
    if not configuration.containers:
        return Observed(
            worker,
            kv_namespaces=kv_namespaces,
            stores=stores,
            is_local=is_local,
            resources=resources,
            missing_consumers=consumers,
            account=account,
        )
    applications = {application["name"]: application for application in containers.list_applications(client)}
    running = {
        container.name: _running(client, applications[container.name])
        for container in configuration.containers
        if container.name in applications and not container.is_managed
    }
    namespaces = workers.list_namespaces(client)
    for namespace in namespaces:
        classes = {each.class_name for each in configuration.containers if each.is_managed}
        if namespace.script == configuration.name and namespace.class_name in classes:
            applications |= _managed_application(client, namespace.id)
    return Observed(
        worker,
        applications,
        namespaces,
        kv_namespaces=kv_namespaces,
        running=running,
        stores=stores,
        is_local=is_local,
        resources=resources,
        missing_consumers=consumers,
        account=account,
    )


def _managed_application(client: Client, namespace_id: str) -> dict[str, dict[str, Any]]:
    """The application of a class that manages its containers, by its name: it has the namespace's id."""
    try:
        found = containers.get_application(client, namespace_id)
    except ApiError as error:
        if error.status != 404:
            raise
        return {}
    return {found["name"]: found}


def _resources(client: Client, configuration: Configuration, queues: Sequence[Queue]) -> frozenset[Resource]:
    """Those that exist, of the kinds that the configuration is bound to."""
    kinds = {resource.kind for resource in bound_resources(configuration)}
    buckets = list_buckets(client) if "R2 bucket" in kinds else []
    databases = list_databases(client) if "D1 database" in kinds else []
    return frozenset(
        [
            *(Resource("R2 bucket", bucket["name"]) for bucket in buckets),
            *(Resource("D1 database", database["uuid"]) for database in databases),
            *(Resource("queue", queue["queue_name"]) for queue in queues),
        ]
    )


def _running(client: Client, application: Mapping[str, Any]) -> Running:
    """The newest rollout; without any, the versions of the instances where there was more than one."""
    identifier = str(application["id"])
    try:
        rollout = containers.latest_rollout(client, identifier)
    except ApiError as error:
        if error.status != 404:
            raise
        rollout = None
    if rollout is not None or application.get("version") in (None, 1):
        return Running(rollout)
    pages = list(containers.instance_pages(client, identifier, per_page=100))
    rows = containers.summarize_instances(pages)
    alive = [row for row in rows if row.state not in ("stopped", "inactive", "failed")]
    return Running(None, frozenset(row.version for row in alive if row.version is not None))


def needs_kv_namespaces(configuration: Configuration) -> bool:
    """Whether a KV namespace is named by no id, so that it must be found or made."""
    return any(namespace.id is None for namespace in configuration.kv_namespaces)


def _stores(client: Client, configuration: Configuration) -> dict[str, str]:
    """The ids of the secret stores that the configuration names otherwise. Raises `PywranglerError` if
    there is no such store.
    """
    names = {secret.store_id for secret in configuration.secrets_store_secrets}
    unclear = sorted(name for name in names if not ID.fullmatch(name))
    if not unclear:
        return {}
    stores = list_stores(client)
    try:
        return {name: choose_store(stores, name).id for name in unclear}
    except PywranglerError as error:
        error.message = f"`store_id` in {configuration.file.name}: {error.message}"
        raise


def _address(client: Client, name: str) -> Address | None:
    try:
        found = local.worker(client, name)
    except ApiError as error:
        if error.status != 404:  # a Worker that has secrets, and no code yet
            raise
        return None
    return Address(found["ip"], found["port"])


def _worker(client: Client, configuration: Configuration, queues: Sequence[Queue]) -> DeployedWorker | None:
    name = configuration.name
    service = workers.find_worker(client, name)
    if service is None:
        return None
    script = (service.get("default_environment") or {}).get("script") or {}
    version_id = _serving_version(workers.list_deployments(client, name))
    version = workers.get_version(client, name, version_id) if version_id else {}
    runtime = (version.get("resources") or {}).get("script_runtime") or {}
    return DeployedWorker(
        tag=script.get("tag"),
        migration_tag=script.get("migration_tag"),
        content_tag=_content_tag(version) if script.get("runs", True) else None,
        version_id=version_id,
        triggers=observe_triggers(
            client, name, script.get("tags") or (), queues, with_crons=configuration.crons is not None
        ),
        kv_bindings=_kv_bindings(client, name) if needs_kv_namespaces(configuration) else {},
        containers=runtime.get("containers"),
    )


def _dispatched_worker(client: Client, name: str) -> DeployedWorker | None:
    script = workers.find_dispatched(client, name)
    if script is None:
        return None
    return DeployedWorker(tag=script.get("tag"), migration_tag=script.get("migration_tag"))


def _content_tag(version: Mapping[str, Any]) -> str | None:
    return (version.get("annotations") or {}).get("workers/tag") or None


def _serving_version(deployments: list[dict[str, Any]]) -> str | None:
    """The version that serves all requests; None while traffic is split, and if nothing is deployed."""
    versions = (deployments[0].get("versions") or []) if deployments else []
    return str(versions[0]["version_id"]) if len(versions) == 1 else None


def _kv_bindings(client: Client, name: str) -> dict[str, str]:
    bindings = workers.get_settings(client, name).get("bindings") or ()
    return {b["name"]: b.get("namespace_id", "") for b in bindings if b["type"] == "kv_namespace"}
