"""Observe what is deployed: only read requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
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
from pywrangler.deploy.side_by_side import run_side_by_side
from pywrangler.deploy.worker.address import Address
from pywrangler.deploy.worker.queue_consumers import check_queues, named_queues, own_consumers
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
    asked = _questions(client, configuration, is_local=is_local, dispatch_namespace=dispatch_namespace)
    found = run_side_by_side(asked)
    worker, queues, kv_namespaces = found["worker"], found.get("queues", []), found.get("KV namespaces", {})
    if not is_local:
        check_queues(configuration, queues)
    if worker is not None and worker.triggers is not None and queues:
        consumers = own_consumers(queues, configuration.name)
        worker = replace(worker, triggers=replace(worker.triggers, consumers=consumers))
    if is_local and worker is not None and not dispatch_namespace:
        # A deleted one is created again.
        present = frozenset(kv_namespaces.values())
        there = {name: id_ for name, id_ in worker.kv_bindings.items() if id_ in present}
        worker = replace(worker, kv_bindings=there, address=found["address"])
    account = AccountContents()
    if not is_local:
        is_deployed = worker is not None and not dispatch_namespace
        account = observe_account(client, configuration, queues, is_deployed=is_deployed)
    applications, running = found.get("applications", ({}, {}))
    namespaces = found.get("classes", ())
    classes = {each.class_name for each in configuration.containers if each.is_managed}
    for namespace in namespaces:
        if namespace.script == configuration.name and namespace.class_name in classes:
            applications |= _managed_application(client, namespace.id)
    return Observed(
        worker,
        applications,
        namespaces,
        kv_namespaces=kv_namespaces,
        running=running,
        stores=found.get("stores", {}),
        is_local=is_local,
        resources=_resources(queues, found.get("buckets", []), found.get("databases", []))
        if is_local
        else frozenset(),
        missing_consumers=found.get("consumers", ()),
        account=account,
        subdomain=found.get("subdomain"),
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


def _questions(
    client: Client, configuration: Configuration, *, is_local: bool, dispatch_namespace: str | None
) -> dict[str, Callable[[], Any]]:
    """What is asked at the same time: over a slow line, an answer takes much longer than its question."""
    asked: dict[str, Callable[[], Any]] = {}
    if unclear_stores(configuration):
        asked["stores"] = partial(_stores, client, configuration)
    if dispatch_namespace:
        name = dispatched(configuration.name, dispatch_namespace)
        asked["worker"] = partial(_dispatched_worker, client, name)
    else:
        asked["worker"] = partial(_worker, client, configuration)
    if needs_kv_namespaces(configuration) or (is_local and configuration.kv_namespaces):
        asked["KV namespaces"] = lambda: {entry["title"]: entry["id"] for entry in list_namespaces(client)}
    if named_queues(configuration, with_dead_letters=True):
        asked["queues"] = partial(all_queues, client)
    if configuration.containers:
        asked["applications"] = partial(observe_applications, client, configuration)
        asked["classes"] = partial(workers.list_namespaces, client)
    if not is_local:
        return asked if dispatch_namespace else asked | {"subdomain": partial(_subdomain, client)}
    kinds = {resource.kind for resource in bound_resources(configuration)}
    if "R2 bucket" in kinds:
        asked["buckets"] = partial(list_buckets, client)
    if "D1 database" in kinds:
        asked["databases"] = partial(list_databases, client)
    asked["consumers"] = partial(missing_consumers, client, configuration)
    asked["address"] = partial(_address, client, configuration.name)
    return asked


def _resources(
    queues: Sequence[Queue], buckets: Sequence[Mapping[str, Any]], databases: Sequence[Mapping[str, Any]]
) -> frozenset[Resource]:
    return frozenset(
        [
            *(Resource("R2 bucket", bucket["name"]) for bucket in buckets),
            *(Resource("D1 database", database["uuid"]) for database in databases),
            *(Resource("queue", queue["queue_name"]) for queue in queues),
        ]
    )


def _subdomain(client: Client) -> str | None:
    """The account's subdomain; None if the token may not read it: an address less is shown then."""
    try:
        return workers.account_subdomain(client)
    except ApiError:
        return None


def observe_applications(
    client: Client, configuration: Configuration
) -> tuple[dict[str, dict[str, Any]], dict[str, Running]]:
    """The account's applications by name, and what runs of those that the configuration has."""
    applications = {each["name"]: each for each in containers.list_applications(client)}
    names = [
        each.name for each in configuration.containers if each.name in applications and not each.is_managed
    ]
    running = run_side_by_side({name: partial(_running, client, applications[name]) for name in names})
    return applications, running


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


def unclear_stores(configuration: Configuration) -> list[str]:
    """The secret stores that the configuration names by something else than their ids."""
    names = {secret.store_id for secret in configuration.secrets_store_secrets}
    return sorted(name for name in names if not ID.fullmatch(name))


def _stores(client: Client, configuration: Configuration) -> dict[str, str]:
    """The ids of the secret stores that the configuration names otherwise. Raises `PywranglerError` if
    there is no such store.
    """
    stores = list_stores(client)
    try:
        return {name: choose_store(stores, name).id for name in unclear_stores(configuration)}
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


def _worker(client: Client, configuration: Configuration) -> DeployedWorker | None:
    name = configuration.name
    first: dict[str, Callable[[], Any]] = {
        "service": partial(workers.find_worker, client, name),
        "deployments": partial(workers.list_deployments, client, name),
    }
    found = run_side_by_side(first)
    if found["service"] is None:
        return None
    script = (found["service"].get("default_environment") or {}).get("script") or {}
    version_id = _serving_version(found["deployments"])
    has_crons, tags = configuration.crons is not None, script.get("tags") or ()
    more: dict[str, Callable[[], Any]] = {
        "triggers": partial(observe_triggers, client, name, tags, with_crons=has_crons)
    }
    if version_id:
        more["version"] = partial(workers.get_version, client, name, version_id)
    if needs_kv_namespaces(configuration):
        more["KV bindings"] = partial(_kv_bindings, client, name)
    found = run_side_by_side(more)
    version = found.get("version", {})
    runtime = (version.get("resources") or {}).get("script_runtime") or {}
    return DeployedWorker(
        tag=script.get("tag"),
        migration_tag=script.get("migration_tag"),
        content_tag=_content_tag(version) if script.get("runs", True) else None,
        version_id=version_id,
        triggers=found["triggers"],
        kv_bindings=found.get("KV bindings", {}),
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
