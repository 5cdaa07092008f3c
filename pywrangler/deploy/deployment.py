"""One deploy, from a checked configuration to instances that answer.

`Deployment.run` reads as its table of contents: bundle, look, build, publish, plan, apply, bring up. Where
images go and how instances are proved differs between the two clouds, so that comes with the `Cloud` it is
given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from functools import partial
from typing import Any, Protocol

from pywrangler.cloudflare.client import Client
from pywrangler.config.records import Configuration, Container
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.plan import CreateApplication
from pywrangler.deploy.apply import Applied, apply_plan, create_managed, upload_alone
from pywrangler.deploy.assets.files import AssetDirectory, collect_assets
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.deploy.images.units import image_units
from pywrangler.deploy.observe import observe
from pywrangler.deploy.plan import Plan, plan_deploy
from pywrangler.deploy.readiness.rollouts import Begun
from pywrangler.deploy.records import DeploySettings, Observed
from pywrangler.deploy.side_by_side import begin, run_side_by_side
from pywrangler.deploy.worker.address import move_worker
from pywrangler.deploy.worker.class_names import declares_classes
from pywrangler.deploy.worker.metadata import unknown_migration
from pywrangler.deploy.worker.tail_consumers import describe_missing
from pywrangler.errors import NotReadyError, PywranglerError


class DeployImages(Protocol):
    """Makes the images of containers available to a cloud."""

    def plan(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """References by application name as a dry run shows them; nothing is built or pushed."""

    def check_account(self, containers: Sequence[Container]) -> None:
        """Raise `ApiError` if the account must not use containers."""

    def prepare(self, containers: Sequence[Container]) -> None:
        """Build or find every image on this machine."""

    def publish(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """Put every image where the cloud takes it from; the references by application name."""

    def resolve(self, reference: str) -> str:
        """A reference with its registry, where it was left out."""


class Readiness(Protocol):
    """Waits until the deployed containers run."""

    def wait(self, configuration: Configuration, rollouts: Mapping[str, Begun]) -> list[NotReadyError]:
        """Wait until the rollouts are over and the configuration's containers run; what did not."""


class Reporter(Protocol):
    """Gets the progress of a deploy."""

    def say(self, text: str) -> None:
        """A step begins."""

    def warn(self, text: str) -> None:
        """Something is deployed in an unexpected way."""

    def planned(self, plan: Plan) -> None:
        """This is what changes."""


@dataclass(frozen=True)
class Cloud:
    """The target of a deploy. `client` is None for a dry run without a login or a platform."""

    client: Client | None
    images: DeployImages
    readiness: Readiness | None
    """None if the deploy does not wait."""
    is_local: bool = False
    """Whether this is the local platform."""


