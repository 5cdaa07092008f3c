"""Carry out a plan, step by step, without decisions.

The order matters: images are in their registry before this begins, so that the Worker is never active
without them; the Worker comes before its applications, because an application belongs to a namespace that
the Worker's upload creates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any
from uuid import UUID

from pywrangler.cloudflare import containers, workers
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.kv import create_namespace
from pywrangler.cloudflare.local import (
    ensure_d1_database,
    ensure_kv_namespace,
    ensure_queue,
    ensure_r2_bucket,
)
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.managed import VersionedApplication, bound_namespaces
from pywrangler.deploy.applications.plan import ApplicationChange, CreateApplication, ModifyApplication
from pywrangler.deploy.applications.settings import create_request
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.deploy.plan import Plan
from pywrangler.deploy.provisioning.making import provision, with_identifiers
from pywrangler.deploy.worker.kv_namespaces import explain_unknown
from pywrangler.deploy.worker.reconciliation import class_notes, reconciliation_lines
from pywrangler.deploy.worker.resources import Resource
from pywrangler.deploy.worker.trigger_steps import apply_settings, apply_triggers
from pywrangler.deploy.worker.upload_form import module_parts
from pywrangler.errors import ApiError


@dataclass
class Applied:
    """The results of a deploy: applications and rollouts as the API returned them, by application name."""

    version_id: str | None = None
    applications: dict[str, dict[str, Any]] = field(default_factory=dict)
    rollouts: dict[str, dict[str, Any]] = field(default_factory=dict)


def apply_plan(client: Client, plan: Plan, bundle: Bundle, say: Callable[[str], None]) -> Applied:
    """Do what `plan` says; `say` gets each step before it is taken. Raises `ApiError`."""
    applied = Applied()
    metadata = _made_metadata(client, plan, say)
    if metadata is not None:
        say(f"Uploading Worker {plan.worker}")
        applied.version_id = _upload(client, plan, metadata, bundle, say)
    if plan.dispatch_namespace:
        return applied
    apply_settings(client, plan.triggers, say)
    namespaces = _namespaces(client, plan, applied.version_id or plan.version_id)
    for change in plan.applications:
        apply_application(client, change, namespaces, applied, say)
    apply_triggers(client, plan.triggers, say)
    return applied


def upload_alone(client: Client, plan: Plan, bundle: Bundle, say: Callable[[str], None]) -> dict[str, Any]:
    """Upload the plan's version and deploy nothing; the version as the API returned it. Raises `ApiError`."""
    metadata = _made_metadata(client, plan, say) or {}
    say(f"Uploading a version of Worker {plan.worker}")
    try:
        version = workers.upload_version(client, plan.worker, metadata, module_parts(bundle))
    except ApiError as error:
        explain_unknown(error, metadata.get("bindings") or ())
        raise
    for line in class_notes(version):
        say(line)
    return version


def create_managed(client: Client, plan: Plan, version_id: str, say: Callable[[str], None]) -> None:
    """Create the plan's new applications whose classes choose from the images of this version, as Wrangler
    (4.164) does after an upload alone. Raises `ApiError`.
    """
    namespaces = _namespaces(client, plan, version_id)
    for change in plan.applications:
        if isinstance(change, CreateApplication) and change.container.images:
            apply_application(client, change, namespaces, Applied(), say)


def create_missing(
    client: Client, worker: str, applications: Sequence[VersionedApplication], say: Callable[[str], None]
) -> None:
    """Create those of the applications that do not exist, once the versions that name them are deployed."""
    present = {
        (each.get("durable_objects") or {}).get("namespace_id")
        for each in containers.list_applications(client)
    }
    for each in applications:
        namespace_id = each.namespace_id or _listed(client, worker).get(each.class_name)
        if namespace_id is None:
            raise ApiError(
                f"The versions are deployed, but the class {each.class_name} has no namespace yet.",
                hint="Run the same command again: it creates what is missing.",
            )
        if namespace_id not in present:
            say(f"Creating application {each.name}")
            containers.create_application(client, create_request(each.body, namespace_id))


def _listed(client: Client, worker: str) -> dict[str, str]:
    """Ids of the namespaces that the account lists for the Worker, by class."""
    found = workers.list_namespaces(client)
    return {each.class_name: each.id for each in found if each.script == worker and each.class_name}


def _made_metadata(client: Client, plan: Plan, say: Callable[[str], None]) -> Mapping[str, Any] | None:
    """The upload's metadata with the ids of what it needs, once all of that is made; None for no upload."""
    new_namespaces = _make_titled_namespaces(client, plan, say)
    _make_chosen_namespaces(client, plan, say)
    identifiers = provision(client, plan.provisioned, say)
    if plan.upload is None:
        return None
    metadata = with_identifiers(_with_namespaces(plan.upload, new_namespaces), identifiers)
    return _with_assets(client, plan, metadata, say)


