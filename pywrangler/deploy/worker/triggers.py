"""Triggers and settings of a Worker, apart from its version: wanted, observed and planned.

Addresses on workers.dev, routes, custom domains, schedules and script settings belong to the Worker, not to
one of its versions. So the deployed version does not tell how they are: each is compared with what the API
says of it, and set again where the API says nothing. The requests have Wrangler's order (4.164).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any

from pywrangler.cloudflare import workers
from pywrangler.cloudflare.client import Client
from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.deploy.side_by_side import run_side_by_side
from pywrangler.deploy.worker.metadata import merge_service_tags
from pywrangler.deploy.worker.queue_consumers import differing, wanted_consumers
from pywrangler.deploy.worker.routes import Routes, plan_routes
from pywrangler.deploy.worker.settings import unversioned_settings
from pywrangler.deploy.worker.workflows import own_workflows
from pywrangler.errors import ApiError


@dataclass(frozen=True)
class DeployedTriggers:
    """The deployed triggers of a Worker, as the API returns them. None for those that it does not return."""

    workers_dev: bool | None = None
    previews: bool | None = None
    crons: tuple[str, ...] | None = None
    settings: Mapping[str, Any] | None = None
    """Script settings without the tags."""
    tags: tuple[str, ...] = ()
    consumers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The Worker as a consumer, by queue."""

    @property
    def is_known(self) -> bool:
        """Whether the API says everything that it can say."""
        return self.workers_dev is not None and self.settings is not None


@dataclass(frozen=True)
class Triggers:
    """The triggers of a configuration; None keeps the deployed ones."""

    workers_dev: bool
    previews: bool | None
    """None is the API's default: as `workers_dev`, or, as Wrangler (4.164) expects, on without routes."""
    routes: Routes
    """An empty one leaves the Worker's routes and domains."""
    crons: tuple[str, ...] | None
    workflows: Mapping[str, Mapping[str, Any]]
    """Requests about the Worker's own Workflows, by name."""
    consumers: Mapping[str, Mapping[str, Any]]
    """Requests about the Worker as a consumer, by queue; others that there are stay."""
    settings: Mapping[str, Any]
    service: str | None
    environment: str | None

    def tags(self, deployed: Sequence[str]) -> tuple[str, ...]:
        """The tags of the Worker with those that group it with its sibling environments."""
        return merge_service_tags(deployed, self.service, self.environment)


@dataclass(frozen=True)
class TriggersPlan:
    """The triggers that a deploy sets, in the order of the fields."""

    worker: str
    settings: Mapping[str, Any] | None
    """Script settings to set after the upload; None leaves them."""
    workers_dev: bool
    previews: bool | None
    routes: Routes
    takes_domains: bool
    """Whether the deploy takes over custom domains that lead elsewhere."""
    crons: tuple[str, ...] | None
    """The schedules to set; None leaves them."""
    workflows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What to say of each Workflow, by name."""
    consumers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What to say of the Worker as a consumer, by queue, where that changes."""
    changes: tuple[str, ...] = ()
    """The differences from the deployed triggers, in words."""
    is_unseen: bool = False
    """Whether something must be set because the API does not say how it is."""

    def addresses(self, subdomain: str | None) -> list[str]:
        """The addresses of the Worker at Cloudflare: on the account's subdomain, by its custom domains, and
        by its routes, which stay patterns.
        """
        own = [f"https://{self.worker}.{subdomain}.workers.dev"] if subdomain and self.workers_dev else []
        domains = [f"https://{domain['hostname']}" for domain in self.routes.domains]
        return [*own, *domains, *(str(route["pattern"]) for route in self.routes.patterns)]

    def lines(self) -> list[str]:
        """The plan in words."""
        return [
            *(f"~ {change}" for change in self.changes),
            *map("~ set route {}".format, self.routes.targets),
            *map("~ set Workflow {}".format, self.workflows),
        ]


def no_triggers(worker: str) -> TriggersPlan:
    """The plan for a Worker that only a dispatcher calls."""
    return TriggersPlan(worker, None, False, None, Routes(), True, None)


def wanted_triggers(configuration: Configuration, service: str | None) -> Triggers:
    """The triggers of the configuration. Raises `UsageError`.

    `service` is the Worker's name without its environment's suffix, None if there are no environments.
    """
    routes = plan_routes(configuration)
    return Triggers(
        workers_dev=not routes.targets if configuration.workers_dev is None else configuration.workers_dev,
        previews=configuration.cloudflare.get("preview_urls"),
        routes=routes,
        crons=configuration.crons,
        workflows=own_workflows(configuration),
        consumers=wanted_consumers(configuration),
        settings=unversioned_settings(configuration),
        service=service,
        environment=configuration.environment or configuration.target_environment,
    )


