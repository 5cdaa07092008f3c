"""Images for Cloudflare: built here, pushed to the account's part of the managed registry, pinned."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.containers import account_limits
from pywrangler.cloudflare.registries import Credentials
from pywrangler.config.records import Container, DockerfileImage, RegistryImage
from pywrangler.deploy.images.builds import Builds
from pywrangler.deploy.images.managed_registry import ManagedRegistry
from pywrangler.deploy.images.preparation import wait_until_prepared
from pywrangler.deploy.readiness.readiness import NewTask, ReadinessProgress
from pywrangler.deploy.side_by_side import run_side_by_side
from pywrangler.errors import ApiError
from pywrangler.image_names import repository_of
from pywrangler.images.inspect import check_size
from pywrangler.images.push import find_pushable, named
from pywrangler.images.pushed import recall_digest, remember_digest
from pywrangler.images.records import BuiltImage
from pywrangler.images.reference import Reference, parse_reference
from pywrangler.images.store import ImageFacts

REFUSED = (401, 403)
"""The statuses that say that the account, or the token, must not use containers."""

FRESH_SECONDS = 60.0


class RegistryImages:
    """Builds images and pushes those that the managed registry does not have; others stay where they are."""

    def __init__(self, builds: Builds, registry: ManagedRegistry, new_task: NewTask) -> None:
        self._builds = builds
        self._registry = registry
        self._new_task = new_task
        self._built: dict[str, BuiltImage] = {}
        self._credentials: tuple[float, Credentials] | None = None
        """Credentials, and when they were asked for."""

    def plan(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """References that are known, and words for the images that a deploy would build or push."""
        return {container.name: self._planned(container) for container in containers}

    def check_account(self, containers: Sequence[Container]) -> None:
        """Ask whether the account may use containers at all; and, at the same time, for the credentials that
        tell whether the registry has the images.
        """
        if self._registry.client is None or not containers:
            return
        calls: dict[str, Callable[[], None]] = {
            "allowed": partial(_ask_whether_allowed, self._registry.client, containers)
        }
        if any(isinstance(container.image, DockerfileImage) for container in containers):
            calls["credentials"] = self._ask_for_credentials
        run_side_by_side(calls)

    def prepare(self, containers: Sequence[Container]) -> None:
        """Build what changed, all at once."""
        self._built = self._builds.build(containers)
        for container in containers:
            if container.name in self._built:
                image = find_pushable(self._builds.engine, self._built[container.name].image_id)
                check_size(image, self._built[container.name].tag, container.instance_type.disk_mb)

    def publish(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """Push at the same time what the registry does not have; every image by its digest."""
        references = self._publish(containers)
        for container in containers:
            if container.is_managed and self._registry.client is not None:
                task = self._new_task(f"Preparation of {container.name}")
                wait_until_prepared(self._registry.client, references[container.name])
                task.done("ready to run")
        return references

    def _publish(self, containers: Sequence[Container]) -> Mapping[str, str]:
        references = {
            container.name: str(self._registry.complete(container.image.reference))
            for container in containers
            if isinstance(container.image, RegistryImage)
        }
        if not self._built:
            return references
        credentials = self._fresh_credentials()
        present = run_side_by_side({name: partial(self._find, name, credentials) for name in self._built})
        found = {name: str(reference) for name, reference in present.items() if reference is not None}
        for name in found:
            self._new_task(f"Push of {name}").done("the registry has it already")
        return references | found | self._push(self._built.keys() - found.keys(), credentials)

    def resolve(self, reference: str) -> str:
        """The reference with the managed registry and the account, where they were left out."""
        return str(self._registry.complete(reference))

    def _ask_for_credentials(self) -> None:
        """Have credentials early; if that fails, they are asked for once more when they are needed."""
        with suppress(ApiError):
            self._credentials = time.monotonic(), self._registry.make_credentials()

    def _fresh_credentials(self) -> Credentials:
        """Those of a moment ago; new ones if builds took their time, because credentials last for minutes."""
        if self._credentials is not None and time.monotonic() - self._credentials[0] < FRESH_SECONDS:
            return self._credentials[1]
        return self._registry.make_credentials()

    def _find(self, name: str, credentials: Credentials) -> Reference | None:
        """The image by its digest, if the registry has it."""
        built = self._built[name]
        known = self._known(built.image_id, self._target(name, built.tag))
        return known if known is not None and self._registry.has(known, credentials) else None

    def _push(self, names: Collection[str], credentials: Credentials) -> dict[str, str]:
        """Push the images of these applications; each by its digest."""
        engine = self._builds.engine
        with ExitStack() as names_in_engine:
            calls = {}
            for name in sorted(names):
                built = self._built[name]
                image, target = find_pushable(engine, built.image_id), self._target(name, built.tag)
                names_in_engine.enter_context(named(engine, image, target))
                task = self._new_task(f"Push of {name}")
                calls[name] = partial(self._push_one, image, target, task, credentials)
            return run_side_by_side(calls)

    def _push_one(
        self, image: ImageFacts, target: Reference, task: ReadinessProgress, credentials: Credentials
    ) -> str:
        pushed = self._registry.push(self._builds.engine, image, target, credentials, task.update)
        remember_digest(image.id, target, pushed.digest, self._builds.settings.cache_directory)
        task.done(f"pushed {pushed.digest}")
        return pushed.pinned

    def _target(self, name: str, tag: str) -> Reference:
        """The image's name in the registry: the application's, with the tag that its inputs gave it."""
        return self._registry.complete(f"{repository_of(name)}:{parse_reference(tag).tag}")

    def _known(self, image_id: str, target: Reference) -> Reference | None:
        digest = recall_digest(image_id, target, self._builds.settings.cache_directory)
        return replace(target, tag=None, digest=digest) if digest else None

    def _planned(self, container: Container) -> str:
        image = container.image
        if isinstance(image, DockerfileImage):
            return self._planned_build(container, image)
        return self.resolve(image.reference if image else "")

    def _planned_build(self, container: Container, image: DockerfileImage) -> str:
        found = self._builds.recall(container, image)
        if found is None:
            return f"(to be built from {image.dockerfile})"
        known = self._known(found.id, self._registry.complete(repository_of(container.name)))
        return str(known) if known else f"(to be pushed: {found.id})"


def _ask_whether_allowed(client: Client, containers: Sequence[Container]) -> None:
    """Fail before the slow steps if the account may not use containers. A response that leaves it open (too
    many requests, a failure) ends a deploy only where images must be built.
    """
    try:
        account_limits(client)
    except ApiError as error:
        builds = any(isinstance(container.image, DockerfileImage) for container in containers)
        if error.status in REFUSED or builds:
            raise
