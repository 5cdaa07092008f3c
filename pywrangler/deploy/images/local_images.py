"""Images for the local platform: what is built here stays in the engine's own store, so nothing is copied.

An application names such an image by the engine's image id, `NAME@sha256:...`, and one that was pushed by its
digest in the platform's registry: a tag that moves later does not change what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.registries import list_registries, make_credentials
from pywrangler.config.records import Container, RegistryImage
from pywrangler.deploy.images.builds import Builds
from pywrangler.deploy.images.logins import login_of
from pywrangler.deploy.images.managed_registry import ManagedRegistry
from pywrangler.deploy.images.platform_registry import PlatformRegistry, shown_reference
from pywrangler.errors import ApiError, BuildError
from pywrangler.image_names import BUILT, MANAGED_REGISTRY, repository_of
from pywrangler.images.pull import LogIn, ensure_present
from pywrangler.images.reference import Reference, parse_reference
from pywrangler.images.store import RegistryLogin

CONFLICT = 409


def local_reference(container: Container, image_id: str) -> str:
    """The name of the image in the application."""
    if isinstance(container.image, RegistryImage):
        written = parse_reference(container.image.reference)
        repository = f"{written.registry}/{written.repository}" if written.registry else written.repository
        return f"{repository}@{image_id}"
    return f"{BUILT}/{repository_of(container.name)}@{image_id}"


def registry_login(client: Client | None, domain: str) -> RegistryLogin | None:
    """The login for a registry that the platform has credentials of; None for others, and without a platform.

    What must be exchanged first (Amazon ECR), the platform exchanges, and keeps while it lasts.
    """
    configured = list_registries(client) if client is not None else []
    if client is None or all(registry["domain"] != domain for registry in configured):
        return None
    try:
        made = make_credentials(client, domain, permissions=["pull"])
    except ApiError as error:
        if error.status == CONFLICT:
            return None  # configured as public
        raise
    return login_of(made)


class LocalImages:
    """Builds images, or pulls them, into the engine that the local platform uses."""

    def __init__(
        self,
        builds: Builds,
        log_in: LogIn,
        connect_registry: Callable[[], PlatformRegistry | None],
        connect_cloudflare: Callable[[], ManagedRegistry | None] = lambda: None,
    ) -> None:
        """`connect_cloudflare` gives the managed registry at Cloudflare of the stored login, if there is
        one.
        """
        self._builds = builds
        self._log_in = log_in
        self._connect_registry = connect_registry
        self._connect_cloudflare = connect_cloudflare
        self._references: dict[str, str] = {}

    def plan(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """References of the images that are here, and words for those that a deploy would build or pull."""
        return {container.name: self._planned(container) for container in containers}

    def check_account(self, containers: Sequence[Container]) -> None:
        """Nothing: the local platform has containers."""

    def prepare(self, containers: Sequence[Container]) -> None:
        """Build what changed, all at once; pull what is not here."""
        built = self._builds.build(containers)
        for container in containers:
            if isinstance(container.image, RegistryImage):
                self._references[container.name] = self._fetch(container, container.image.reference)
            else:
                self._references[container.name] = local_reference(container, built[container.name].image_id)

    def publish(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """The references of the prepared images."""
        return {container.name: self._references[container.name] for container in containers}

    def resolve(self, reference: str) -> str:
        """The unchanged reference: no registry is implied here."""
        return reference

    @cached_property
    def _registry(self) -> PlatformRegistry | None:
        return self._connect_registry()

    def _fetch(self, container: Container, reference: str) -> str:
        """Have the engine get the image of a container; how the application names it."""
        pushed = self._pushed(reference)
        if pushed is not None:
            self._ensure_present(container.name, str(pushed), self._log_in_to_own, shown=reference)
            return str(shown_reference(pushed))
        is_here = self._builds.engine.image(reference) is not None and not self._builds.wishes.pull
        managed = self._at_cloudflare(reference) if not is_here else None
        try:
            if managed is not None:
                image_id = self._pull_from_cloudflare(container.name, reference, managed)
            else:
                image_id = self._ensure_present(container.name, reference, self._log_in)
        except BuildError as error:
            located = self._registry.locate(reference) if self._registry else None
            if error.code == "image-pull" and located is not None:
                raise _not_pushed(reference, located, error, has_login=managed is not None) from error
            raise
        return local_reference(container, image_id)

    def _at_cloudflare(self, reference: str) -> ManagedRegistry | None:
        """The managed registry, where the name says it and a login is stored."""
        is_managed = parse_reference(reference).registry == MANAGED_REGISTRY
        return self._connect_cloudflare() if is_managed else None

    def _pull_from_cloudflare(self, name: str, reference: str, managed: ManagedRegistry) -> str:
        """Have the engine pull an image of the account; its id. Raises `UsageError` for another account's."""
        complete = str(managed.complete(reference))
        return self._ensure_present(
            name, complete, lambda _: login_of(managed.make_credentials("pull")), shown=reference
        )

    def _ensure_present(self, name: str, reference: str, log_in: LogIn, shown: str | None = None) -> str:
        builds = self._builds
        found = ensure_present(
            name,
            reference,
            builds.engine,
            builds.progress,
            log_in,
            asks_again=builds.wishes.pull,
            shown=shown,
        )
        return found.image_id

    def _pushed(self, reference: str) -> Reference | None:
        """The image by its digest in the platform's registry, if the image belongs there and exists."""
        registry = self._registry
        located = registry.locate(reference) if registry else None
        return registry.pin(located) if registry and located else None

    def _log_in_to_own(self, _domain: str) -> RegistryLogin | None:
        return self._registry.log_in() if self._registry else None

    def _planned(self, container: Container) -> str:
        image = container.image
        if image is None:
            return ""
        if isinstance(image, RegistryImage):
            if pushed := self._pushed(image.reference):
                return str(shown_reference(pushed))
            found = self._builds.engine.image(image.reference)
            return local_reference(container, found.id) if found else f"{image.reference} (to be pulled)"
        found = self._builds.recall(container, image)
        return local_reference(container, found.id) if found else f"(to be built from {image.dockerfile})"


def _not_pushed(reference: str, located: Reference, error: BuildError, *, has_login: bool) -> BuildError:
    """The error for an image that was not pushed to the platform, and could not be pulled from elsewhere."""
    reason = error.message.partition("could not be pulled: ")[2] or error.message
    name = f"{located.repository.partition('/')[2]}:{located.tag or 'TAG'}"
    hint = f"Check the name, or push the image to the platform: `pywrangler containers push {name}`."
    if parse_reference(reference).registry == MANAGED_REGISTRY and not has_login:
        hint += " To pull it from your account at Cloudflare, run `pywrangler login` and deploy again."
    return BuildError(
        f"The image `{reference}` is neither in the local platform's registry nor in the Docker Engine,"
        f" and it could not be pulled: {reason}",
        hint=hint,
        code=error.code,
    )