def _make_titled_namespaces(client: Client, plan: Plan, say: Callable[[str], None]) -> dict[str, str]:
    """The ids of the KV namespaces that the upload needs and that were created, by binding."""
    identifiers = {}
    for binding, title in plan.new_namespaces.items():
        say(f"Creating KV namespace {title}")
        identifiers[binding] = create_namespace(client, title)["id"]
    return identifiers


def _make_chosen_namespaces(client: Client, plan: Plan, say: Callable[[str], None]) -> None:
    for namespace in plan.chosen_namespaces:
        say(f"Creating KV namespace {namespace.id}")
        ensure_kv_namespace(client, namespace.id, title=namespace.title)
    for resource in plan.new_resources:
        say(f"Creating {resource.kind} {resource.id}")
        _make(client, resource)


def _make(client: Client, resource: Resource) -> None:
    match resource.kind:
        case "D1 database":
            ensure_d1_database(client, resource.id, resource.title)
        case "R2 bucket":
            ensure_r2_bucket(client, resource.id)
        case "queue":
            ensure_queue(client, resource.id)


def _with_namespaces(upload: Mapping[str, Any], identifiers: Mapping[str, str]) -> Mapping[str, Any]:
    """The upload's metadata with the ids of KV namespaces, by binding."""
    if "bindings" not in upload:  # static assets only
        return upload
    bindings = [
        {**binding, "namespace_id": identifiers[binding["name"]]}
        if binding["name"] in identifiers
        else binding
        for binding in upload["bindings"]
    ]
    return {**upload, "bindings": bindings}


def _with_assets(
    client: Client, plan: Plan, metadata: Mapping[str, Any], say: Callable[[str], None]
) -> Mapping[str, Any]:
    """The upload's metadata with the token that names its static assets, once all of them are there."""
    if plan.assets is None:
        return metadata
    from pywrangler.deploy.assets.upload import upload_assets

    token = upload_assets(client, plan.worker, plan.assets, say)
    return {**metadata, "assets": {"jwt": token.reveal(), **metadata["assets"]}}


def _upload(
    client: Client, plan: Plan, metadata: Mapping[str, Any], bundle: Bundle, say: Callable[[str], None]
) -> str | None:
    """Upload the bundle and make it active; the new version's id."""
    try:
        return _send(client, plan, metadata, bundle, say)
    except ApiError as error:
        explain_unknown(error, metadata.get("bindings") or ())
        raise


def _send(
    client: Client, plan: Plan, metadata: Mapping[str, Any], bundle: Bundle, say: Callable[[str], None]
) -> str | None:
    parts = module_parts(bundle)
    if plan.makes_version_first:
        version = workers.upload_version(client, plan.worker, metadata, parts)
        version_id = str(version["id"])
        for line in class_notes(version):
            say(line)
        message = metadata.get("annotations", {}).get("workers/message")
        workers.deploy_version(client, plan.worker, version_id, message=message)
        return version_id
    response = workers.upload_worker(client, plan.worker, metadata, parts)
    for line in [*reconciliation_lines(response.get("exports_reconciliation") or {}), *class_notes(response)]:
        say(line)
    identifier = response.get("deployment_id")
    return _dashed(str(identifier)) if identifier else None


def _dashed(identifier: str) -> str:
    """A version's id as the API has it everywhere, except in the response to an upload, which omits the
    dashes.
    """
    try:
        return str(UUID(identifier))
    except ValueError:
        return identifier


def _namespaces(client: Client, plan: Plan, version_id: str | None) -> dict[str, str]:
    """Ids of the Worker's namespaces by class, where an application must be created.

    The account's list has them all, and the new version those that are bound, which Wrangler asks for: it
    is asked where the list lacks a class.
    """
    wanted = {c.container.class_name for c in plan.applications if isinstance(c, CreateApplication)}
    if not wanted:
        return {}
    found = _listed(client, plan.worker)
    if version_id is None or wanted <= found.keys():
        return found
    return bound_namespaces(workers.get_version(client, plan.worker, version_id), plan.worker) | found


def apply_application(
    client: Client,
    change: ApplicationChange,
    namespaces: Mapping[str, str],
    applied: Applied,
    say: Callable[[str], None],
) -> None:
    """Do what `change` says; `namespaces` has ids by class. Raises `ApiError`."""
    name = change.container.name
    if isinstance(change, CreateApplication):
        say(f"Creating application {name}")
        namespace_id = namespaces.get(change.container.class_name)
        if namespace_id is None:
            raise ApiError(
                f"The Worker was uploaded, but its class {change.container.class_name} has no namespace.",
                hint="Deploy again; if it persists, check that a migration creates the class.",
            )
        body = create_request(change.body, namespace_id)
        applied.applications[name] = containers.create_application(client, body)
    elif isinstance(change, ModifyApplication):
        if change.modification is not None:
            say(f"Changing application {name}")
            applied.applications[name] = containers.modify_application(
                client, change.application_id, change.modification
            )
        if change.rollout is not None:
            applied.rollouts[name] = containers.create_rollout(client, change.application_id, change.rollout)