def observe_triggers(
    client: Client, worker: str, tags: Sequence[str], *, with_crons: bool
) -> DeployedTriggers:
    """The triggers of a deployed Worker, whose `tags` are known already, but what it consumes."""
    calls: dict[str, Callable[[], Any]] = {
        "subdomain": partial(_asked, partial(workers.get_subdomain, client, worker)),
        "settings": partial(_asked, partial(workers.get_script_settings, client, worker)),
    }
    if with_crons:
        calls["crons"] = partial(workers.get_schedules, client, worker)
    found = run_side_by_side(calls)
    subdomain = found["subdomain"] or {}
    return DeployedTriggers(
        workers_dev=subdomain.get("enabled"),
        previews=subdomain.get("previews_enabled"),
        crons=found.get("crons"),
        settings=found["settings"],
        tags=tuple(tags),
    )


def _asked(call: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The result of the call; None if the token may not read it. It can still be set."""
    try:
        return call()
    except ApiError:
        return None


def plan_triggers(
    worker: str,
    wanted: Triggers,
    deployed: DeployedTriggers | None,
    *,
    takes_domains: bool,
    upload: bool,
    makes_version_first: bool,
) -> TriggersPlan:
    """Decide what is set. `deployed` is None for a Worker that does not exist.

    `upload` says whether the deploy uploads a version, `makes_version_first` whether that upload leaves the
    script settings to a request of their own.
    """
    settings = _plan_settings(wanted, deployed, upload=upload, makes_version_first=makes_version_first)
    sets_crons = wanted.crons is not None and (deployed is None or deployed.crons != wanted.crons)
    changes = [] if deployed is None else list(_differences(wanted, deployed))
    if sets_crons:
        changes.append(f"set schedules: {', '.join(wanted.crons or ()) or '(none)'}")
    consumers = list(differing(wanted.consumers, deployed.consumers if deployed else {}))
    changes += [f"consume queue {name}" for name in consumers]
    return TriggersPlan(
        worker=worker,
        settings=settings or None,
        workers_dev=wanted.workers_dev,
        previews=wanted.previews,
        routes=wanted.routes,
        takes_domains=takes_domains,
        crons=wanted.crons if sets_crons else None,
        workflows=wanted.workflows,
        consumers={name: wanted.consumers[name] for name in consumers},
        changes=tuple(changes),
        is_unseen=bool(wanted.routes.targets or wanted.workflows)
        or (deployed is not None and not deployed.is_known),
    )


def _plan_settings(
    wanted: Triggers, deployed: DeployedTriggers | None, *, upload: bool, makes_version_first: bool
) -> dict[str, Any]:
    """The script settings to send. An upload in one step has all of them but the tags."""
    tags = wanted.tags(deployed.tags if deployed else ())
    differ = deployed is not None and (deployed.settings is None or any(_differing(wanted, deployed)))
    settings = dict(wanted.settings) if makes_version_first or (differ and not upload) else {}
    if makes_version_first or tags != (deployed.tags if deployed else ()):
        settings["tags"] = list(tags)
    return settings


def _differences(wanted: Triggers, deployed: DeployedTriggers) -> Iterator[str]:
    by_default = {wanted.workers_dev, not wanted.routes.targets}
    possible = by_default if wanted.previews is None else {wanted.previews}
    if deployed.workers_dev not in (None, wanted.workers_dev):
        yield f"switch the workers.dev address {_on(wanted.workers_dev)}"
    if deployed.previews is not None and deployed.previews not in possible:
        yield f"switch preview URLs {_on(not deployed.previews)}"
    names = [
        *_differing(wanted, deployed),
        *(["tags"] if wanted.tags(deployed.tags) != deployed.tags else []),
    ]
    if names:
        yield f"set {', '.join(f'`{name}`' for name in names)}"


def _on(value: bool) -> str:
    return "on" if value else "off"


def _differing(wanted: Triggers, deployed: DeployedTriggers) -> Iterator[str]:
    """The script settings that the API is known to have otherwise; it may say more of each."""
    known = deployed.settings
    if known is not None:
        yield from (name for name, value in wanted.settings.items() if not _contains(known.get(name), value))


def _contains(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        fields = found if isinstance(found, Mapping) else {}
        return all(_contains(fields.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list | tuple):
        entries = found if isinstance(found, list | tuple) else ()
        return len(entries) == len(wanted) and all(map(_contains, entries, wanted))
    return bool(found == wanted) or (not found and not wanted)
