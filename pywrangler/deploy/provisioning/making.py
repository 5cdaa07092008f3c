"""Make the resources that bindings need at Cloudflare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.d1 import create_database
from pywrangler.cloudflare.products import made_by_deploys
from pywrangler.cloudflare.products.dispatch import create_namespace
from pywrangler.cloudflare.products.queues import create_queue
from pywrangler.cloudflare.r2 import create_bucket
from pywrangler.deploy.provisioning.wanted import PENDING, NewResource


def provision(client: Client, resources: Iterable[NewResource], say: Callable[[str], None]) -> dict[str, str]:
    """Make them; the ids of databases and apps by what stands for them in the upload. Raises `ApiError`."""
    identifiers = {}
    for resource in resources:
        say(f"Creating {resource.kind} {resource.name}")
        match resource.kind:
            case "D1 database":
                made = create_database(client, resource.name, jurisdiction=resource.jurisdiction)
                identifiers[PENDING + resource.name] = str(made["uuid"])
            case "R2 bucket":
                create_bucket(client, resource.name, jurisdiction=resource.jurisdiction)
            case "queue":
                create_queue(client, resource.name, {})
            case "dispatch namespace":
                create_namespace(client, resource.name)
            case "AI Search namespace":
                made_by_deploys.create_namespace(client, made_by_deploys.AI_SEARCH, resource.name)
            case "Agent Memory namespace":
                made_by_deploys.create_namespace(client, made_by_deploys.AGENT_MEMORY, resource.name)
            case "Flagship app":
                identifiers[PENDING + resource.name] = made_by_deploys.create_app(client, resource.name)
    return identifiers


def with_identifiers(upload: Mapping[str, Any], identifiers: Mapping[str, str]) -> Mapping[str, Any]:
    """The upload's metadata with the ids of databases and apps that were made."""
    if not identifiers:
        return upload
    bindings = [
        binding
        | {name: identifiers[binding[name]] for name in ("id", "app_id") if binding.get(name) in identifiers}
        for binding in upload["bindings"]
    ]
    return {**upload, "bindings": bindings}
