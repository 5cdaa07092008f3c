"""The images that a deploy builds itself, whichever cloud they are for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from pywrangler.config.records import Container, DockerfileImage
from pywrangler.images.build import build_all, find_built
from pywrangler.images.docker_cli import BuildInterruption, check_named_docker
from pywrangler.images.records import (
    BuildProgress,
    BuildRequest,
    BuildSettings,
    BuildWishes,
    BuiltImage,
    SilentBuild,
)
from pywrangler.images.store import Engine, ImageFacts


class Builds:
    """Builds the images of containers, and knows which ones need no build."""

    def __init__(
        self,
        connect: Callable[[], Engine],
        settings: BuildSettings,
        wishes: BuildWishes | None = None,
    ) -> None:
        self._connect = connect
        self.settings = settings
        self.wishes = wishes or BuildWishes()
        self.owner = ""
        """The local platform that the images are for, if they are for one."""
        self.progress: BuildProgress = SilentBuild()
        """Gets the progress of builds and pulls."""
        self.interruption = BuildInterruption()
        """Ends the builds from another thread."""

    @cached_property
    def engine(self) -> Engine:
        """The engine, connected at its first use; raises `MissingError` without one."""
        return self._connect()

    def build(self, containers: Sequence[Container]) -> dict[str, BuiltImage]:
        """Build what changed, all at once; the images of those containers that name a Dockerfile."""
        requests = [
            self._request(container, container.image)
            for container in containers
            if isinstance(container.image, DockerfileImage)
        ]
        if not requests:
            return {}
        return build_all(requests, self.engine, self.settings, self.progress, self.interruption)

    def recall(self, container: Container, image: DockerfileImage) -> ImageFacts | None:
        """The image that is here already for these inputs; None when a deploy would build it."""
        check_named_docker(self.settings)
        return find_built(self._request(container, image), self.engine, self.settings)

    def _request(self, container: Container, image: DockerfileImage) -> BuildRequest:
        wishes = self.wishes.for_container(container.name)
        return BuildRequest(
            container.name,
            image.dockerfile,
            image.context,
            image.build_vars,
            owner=self.owner,
            cache_from=wishes.cache_from,
            cache_to=wishes.cache_to,
            no_cache=wishes.no_cache,
            pull=wishes.pull,
        )
