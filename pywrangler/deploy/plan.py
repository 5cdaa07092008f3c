"""The plan of a deploy: what changes, as data that can be printed, compared and applied.

`plan_deploy` decides from the configuration, the bundle, the images and what is deployed; it calls nobody.
Applying a plan takes no further decision (`pywrangler.deploy.apply`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pywrangler.config.records import Configuration, Container
from pywrangler.deploy.applications import (
    Difference,
    application_body,
    differences,
    modify_request,
    rollout_request,
    shorten_digests,
)
from pywrangler.deploy.assets import AssetFolder
from pywrangler.deploy.bundle import Bundle
from pywrangler.deploy.class_names import is_awaited, origins
from pywrangler.deploy.metadata import merge_service_tags
from pywrangler.deploy.observability import is_immediate
from pywrangler.deploy.records import DeployedWorker, Observed, Options
from pywrangler.deploy.routes import Routes, plan_routes
from pywrangler.deploy.upload_plan import kv_namespaces_to_make, makes_version_first, plan_upload
from pywrangler.deploy.worker_settings import unversioned_settings
from pywrangler.errors import PywranglerError


@dataclass(frozen=True)
class ApplicationChange:
    """What happens to the application of one container. `body` is how it shall be, without its namespace."""

    container: Container
    body: Mapping[str, Any]

    sign: ClassVar[str]
    verb: ClassVar[str]

    def lines(self) -> list[str]:
        """The change as people read it."""
        return [f"{self.sign} {self.verb} application {self.container.name} ({self.container.class_name})"]


@dataclass(frozen=True)
class CreateApplication(ApplicationChange):
    """The application is new; its namespace is known once the Worker is uploaded."""

    sign, verb = "+", "create"

    def lines(self) -> list[str]:
        """The change, with the image to start."""
        return [*super().lines(), f"    image: {shorten_digests(self.body['configuration']['image'])}"]


@dataclass(frozen=True)
class KeepApplication(ApplicationChange):
    """The application is as it shall be, or must not be touched."""

    application_id: str

    sign, verb = "=", "keep"


@dataclass(frozen=True)
class ModifyApplication(ApplicationChange):
    """The application changes, and its running instances are replaced."""

    application_id: str
    differences: tuple[Difference, ...]
    modification: Mapping[str, Any]
    rollout: Mapping[str, Any] | None
    """None where running instances need no replacement."""

    sign, verb = "~", "modify"

    def lines(self) -> list[str]:
        """The change, field by field."""
        changed = [f"    {difference}" for difference in self.differences]
        replaced = ["    then replace running instances"] if self.rollout is not None else []
        return [*super().lines(), *changed, *replaced]


@dataclass(frozen=True)
class Plan:
    """Everything a deploy does, in the order of the fields."""

    worker: str
    upload: Mapping[str, Any] | None = field(repr=False)
    """The metadata to upload with the bundle's modules; None keeps the version that is deployed."""
    settings: Mapping[str, Any] | None = field(repr=False)
    """Set for an upload that makes a version first and deploys it then, with what stands beside the version;
    None for an upload in one step.
    """
    new_namespaces: Mapping[str, str]
    """KV namespaces to make before the upload, titles by binding."""
    assets: AssetFolder | None
    """The static files that the upload names; those that are missing are uploaded before it."""
    tags: tuple[str, ...] | None
    """The Worker's tags to set; None leaves them."""
    applications: tuple[ApplicationChange, ...]
    workers_dev: bool | None
    """Whether to switch the Worker's public address on or off; None leaves it."""
    preview_urls: bool | None
    """The same for addresses of its versions."""
    routes: Routes
    """Routes and custom domains to set; none leaves them."""
    takes_domains: bool
    """Whether custom domains that lead elsewhere are taken over."""
    crons: tuple[str, ...] | None
    """The schedules to set; None leaves them."""
    is_new: bool = False

    def addresses(self, subdomain: str | None) -> list[str]:
        """Where the Worker answers on Cloudflare: on the account's subdomain, if there it does, by its custom
        domains, and by its routes, which stay patterns.
        """
        own = [f"https://{self.worker}.{subdomain}.workers.dev"] if subdomain and self.workers_dev else []
        domains = [f"https://{domain['hostname']}" for domain in self.routes.domains]
        return [*own, *domains, *(str(route["pattern"]) for route in self.routes.patterns)]

    @property
    def is_unchanged(self) -> bool:
        """Whether applying it would change nothing."""
        settings = (self.upload, self.tags, self.crons)
        return all(setting is None for setting in settings) and all(
            isinstance(change, KeepApplication) for change in self.applications
        )

    def lines(self) -> list[str]:
        """The plan as people read it."""
        verb = "create" if self.is_new else "update"
        sign = "+" if self.is_new else "~"
        lines = [f"{sign} {verb} Worker {self.worker}" if self.upload else f"= keep Worker {self.worker}"]
        if self.upload and self.assets:
            lines.append(f"    static assets: {self.assets.describe()}")
        lines += [f"+ create KV namespace {title} ({name})" for name, title in self.new_namespaces.items()]
        for change in self.applications:
            lines += change.lines()
        lines += [f"~ set route {target}" for target in self.routes.targets]
        if self.crons is not None:
            lines.append(f"~ set schedules: {', '.join(self.crons) or '(none)'}")
        return lines


