"""The parts of the platform that hold data outside of the store: values, objects, tables, images."""

from __future__ import annotations

from dataclasses import dataclass

from pywrangler.local.rest.cluster.interface import ClusterOperations
from pywrangler.local.rest.containers.control_interface import InstanceControl, NodesOfInstances
from pywrangler.local.rest.d1.queries import Databases
from pywrangler.local.rest.dashboard.terminal_source import TerminalSource
from pywrangler.local.rest.dashboard.usage_source import UsageSource
from pywrangler.local.rest.image_registry import PushRegistry
from pywrangler.local.rest.kv.store import KvStore
from pywrangler.local.rest.operations import ExportSource
from pywrangler.local.rest.queues.messages import Messages
from pywrangler.local.rest.r2.objects import Objects, S3Interface
from pywrangler.local.rest.registry_tokens import RegistryTokens


@dataclass(frozen=True)
class Runtimes:
    """Parts of the platform beside the store. Requests that need a part that is None get status 501."""

    kv: KvStore | None = None
    """The values of KV namespaces."""
    objects: Objects | None = None
    """The objects of R2 buckets."""
    s3: S3Interface | None = None
    """R2 for clients of S3."""
    databases: Databases | None = None
    """The tables of D1 databases."""
    messages: Messages | None = None
    """The messages of queues."""
    registry: PushRegistry | None = None
    """The registry that takes pushes in place of Cloudflare's managed one."""
    nodes: NodesOfInstances | None = None
    """The instances of other nodes, too, on a node of a cluster."""
    instances: InstanceControl | None = None
    """Stops and restarts instances."""
    registry_tokens: RegistryTokens | None = None
    """For registries (Amazon ECR) that do not take the stored credentials themselves."""
    usage: UsageSource | None = None
    """What instances use."""
    terminals: TerminalSource | None = None
    """What opens terminals in instances."""
    exports: ExportSource | None = None
    """What exports the whole state."""
    cluster: ClusterOperations | None = None
    """What makes the platform a node of a cluster."""
