"""The plan of a deploy: what changes, as data that can be printed, compared and applied.

`plan_deploy` decides from the configuration, the bundle, the images and what is deployed; it sends no
requests. Applying a plan takes no further decision (`pywrangler.deploy.apply`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from pywrangler.cloudflare.workers import dispatched
from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.plan import (
    ApplicationChange,
    KeepApplication,
    is_elsewhere,
    plan_application,
    plan_managed,
)
from pywrangler.deploy.assets.files import AssetDirectory
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.deploy.images.units import named_images
from pywrangler.deploy.provisioning.wanted import NewResource, Provisioning, plan_provisioning
from pywrangler.deploy.records import DeploySettings, Observed
from pywrangler.deploy.worker.address import AddressChange, plan_address
from pywrangler.deploy.worker.kv_namespaces import (
    ChosenNamespace,
    chosen_namespaces_to_make,
    titled_namespaces_to_make,
)
from pywrangler.deploy.worker.resources import Resource, resources_to_make
from pywrangler.deploy.worker.triggers import TriggersPlan, no_triggers, plan_triggers, wanted_triggers
from pywrangler.deploy.worker.upload_plan import makes_version_first, plan_upload


@dataclass(frozen=True)
class Plan:
    """Everything a deploy does, in the order of the fields."""

    worker: str
    upload: Mapping[str, Any] | None = field(repr=False)
    """The metadata to upload with the bundle's modules; None keeps the version that is deployed."""
    makes_version_first: bool
    """Whether the upload makes a version that is deployed in a second step."""
    new_namespaces: Mapping[str, str]
    """KV namespaces to make before the upload, titles by binding."""
    assets: AssetDirectory | None
    """The static files that the upload names; those that are missing are uploaded before it."""
    applications: tuple[ApplicationChange, ...]
    triggers: TriggersPlan
    """What calls the Worker, and its settings beside the version."""
    dispatch_namespace: str | None = None
    """The dispatch namespace that the Worker is in."""
    version_id: str | None = None
    """The version that is deployed before."""
    is_new: bool = False
    address: AddressChange | None = None
    """Where the Worker is to listen on the local platform, once it runs; None leaves it where it is."""
    chosen_namespaces: tuple[ChosenNamespace, ...] = ()
    """KV namespaces to make under the configuration's ids, before the upload; on the local platform only."""

    provisioned: tuple[NewResource, ...] = ()
    """What bindings lead to and is made at Cloudflare, before the upload."""
    named_images: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The images that classes choose from, by class and by name."""
    new_resources: tuple[Resource, ...] = ()
    """What bindings lead to and the local platform must make, before the upload."""

    @property
    def is_unchanged(self) -> bool:
        """Whether the Worker, its applications and its triggers are known to be as wanted."""
        keeps_all = all(isinstance(change, KeepApplication) for change in self.applications)
        changes = self.upload or self.triggers.changes or self.made_first or self.address
        return keeps_all and not changes

    @property
    def made_first(self) -> tuple[ChosenNamespace | Resource | NewResource, ...]:
        """What is made before the upload, by names and ids that the configuration chose."""
        return (*self.chosen_namespaces, *self.new_resources, *self.provisioned)

    @property
    def has_work(self) -> bool:
        """Whether something must be sent: a change, or what the API does not tell."""
        return not self.is_unchanged or self.triggers.is_unseen

    @property
    def unfinished(self) -> Mapping[str, Mapping[str, Any]]:
        """Rollouts of earlier deploys that are not over, by application name."""
        return {c.container.name: c.unfinished for c in self.applications if c.unfinished is not None}

    def lines(self) -> list[str]:
        """The plan in words."""
        verb = "create" if self.is_new else "update"
        sign = "+" if self.is_new else "~"
        lines = [f"{sign} {verb} Worker {self.worker}" if self.upload else f"= keep Worker {self.worker}"]
        if self.upload and self.assets:
            lines.append(f"    static assets: {self.assets.describe()}")
        lines += [f"+ create KV namespace {title} ({name})" for name, title in self.new_namespaces.items()]
        lines += [each.describe() for each in self.made_first]
        for change in self.applications:
            lines += change.lines()
        lines += self.triggers.lines()
        return [*lines, self.address.describe()] if self.address else lines


def plan_deploy(
    configuration: Configuration,
    bundle: Bundle,
    images: Mapping[str, str],
    observed: Observed,
    options: DeploySettings,
    *,
    resolve_image: Callable[[str], str],
    service: str | None = None,
    assets: AssetDirectory | None = None,
) -> Plan:
    """Decide what a deploy changes.

    `images` gives the reference of every container's image by the names of `image_units`. `resolve_image`
    completes short references to images in the managed registry. `service` is the Worker's name without its
    environment's suffix, None if the configuration defines no environments. `assets` are the Worker's
    static files.
    """
    deployed, dispatch = observed.worker, options.dispatch_namespace
    provisioning = Provisioning(configuration)
    if not observed.is_local:
        provisioning = plan_provisioning(configuration, observed.account)
        configuration = provisioning.configuration
    containers = () if options.rollout == "none" else configuration.containers
    applications = tuple(
        plan_managed(configuration, container, observed)
        if container.is_managed
        else plan_application(
            configuration, container, images[container.name], observed, options, resolve_image
        )
        for container in containers
        if not is_elsewhere(configuration, container, observed)
    )
    wanted = wanted_triggers(configuration, service)
    upload = (
        plan_upload(configuration, bundle, observed, options, assets, provisioning, images)
        if deployed is None or not options.images_only
        else None
    )
    version_first = (
        dispatch is None and upload is not None and makes_version_first(configuration, deployed, upload)
    )
    if upload is not None and version_first:
        upload.pop("code_update_strategy", None)  # the deployment says it
    managed = [each for each in containers if each.is_managed]
    return Plan(
        named_images=named_images(configuration.name, managed, images),
        worker=dispatched(configuration.name, dispatch),
        dispatch_namespace=dispatch,
        upload=upload,
        makes_version_first=version_first,
        assets=assets,
        new_namespaces=titled_namespaces_to_make(configuration, observed) if upload is not None else {},
        applications=applications,
        triggers=no_triggers(configuration.name)
        if dispatch
        else plan_triggers(
            configuration.name,
            wanted,
            deployed.triggers if deployed else None,
            takes_domains=options.takes_domains,
            upload=upload is not None,
            makes_version_first=version_first,
        ),
        version_id=deployed.version_id if deployed else None,
        is_new=deployed is None,
        chosen_namespaces=chosen_namespaces_to_make(configuration, observed),
        address=plan_address(configuration.dev, deployed.address if deployed else None)
        if observed.is_local and not dispatch
        else None,
        provisioned=provisioning.new if upload is not None else (),
        new_resources=resources_to_make(configuration, observed.resources, is_local=observed.is_local),
    )