def plan_deploy(
    configuration: Configuration,
    bundle: Bundle,
    images: Mapping[str, str],
    observed: Observed,
    options: Options,
    *,
    resolve_image: Callable[[str], str],
    service: str | None = None,
    assets: AssetFolder | None = None,
) -> Plan:
    """Decide what a deploy changes.

    `images` gives the reference of every container's image by application name. `resolve_image` completes
    short references to images in the managed registry. `service` is the Worker's name without its
    environment's suffix, None where the configuration defines no environments. `assets` are the Worker's
    static files.
    """
    deployed = observed.worker
    containers = () if options.rollout == "none" else configuration.containers
    applications = tuple(
        _plan_application(configuration, container, images[container.name], observed, options, resolve_image)
        for container in containers
        if not _is_elsewhere(configuration, container, observed)
    )
    environment = configuration.environment or configuration.target_environment
    tags = merge_service_tags(deployed.tags if deployed else (), service, environment)
    routes = plan_routes(configuration)
    upload = plan_upload(configuration, bundle, observed, options, assets)
    settings = None
    if upload is not None and makes_version_first(configuration, deployed, upload):
        del upload["code_update_strategy"]  # the deployment says it
        settings = unversioned_settings(configuration) | {"tags": list(tags)}
    return Plan(
        worker=configuration.name,
        upload=upload,
        settings=settings,
        assets=assets,
        new_namespaces=kv_namespaces_to_make(configuration, observed) if upload is not None else {},
        tags=tags if settings is None and tags != (deployed.tags if deployed else ()) else None,
        applications=applications,
        workers_dev=not routes.targets if configuration.workers_dev is None else configuration.workers_dev,
        preview_urls=configuration.cloudflare.get("preview_urls"),
        routes=routes,
        takes_domains=options.takes_domains,
        crons=_plan_crons(configuration, deployed),
        is_new=deployed is None,
    )


def _plan_crons(configuration: Configuration, deployed: DeployedWorker | None) -> tuple[str, ...] | None:
    if configuration.crons is None or (deployed is not None and deployed.crons == configuration.crons):
        return None
    return configuration.crons


def _plan_application(
    configuration: Configuration,
    container: Container,
    image: str,
    observed: Observed,
    options: Options,
    resolve_image: Callable[[str], str],
) -> ApplicationChange:
    previous = observed.applications.get(container.name)
    body = application_body(configuration, container, image, previous)
    if previous is None:
        _refuse_second(configuration, container, observed)
        return CreateApplication(container, body)
    _refuse_foreign(configuration, container, previous, observed)
    changed = tuple(differences(previous, body, resolve_image))
    if not changed or container.rollout_kind == "none":
        return KeepApplication(container, body, str(previous["id"]))
    needs_rollout = any(not is_immediate(difference.field) for difference in changed)
    immediate = options.rollout == "immediate"
    return ModifyApplication(
        container,
        body,
        str(previous["id"]),
        changed,
        modify_request(body),
        rollout_request(container, body, immediate=immediate) if needs_rollout else None,
    )


def _is_elsewhere(configuration: Configuration, container: Container, observed: Observed) -> bool:
    """Whether another Worker has the class for now, and with it the application."""
    is_here = observed.namespace_id(configuration.name, container.class_name) is not None
    return is_awaited(configuration, container.class_name) and not is_here


def _namespaces(configuration: Configuration, container: Container, observed: Observed) -> set[str]:
    """Ids of the namespaces that are the container's class by now, or become it by this deploy."""
    found = (observed.namespace_id(*origin) for origin in origins(configuration, container.class_name))
    return {namespace_id for namespace_id in found if namespace_id is not None}


def _refuse_second(configuration: Configuration, container: Container, observed: Observed) -> None:
    """A class that was renamed or transferred keeps its application, which keeps its name."""
    ours = _namespaces(configuration, container, observed)
    for name, application in observed.applications.items():
        if (application.get("durable_objects") or {}).get("namespace_id") in ours:
            raise PywranglerError(
                f"The class {container.class_name} has an application already, named {name}.",
                hint=f'Write "name": "{name}" in the entry of "containers", or remove that application with'
                f" its containers: pywrangler containers delete {application['id']}",
                code="application-renamed",
            )


def _refuse_foreign(
    configuration: Configuration, container: Container, previous: Mapping[str, Any], observed: Observed
) -> None:
    """An application belongs to one namespace for good; another one's name cannot be taken over."""
    theirs = (previous.get("durable_objects") or {}).get("namespace_id")
    ours = _namespaces(configuration, container, observed)
    if theirs in ours:
        return
    if not ours and observed.worker is not None and not observed.namespaces:
        return  # the account does not list its namespaces; the API decides
    owner = next((namespace for namespace in observed.namespaces if namespace.id == theirs), None)
    whose = f"class {owner.class_name} of Worker {owner.script}" if owner else "a Durable Object that is gone"
    raise PywranglerError(
        f"There is already an application named {container.name}, and it belongs to {whose}.",
        hint="Give this container another `name`, or remove that application: "
        f"pywrangler containers delete {previous['id']}",
        code="application-name-taken",
    )
