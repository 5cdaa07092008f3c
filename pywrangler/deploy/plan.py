"""The plan of a deploy: what changes, as data that can be printed, compared and applied.

`plan_deploy` decides from the configuration, the bundle, the images and what is deployed; it calls nobody.
Applying a plan takes no further decision (`pywrangler.deploy.apply`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pywrangler.cloudflare.workers import Namespace
from pywrangler.config.records import Configuration, Container
from pywrangler.deploy.applications import (
    Difference,
    application_body,
    differences,
    modify_request,
    rollout_request,
    shorten_digests,
)
from pywrangler.deploy.bundle import Bundle
from pywrangler.deploy.metadata import content_tag, merge_service_tags, plan_migrations, upload_metadata
from pywrangler.errors import PywranglerError
from pywrangler.sensitive import Sensitive

Rollout = Literal["gradual", "immediate", "none"]


@dataclass(frozen=True)
class Options:
    """What the command line says about a deploy, beyond the configuration."""

    rollout: Rollout = "gradual"
    """`none` leaves containers alone altogether: nothing is built, changed or brought up."""
    keep_vars: bool = False
    secrets: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    variables: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    """Of `.dev.vars`, for the local platform only: in place of `vars` of the same names, and gone from the
    Worker when they are gone from the file.
    """
    tag: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class DeployedWorker:
    """The Worker as it is deployed."""

    migration_tag: str | None = None
    content_tag: str | None = None
    """`workers/tag` of the version that serves all requests; None when it has none."""
    version_id: str | None = None
    tags: tuple[str, ...] = ()
    crons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observed:
    """What there is before a deploy."""

    worker: DeployedWorker | None
    applications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By name, as the API returns them."""
    namespaces: Sequence[Namespace] = ()
    """All Durable Object namespaces of the account."""

    def namespace_id(self, worker: str, class_name: str) -> str | None:
        """The id of the namespace of a Worker's class, if it has one."""
        for namespace in self.namespaces:
            if namespace.script == worker and namespace.class_name == class_name:
                return namespace.id
        return None


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
    rollout: Mapping[str, Any]

    sign, verb = "~", "modify"

    def lines(self) -> list[str]:
        """The change, field by field."""
        changed = [f"    {difference}" for difference in self.differences]
        return [*super().lines(), *changed, "    then replace running instances"]


@dataclass(frozen=True)
class Plan:
    """Everything a deploy does, in the order of the fields."""

    worker: str
    upload: Mapping[str, Any] | None = field(repr=False)
    """The metadata to upload with the bundle's modules; None keeps the version that is deployed."""
    tags: tuple[str, ...] | None
    """The Worker's tags to set; None leaves them."""
    applications: tuple[ApplicationChange, ...]
    workers_dev: bool | None
    """Whether to switch the Worker's public address on or off; None leaves it."""
    crons: tuple[str, ...] | None
    """The schedules to set; None leaves them."""
    is_new: bool = False

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
        for change in self.applications:
            lines += change.lines()
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
) -> Plan:
    """Decide what a deploy changes.

    `images` gives the reference of every container's image by application name. `resolve_image` completes
    short references to images in the managed registry. `service` is the Worker's name without its
    environment's suffix, None where the configuration defines no environments.
    """
    deployed = observed.worker
    containers = () if options.rollout == "none" else configuration.containers
    applications = tuple(
        _plan_application(configuration, container, images[container.name], observed, options, resolve_image)
        for container in containers
    )
    tags = merge_service_tags(deployed.tags if deployed else (), service, configuration.environment)
    return Plan(
        worker=configuration.name,
        upload=_plan_upload(configuration, bundle, deployed, options),
        tags=tags if tags != (deployed.tags if deployed else ()) else None,
        applications=applications,
        workers_dev=configuration.workers_dev if configuration.workers_dev is not None else True,
        crons=_plan_crons(configuration, deployed),
        is_new=deployed is None,
    )


def _plan_upload(
    configuration: Configuration, bundle: Bundle, deployed: DeployedWorker | None, options: Options
) -> dict[str, Any] | None:
    metadata = upload_metadata(
        configuration,
        bundle,
        keep_vars=options.keep_vars,
        secrets=options.secrets,
        variables=options.variables,
    )
    tag = options.tag or content_tag(metadata, bundle)
    migrations = plan_migrations(configuration.migrations, deployed.migration_tag if deployed else None)
    must_upload = migrations or options.tag or options.message or options.secrets
    if deployed is not None and deployed.content_tag == tag and not must_upload:
        return None
    if migrations is not None:
        metadata["migrations"] = migrations
    metadata["annotations"] = {"workers/tag": tag} | (
        {"workers/message": options.message} if options.message else {}
    )
    return metadata


def _plan_crons(configuration: Configuration, deployed: DeployedWorker | None) -> tuple[str, ...] | None:
    if configuration.crons is None or (deployed is not None and deployed.crons == configuration.crons):
        return None
    if not configuration.crons and deployed is None:
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
        return CreateApplication(container, body)
    _refuse_foreign(configuration.name, container, previous, observed)
    changed = tuple(differences(previous, body, resolve_image))
    if not changed or container.rollout_kind == "none":
        return KeepApplication(container, body, str(previous["id"]))
    return ModifyApplication(
        container,
        body,
        str(previous["id"]),
        changed,
        modify_request(body),
        rollout_request(container, body, immediate=options.rollout == "immediate"),
    )


def _refuse_foreign(
    worker: str, container: Container, previous: Mapping[str, Any], observed: Observed
) -> None:
    """An application belongs to one namespace for good; another one's name cannot be taken over."""
    theirs = (previous.get("durable_objects") or {}).get("namespace_id")
    ours = observed.namespace_id(worker, container.class_name)
    if theirs is not None and theirs == ours:
        return
    if ours is None and observed.worker is not None and not observed.namespaces:
        return  # the account does not list its namespaces; the API decides
    owner = next((namespace for namespace in observed.namespaces if namespace.id == theirs), None)
    whose = f"class {owner.class_name} of Worker {owner.script}" if owner else "a Durable Object that is gone"
    raise PywranglerError(
        f"There is already an application named {container.name}, and it belongs to {whose}.",
        hint="Give this container another `name`, or remove that application: "
        f"pywrangler containers delete {previous['id']}",
        code="application-name-taken",
    )