@dataclass
class Outcome:
    """The result of a deploy. `seconds` are by phase."""

    plan: Plan
    version_id: str | None
    applications: dict[str, dict[str, Any]]
    """As the API returned them, by name."""
    worker_tag: str | None = None
    """The API's own name for the Worker, where there was one before."""
    subdomain: str | None = None
    """The account's part of workers.dev addresses, at Cloudflare."""
    not_ready: list[NotReadyError] = field(default_factory=list)
    is_awaited: bool = False
    """Whether the deploy waited for its end."""
    rollouts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Those that the deploy began, by application name."""
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Uploaded:
    """A version as the API returned it, and the images of its containers by application name."""

    version: Mapping[str, Any]
    images: Mapping[str, str]
    worker_tag: str | None


class Deployment:
    """One deploy of one configuration to one cloud."""

    def __init__(
        self,
        configuration: Configuration,
        options: DeploySettings,
        cloud: Cloud,
        make_bundle: Callable[[], Bundle],
        reporter: Reporter,
    ) -> None:
        self.configuration = configuration
        self.options = options
        self.cloud = cloud
        self.reporter = reporter
        self.seconds: dict[str, float] = {}
        self._make_bundle = make_bundle

    def dry_run(self) -> Plan:
        """The plan of a deploy; nothing is built, pushed or changed."""
        bundle, assets, observed = self._look(is_dry=True)
        images = self.cloud.images.plan(self._containers())
        return self._plan(bundle, assets, observed, images)

    def run(self) -> Outcome:
        """Deploy. Raises `PywranglerError`; the cloud is then as it was, or as the message says."""
        bundle, assets, observed = self._look()
        with self._phase("images"):
            self.cloud.images.prepare(self._containers())
        with self._phase("publish"):
            images = self.cloud.images.publish(self._containers())
        plan = self._plan(bundle, assets, observed, images)
        self.reporter.planned(plan)
        applied = self._apply(plan, bundle)
        outcome = Outcome(
            plan,
            applied.version_id or (observed.worker.version_id if observed.worker else None),
            self._applications(plan, observed, applied),
            worker_tag=observed.worker.tag if observed.worker else None,
            subdomain=observed.subdomain,
            rollouts=applied.rollouts,
            seconds=self.seconds,
        )
        if self.cloud.readiness is not None:
            outcome.is_awaited = True
            with self._phase("bring-up"):
                planned = tuple(change.container for change in plan.applications)
                here = replace(self.configuration, containers=planned)
                rollouts = {**plan.unfinished, **applied.rollouts}
                begun = {name: Begun(outcome.applications[name], each) for name, each in rollouts.items()}
                outcome.not_ready = self.cloud.readiness.wait(here, begun)
        return outcome

    def upload(self) -> Uploaded:
        """Upload a version that serves no requests yet. Raises `PywranglerError`."""
        bundle, assets, observed = self._look()
        client = self.cloud.client
        if observed.worker is None or client is None:
            raise PywranglerError(
                f"There is no Worker {self.configuration.name} to upload a version of.",
                hint="Deploy it first: `pywrangler deploy`.",
                code="no-worker",
            )
        with self._phase("images"):
            self.cloud.images.prepare(self._containers())
        with self._phase("publish"):
            images = self.cloud.images.publish(self._containers())
        plan = self._plan(bundle, assets, observed, images)
        if "migrations" in (plan.upload or {}):
            raise PywranglerError(
                "The configuration has migrations that are not applied yet, and an upload applies none.",
                hint="Apply them with `pywrangler deploy`.",
                code="pending-migrations",
            )
        for change in plan.applications:
            if isinstance(change, CreateApplication) and not change.container.every_image:
                raise PywranglerError(
                    f"The container {change.container.name} has no images and no application yet.",
                    hint="Create it with `pywrangler deploy`, or name an image in `images`.",
                    code="no-application",
                )
        with self._phase("apply"):
            version = upload_alone(client, plan, bundle, self.reporter.say)
            if not declares_classes(self.configuration):  # otherwise the namespaces come with the deployment
                create_managed(client, plan, str(version["id"]), self.reporter.say)
        return Uploaded(version, images, observed.worker.tag)

    def _containers(self) -> tuple[Container, ...]:
        """Those that have an image, once for each image."""
        if self.options.rollout == "none":
            return ()
        return image_units(self.configuration.name, self.configuration.containers)

    def _look(self, *, is_dry: bool = False) -> tuple[Bundle, AssetDirectory | None, Observed]:
        """What is to be deployed, and what is: the bundler works while the cloud's answers come."""
        if self.configuration.build is not None:
            # It may take minutes, and what is deployed must not be older than the decision about it.
            bundle, assets = self._bundle(), self._collect_assets()
            return bundle, assets, self._warned(self._observe(is_dry=is_dry))
        wait = begin(partial(self._observe, is_dry=is_dry))
        bundle, assets = self._bundle(), self._collect_assets()
        return bundle, assets, self._warned(wait())

    def _bundle(self) -> Bundle:
        with self._phase("bundle"):
            return self._make_bundle()

    def _collect_assets(self) -> AssetDirectory | None:
        if self.configuration.assets is None:
            return None
        with self._phase("assets"):
            found = collect_assets(self.configuration.assets)
        if found.withheld:
            self.reporter.warn(found.describe_withheld())
        return found

    def _observe(self, *, is_dry: bool) -> Observed:
        if self.cloud.client is None:
            return Observed(None, is_local=self.cloud.is_local)
        look = partial(
            observe,
            self.cloud.client,
            self.configuration,
            is_local=self.cloud.is_local,
            dispatch_namespace=self.options.dispatch_namespace,
        )
        check = partial(self.cloud.images.check_account, self._containers())
        calls: dict[str, Callable[[], Any]] = {"look": look} | ({} if is_dry else {"check": check})
        with self._phase("observe"):
            found: Observed = run_side_by_side(calls)["look"]
        return found

    def _warned(self, found: Observed) -> Observed:
        """What was observed, after warnings about it."""
        applied_tag = found.worker.migration_tag if found.worker else None
        if warning := unknown_migration(self.configuration.migrations, applied_tag):
            self.reporter.warn(warning)
        for name in found.missing_consumers:
            self.reporter.warn(describe_missing(name))
        return found

    def _plan(
        self, bundle: Bundle, assets: AssetDirectory | None, observed: Observed, images: Mapping[str, str]
    ) -> Plan:
        return plan_deploy(
            self.configuration,
            bundle,
            images,
            observed,
            self.options,
            resolve_image=self.cloud.images.resolve,
            service=self.configuration.top_level_name if self.configuration.has_environments else None,
            assets=assets,
        )

    def _apply(self, plan: Plan, bundle: Bundle) -> Applied:
        if not plan.has_work or self.cloud.client is None:
            return Applied()
        with self._phase("apply"):
            applied = apply_plan(self.cloud.client, plan, bundle, self.reporter.say)
            if plan.address is not None:
                file = self.configuration.file.name
                if problem := move_worker(self.cloud.client, plan.worker, plan.address, file):
                    self.reporter.warn(problem)
            return applied

    def _applications(self, plan: Plan, observed: Observed, applied: Applied) -> dict[str, dict[str, Any]]:
        names = (change.container.name for change in plan.applications)
        kept = {name: dict(observed.applications[name]) for name in names if name in observed.applications}
        return kept | applied.applications

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        begin = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - begin
            self.seconds[name] = round(self.seconds.get(name, 0.0) + taken, 3)
