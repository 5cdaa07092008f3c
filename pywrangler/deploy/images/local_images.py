"""Images for the local platform: the engine's own store is the registry, so nothing is copied.

An application names its image by the engine's image id, `NAME@sha256:...`: a tag that moves later does not
change what runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.registries import list_registries, make_credentials
from pywrangler.config.records import Container, RegistryImage
from pywrangler.deploy.images.builds import Builds
from pywrangler.errors import ApiError
from pywrangler.image_names import BUILT, repository_of
from pywrangler.images.pull import LogIn, ensure_present
from pywrangler.images.push import RegistryLogin
from pywrangler.images.reference import parse_reference

CONFLICT = 409


def local_reference(container: Container, image_id: str) -> str:
    """How the application names its image."""
    if isinstance(container.image, RegistryImage):
        written = parse_reference(container.image.reference)
        repository = f"{written.registry}/{written.repository}" if written.registry else written.repository
        return f"{repository}@{image_id}"
    return f"{BUILT}/{repository_of(container.name)}@{image_id}"


def registry_login(client: Client | None, domain: str) -> RegistryLogin | None:
    """The login for a registry that the platform has credentials of; None for others, and without a platform.

    What has to be exchanged first (Amazon ECR), the platform exchanges, and keeps while it lasts.
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
    return RegistryLogin(made.username, made.password)


class LocalImages:
    """Builds images, or pulls them, into the engine that the local platform uses."""

    def __init__(self, builds: Builds, log_in: LogIn) -> None:
        self._builds = builds
        self._log_in = log_in
        self._image_ids: dict[str, str] = {}

    def plan(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """References of the images that are here, and words for those that a deploy would build or pull."""
        return {container.name: self._planned(container) for container in containers}

    def prepare(self, containers: Sequence[Container]) -> None:
        """Build what changed, all at once; pull what is not here."""
        built = self._builds.build(containers)
        for container in containers:
            if isinstance(container.image, RegistryImage):
                built[container.name] = ensure_present(
                    container.name,
                    container.image.reference,
                    self._builds.engine,
                    self._builds.progress,
                    self._log_in,
                    asks_again=self._builds.pull,
                )
        self._image_ids = {name: image.image_id for name, image in built.items()}

    def publish(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """The references of the prepared images."""
        return {
            container.name: local_reference(container, self._image_ids[container.name])
            for container in containers
        }

    def resolve(self, reference: str) -> str:
        """The reference as it is: no registry is implied here."""
        return reference

    def _planned(self, container: Container) -> str:
        image = container.image
        if isinstance(image, RegistryImage):
            found = self._builds.engine.image(image.reference)
            return local_reference(container, found.id) if found else f"{image.reference} (to be pulled)"
        found = self._builds.recall(container, image)
        return local_reference(container, found.id) if found else f"(to be built from {image.dockerfile})"
