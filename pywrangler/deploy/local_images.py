"""Images for the local platform: the engine's own store is the registry, so nothing is copied.

An application names its image by the engine's image id, `NAME@sha256:...`: a tag that moves later does not
change what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from pywrangler.config.records import Container, DockerfileImage, RegistryImage
from pywrangler.engine.client import Engine
from pywrangler.images.build import build_all
from pywrangler.images.cache import read_inputs, recall_image
from pywrangler.images.pull import ensure_present
from pywrangler.images.records import BuildProgress, BuildRequest, BuildSettings, BuiltImage
from pywrangler.images.reference import parse_reference

REPOSITORY = "pywrangler.local"


def build_request(container: Container, image: DockerfileImage) -> BuildRequest:
    """The build of a container's image."""
    return BuildRequest(container.name, image.dockerfile, image.context, image.build_vars)


def local_reference(container: Container, image_id: str) -> str:
    """How the application names its image."""
    if isinstance(container.image, RegistryImage):
        written = parse_reference(container.image.reference)
        repository = f"{written.registry}/{written.repository}" if written.registry else written.repository
        return f"{repository}@{image_id}"
    return f"{REPOSITORY}/{container.name}@{image_id}"


class LocalImages:
    """Builds images, or pulls them, into the engine that the local platform uses."""

    def __init__(
        self, connect: Callable[[], Engine], settings: BuildSettings, progress: BuildProgress
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._progress = progress
        self._images: dict[str, BuiltImage] = {}

    @cached_property
    def _engine(self) -> Engine:
        return self._connect()

    def plan(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """References of the images that are here, and words for those that a deploy would build or pull."""
        return {container.name: self._planned(container) for container in containers}

    def prepare(self, containers: Sequence[Container]) -> None:
        """Build what changed, all at once; pull what is not here."""
        builds = [
            build_request(container, container.image)
            for container in containers
            if isinstance(container.image, DockerfileImage)
        ]
        if builds:
            self._images |= build_all(builds, self._engine, self._settings, self._progress)
        for container in containers:
            if isinstance(container.image, RegistryImage):
                reference = container.image.reference
                self._images[container.name] = ensure_present(
                    container.name, reference, self._engine, self._progress
                )

    def publish(self, containers: Sequence[Container]) -> Mapping[str, str]:
        """The references of the prepared images."""
        return {
            container.name: local_reference(container, self._images[container.name].image_id)
            for container in containers
        }

    def resolve(self, reference: str) -> str:
        """The reference as it is: no registry is implied here."""
        return reference

    def _planned(self, container: Container) -> str:
        image = container.image
        if isinstance(image, RegistryImage):
            found = self._engine.image(image.reference)
            return local_reference(container, found.id) if found else f"{image.reference} (to be pulled)"
        request = build_request(container, image)
        folder = self._settings.cache_folder
        found = recall_image(read_inputs(request, self._engine, folder).key, self._engine, folder)
        return local_reference(container, found.id) if found else f"(to be built from {image.dockerfile})"
