"""The inputs of a deploy's plan: options of the command line, and the observed state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from pywrangler.cloudflare.workers import ObjectNamespace
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.unfinished import Running
from pywrangler.deploy.provisioning.wanted import AccountContents
from pywrangler.deploy.worker.address import Address
from pywrangler.deploy.worker.elsewhere import Elsewhere
from pywrangler.deploy.worker.resources import Resource
from pywrangler.deploy.worker.triggers import DeployedTriggers
from pywrangler.sensitive import Sensitive

Rollout = Literal["gradual", "immediate", "none"]


@dataclass(frozen=True)
class DeploySettings:
    """Options of the command line for a deploy, in addition to the configuration."""

    rollout: Rollout = "gradual"
    """`none` leaves containers alone altogether: nothing is built, changed or brought up."""
    keep_vars: bool = False
    secrets: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    variables: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    """Of `.dev.vars`, for the local platform only: in place of `vars` of the same names, and gone from the
    Worker when they are gone from the file.
    """
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    """Where bindings of the local platform lead to, beside the platform itself."""
    takes_domains: bool = True
    """Whether custom domains that lead elsewhere are taken over, as by Wrangler if no user can be asked."""
    dispatch_namespace: str | None = None
    """The dispatch namespace to deploy to: the Worker has no address then, and nothing else calls it."""
    tag: str | None = None
    message: str | None = None
    images_only: bool = False
    """Whether the Worker keeps its version, and only its applications change."""
    proves_images: bool = True
    """Whether the local platform tries a new image before it replaces running instances."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """What else to note about the version. It makes no version by itself."""
    is_upload: bool = False
    """Whether a version is only uploaded: it serves requests when it is deployed later."""


@dataclass(frozen=True)
class DeployedWorker:
    """The Worker as it is deployed."""

    migration_tag: str | None = None
    content_tag: str | None = None
    """`workers/tag` of the version that serves all requests; None when it has none, or does not run."""
    version_id: str | None = None
    triggers: DeployedTriggers = field(default_factory=DeployedTriggers)
    kv_bindings: Mapping[str, str] = field(default_factory=dict)
    """Ids of the KV namespaces bound to it, by binding; looked up only where the configuration names one by
    no id.
    """
    containers: Sequence[Mapping[str, Any]] | None = None
    """The containers that the version's metadata names; None when there are none."""
    tag: str | None = None
    """The API's own name for the Worker."""
    address: Address | None = None
    """Where it listens on the local platform."""


@dataclass(frozen=True)
class Observed:
    """The state before a deploy."""

    worker: DeployedWorker | None
    applications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By name, as the API returns them."""
    namespaces: Sequence[ObjectNamespace] = ()
    """All Durable Object namespaces of the account."""
    running: Mapping[str, Running] = field(default_factory=dict)
    """What runs of the configuration's applications, by name."""
    kv_namespaces: Mapping[str, str] = field(default_factory=dict)
    """Ids of the account's KV namespaces by title; looked up only if they are needed."""
    is_local: bool = False
    """Whether this is the local platform, which makes KV namespaces under the ids of a configuration."""
    resources: frozenset[Resource] = frozenset()
    """What is there of the resources that the configuration is bound to; on the local platform only."""
    missing_consumers: Sequence[str] = ()
    """Workers in `tail_consumers` that do not exist; looked up on the local platform only."""
    account: AccountContents = field(default_factory=AccountContents)
    """What Cloudflare has of the resources that bindings need."""
    stores: Mapping[str, str] = field(default_factory=dict)
    """Ids of the secret stores that the configuration names otherwise, by what it calls them."""
    subdomain: str | None = None
    """The account's part of workers.dev addresses, at Cloudflare."""

    def namespace_id(self, worker: str, class_name: str) -> str | None:
        """The id of the namespace of a Worker's class, if it has one."""
        for namespace in self.namespaces:
            if namespace.script == worker and namespace.class_name == class_name:
                return namespace.id
        return None
