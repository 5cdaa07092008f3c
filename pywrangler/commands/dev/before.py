"""How a Worker was deployed before `dev`, and putting it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

NOTE = "pywrangler/dev"
"""The annotation of each version that `dev` makes: how the Worker was before, for a `dev` that was killed."""
NOT_FOUND = 404
APPLICATION_FIELDS = (
    "scheduling_policy",
    "configuration",
    "max_instances",
    "constraints",
    "rollout_active_grace_period",
    "observability",
    "affinities",
)
"""What of an application is put back."""
CONSUMER_FIELDS = ("settings", "dead_letter_queue")
"""What of a queue's consumer is put back."""
SETTINGS = ("logpush", "observability", "tail_consumers", "tags")
"""What of the Worker's settings beside its version is put back."""


@dataclass(frozen=True)
class Before:
    """A Worker as it was deployed. Without a version it was not."""

    version: str | None = None
    port: int | None = None
    ip: str | None = None
    crons: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    applications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By name, as `APPLICATION_FIELDS` say."""
    consumers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The Worker as a consumer of queues, by queue, as `CONSUMER_FIELDS` say."""
    traffic: Mapping[str, float] = field(default_factory=dict)
    """What several versions get of the requests, in percent; nothing if one gets all."""

    def as_text(self) -> str:
        """For the annotation of a version."""
        return json.dumps(vars(self), default=dict, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Before:
        """What `as_text` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "crons": tuple(fields["crons"])})


def look(client: Client, worker: str) -> Before:
    """How the Worker is deployed; or how it was before a `dev` that was killed."""
    from pywrangler.cloudflare import local, workers

    try:
        found = local.worker(client, worker)
    except ApiError as error:
        if error.status != NOT_FOUND:
            raise
        return Before()
    version = workers.get_version(client, worker, found["version_id"])
    if note := (version.get("annotations") or {}).get(NOTE):
        return Before.of_text(note)
    settings = workers.get_script_settings(client, worker)
    return Before(
        version=found["version_id"],
        consumers=_consumers(client, worker),
        traffic=_traffic(client, worker),
        port=found["port"],
        ip=found["ip"],
        crons=workers.get_schedules(client, worker),
        settings={name: settings[name] for name in SETTINGS if name in settings},
        applications={
            application["name"]: {
                name: application[name] for name in APPLICATION_FIELDS if name in application
            }
            for application in applications_of(client, worker)
        },
    )


def _traffic(client: Client, worker: str) -> dict[str, float]:
    from pywrangler.cloudflare.scripts.versions import list_deployments

    newest = next(iter(list_deployments(client, worker)), {})
    shares = {str(each["version_id"]): each["percentage"] for each in newest.get("versions") or ()}
    return shares if len(shares) > 1 else {}


def _serve_again(client: Client, worker: str, before: Before) -> None:
    from pywrangler.cloudflare import workers
    from pywrangler.cloudflare.scripts.versions import create_deployment

    if before.traffic:
        create_deployment(client, worker, before.traffic, "")
    elif before.version is not None:
        workers.deploy_version(client, worker, before.version)


def _consumers(client: Client, worker: str) -> dict[str, dict[str, Any]]:
    from pywrangler.cloudflare.products.queues import all_queues
    from pywrangler.deploy.worker.queue_consumers import own_consumers

    return {
        queue: {name: consumer[name] for name in CONSUMER_FIELDS if consumer.get(name) is not None}
        for queue, consumer in own_consumers(all_queues(client), worker).items()
    }


def _consume_again(client: Client, worker: str, before: Before) -> None:
    """Make the Worker the consumer of what it consumed, and of nothing else, as far as the queues exist."""
    from pywrangler.cloudflare.products import queues

    for queue in queues.all_queues(client):
        name = str(queue["queue_name"])
        wanted = before.consumers.get(name)
        present = queues.worker_consumers(queue, worker)
        if wanted is None:
            for consumer in present:
                queues.remove_consumer(client, queue, consumer)
        elif not present or any(present[0].get(field) != wanted.get(field) for field in CONSUMER_FIELDS):
            body = {"type": "worker", "script_name": worker, **wanted}
            queues.set_worker_consumer(client, name, worker, body)


def applications_of(client: Client, worker: str) -> list[dict[str, Any]]:
    """The applications of the Worker's classes."""
    from pywrangler.cloudflare import containers, workers

    own = {each.id for each in workers.list_namespaces(client) if each.script == worker}
    return [
        each
        for each in containers.list_applications(client)
        if (each.get("durable_objects") or {}).get("namespace_id") in own
    ]


def put_back(client: Client, worker: str, before: Before) -> None:
    """Make the Worker what it was. One that was not deployed stops, and keeps what it stored."""
    from pywrangler.cloudflare import containers, local, workers

    _consume_again(client, worker, before)
    if before.version is None:
        local.stop_worker(client, worker)
    else:
        _serve_again(client, worker, before)
        workers.set_settings(client, worker, before.settings)
        workers.set_schedules(client, worker, before.crons)
        local.set_address(client, worker, port=before.port, ip=before.ip)
    for application in applications_of(client, worker):
        former = before.applications.get(application["name"])
        if former is None:
            containers.delete_application(client, application["id"])
        elif change := application_change(application, former):
            containers.modify_application(client, application["id"], change)
            if "configuration" in change:
                body = {
                    "description": "Back to what was deployed before",
                    "strategy": "rolling",
                    "kind": "full_auto",
                    "target_configuration": former["configuration"],
                    "step_percentage": 100,
                    "proof": False,
                }
                containers.create_rollout(client, application["id"], body)


def application_change(now: Mapping[str, Any], former: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an application that are not what they were. Pure."""
    return {name: value for name, value in former.items() if now.get(name) != value}
