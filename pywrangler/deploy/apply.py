"""Carry out a plan, step by step, with no decision of its own.

The order matters: images are in their registry before this begins, so that the Worker is never active
without them; the Worker comes before its applications, because an application belongs to a namespace that
the Worker's upload creates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pywrangler.cloudflare import containers, workers
from pywrangler.cloudflare.client import Client, Part
from pywrangler.cloudflare.kv import create_namespace
from pywrangler.cloudflare.routes import set_routes
from pywrangler.deploy.applications import create_request
from pywrangler.deploy.bundle import Bundle
from pywrangler.deploy.plan import ApplicationChange, CreateApplication, ModifyApplication, Plan
from pywrangler.deploy.reconciliation import reconciliation_lines
from pywrangler.deploy.routes import domain_request, used_domains
from pywrangler.errors import ApiError


@dataclass
class Applied:
    """What a deploy made: applications and rollouts as the API returned them, by application name."""

    version_id: str | None = None
    applications: dict[str, dict[str, Any]] = field(default_factory=dict)
    rollouts: dict[str, dict[str, Any]] = field(default_factory=dict)


def apply_plan(client: Client, plan: Plan, bundle: Bundle, say: Callable[[str], None]) -> Applied:
    """Do what `plan` says; `say` is told each step before it is taken. Raises `ApiError`."""
    applied = Applied()
    if plan.upload is not None:
        metadata = _with_assets(client, plan, _with_new_namespaces(client, plan, say), say)
        say(f"Uploading Worker {plan.worker}")
        applied.version_id = _upload(client, plan, metadata, bundle, say)
    if plan.tags is not None:
        _group(client, plan.worker, plan.tags, say)
    namespaces = _namespaces(client, plan, applied.version_id)
    for change in plan.applications:
        _apply_application(client, change, namespaces, applied, say)
    if plan.workers_dev is not None:
        workers.set_subdomain(client, plan.worker, enabled=plan.workers_dev, previews=plan.preview_urls)
    if plan.routes.patterns:
        say("Setting routes")
        if kept := set_routes(client, plan.worker, plan.routes.patterns):
            say(f"Warning: the token may not remove former routes of {plan.worker}: {', '.join(kept)}")
    if plan.routes.domains:
        say("Setting custom domains")
        _set_domains(client, plan)
    if plan.crons is not None:
        say("Setting schedules")
        workers.set_schedules(client, plan.worker, plan.crons)
    return applied


def _set_domains(client: Client, plan: Plan) -> None:
    domains = plan.routes.domains
    used = used_domains(workers.custom_domain_changes(client, plan.worker, domains))
    if used and not plan.takes_domains:
        raise ApiError(
            f"The Worker is deployed, without its custom domains: {', '.join(used)} lead elsewhere now.",
            hint="Free them in the dashboard, or deploy with CI=true, which takes them over.",
        )
    body = domain_request(domains, takes_used=plan.takes_domains)
    workers.set_custom_domains(client, plan.worker, body)


def _with_new_namespaces(client: Client, plan: Plan, say: Callable[[str], None]) -> Mapping[str, Any]:
    """The upload's metadata with the ids of the KV namespaces that had to be made for it."""
    if plan.upload is None or not plan.new_namespaces:
        return plan.upload or {}
    identifiers = {}
    for binding, title in plan.new_namespaces.items():
        say(f"Creating KV namespace {title}")
        identifiers[binding] = create_namespace(client, title)["id"]
    bindings = [
        {**binding, "namespace_id": identifiers[binding["name"]]}
        if binding["name"] in identifiers
        else binding
        for binding in plan.upload["bindings"]
    ]
    return {**plan.upload, "bindings": bindings}


def _with_assets(
    client: Client, plan: Plan, metadata: Mapping[str, Any], say: Callable[[str], None]
) -> Mapping[str, Any]:
    """The upload's metadata with the token that names its static assets, once all of them are there."""
    if plan.assets is None:
        return metadata
    from pywrangler.deploy.asset_upload import upload_assets

    token = upload_assets(client, plan.worker, plan.assets, say)
    return {**metadata, "assets": {"jwt": token.reveal(), **metadata["assets"]}}


def _upload(
    client: Client, plan: Plan, metadata: Mapping[str, Any], bundle: Bundle, say: Callable[[str], None]
) -> str | None:
    """Upload the bundle and make it active; the new version's id."""
    modules = [*bundle.modules, *([bundle.source_map] if bundle.source_map else [])]
    parts = [Part(module.name, module.content, module.type, module.name) for module in modules]
    if plan.settings is not None:
        version_id = str(workers.upload_version(client, plan.worker, metadata, parts)["id"])
        message = metadata.get("annotations", {}).get("workers/message")
        workers.deploy_version(client, plan.worker, version_id, message=message)
        try:
            workers.set_settings(client, plan.worker, plan.settings)
        except ApiError as error:
            say(f"Warning: tags, log and tail settings of {plan.worker} were not set: {error.message}")
        return version_id
    answer = workers.upload_worker(client, plan.worker, metadata, parts)
    for line in reconciliation_lines(answer.get("exports_reconciliation") or {}):
        say(line)
    identifier = answer.get("deployment_id")
    return _dashed(str(identifier)) if identifier else None


def _dashed(identifier: str) -> str:
    """A version's id as the API has it everywhere but in the answer to an upload, where the dashes lack."""
    try:
        return str(UUID(identifier))
    except ValueError:
        return identifier


def _group(client: Client, worker: str, tags: tuple[str, ...], say: Callable[[str], None]) -> None:
    """Group the Worker with its sibling environments. That is for the dashboard, so it may fail."""
    try:
        workers.set_settings(client, worker, {"tags": list(tags)})
    except ApiError as error:
        say(f"Warning: the dashboard will not show {worker} with its sibling environments: {error.message}")


def _namespaces(client: Client, plan: Plan, version_id: str | None) -> dict[str, str]:
    """Ids of the Worker's namespaces by class, where an application has to be created.

    The account's list has them all, and the new version those that are bound, which Wrangler asks for: it
    is asked where the list lacks a class.
    """
    wanted = {c.container.class_name for c in plan.applications if isinstance(c, CreateApplication)}
    if not wanted:
        return {}
    listed = workers.list_namespaces(client)
    found = {
        entry.class_name: entry.id for entry in listed if entry.script == plan.worker and entry.class_name
    }
    if version_id is None or wanted <= found.keys():
        return found
    return bound_namespaces(workers.get_version(client, plan.worker, version_id), plan.worker) | found


def bound_namespaces(version: Mapping[str, Any], worker: str) -> dict[str, str]:
    """Ids of the namespaces that a version of `worker` binds of its own classes, by class."""
    bindings = (version.get("resources") or {}).get("bindings") or ()
    return {
        binding["class_name"]: binding["namespace_id"]
        for binding in bindings
        if binding.get("type") == "durable_object_namespace"
        and binding.get("script_name") in (None, worker)
        and binding.get("class_name")
        and binding.get("namespace_id")
    }


def _apply_application(
    client: Client,
    change: ApplicationChange,
    namespaces: Mapping[str, str],
    applied: Applied,
    say: Callable[[str], None],
) -> None:
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
        say(f"Changing application {name}")
        applied.applications[name] = containers.modify_application(
            client, change.application_id, change.modification
        )
        if change.rollout is not None:
            applied.rollouts[name] = containers.create_rollout(client, change.application_id, change.rollout)
