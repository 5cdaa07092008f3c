"""Resources that a Worker is bound to by name or id, and that the local platform makes when they are missing.

At Cloudflare a deploy makes fewer kinds, by name only: `deploy.provisioning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Literal

from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.deploy.worker.queue_consumers import named_queues

Kind = Literal["D1 database", "R2 bucket", "queue"]


@dataclass(frozen=True)
class Resource:
    """The resource of a binding."""

    kind: Kind
    id: str
    """What the configuration names it by: for a bucket and a queue its name."""
    title: str | None = field(default=None, compare=False)
    """What people call it, where that is something else."""

    def describe(self) -> str:
        """The line of a plan that makes it."""
        return f"+ create {self.kind} {self.id}" + (f" ({self.title})" if self.title else "")


def bound_resources(configuration: Configuration) -> tuple[Resource, ...]:
    """The resources of a Worker's bindings, each once, in the order of the configuration."""
    written: Mapping[str, Any] = configuration.cloudflare
    buckets = (entry.get("bucket_name") for entry in written.get("r2_buckets") or ())
    found = [Resource("R2 bucket", name) for name in buckets if name]
    found += [
        Resource("D1 database", entry["database_id"], entry.get("database_name"))
        for entry in written.get("d1_databases") or ()
        if entry.get("database_id")
    ]
    found += [Resource("queue", name) for name in named_queues(configuration, with_dead_letters=True)]
    return tuple(dict.fromkeys(found))


def resources_to_make(
    configuration: Configuration, present: frozenset[Resource], *, is_local: bool
) -> tuple[Resource, ...]:
    """What is bound and missing; nothing at Cloudflare, where bindings that are remote lead to."""
    if not is_local:
        return ()
    here = bound_resources(_without_remote(configuration))
    return tuple(resource for resource in here if resource not in present)


def _without_remote(configuration: Configuration) -> Configuration:
    remote = {each.name for each in configuration.remote}
    if not remote:
        return configuration
    written = dict(configuration.cloudflare)
    for name in ("r2_buckets", "d1_databases"):
        written[name] = [each for each in written.get(name) or () if each["binding"] not in remote]
    queues = written.get("queues") or {}
    producers = [each for each in queues.get("producers") or () if each["binding"] not in remote]
    written["queues"] = {**queues, "producers": producers}
    return replace(configuration, cloudflare=written)
