"""Mistakes in the Dockerfiles that a configuration names, found without an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from pywrangler.dataclass import dataclass

if TYPE_CHECKING:
    from pywrangler.config.problems.records import Problem
    from pywrangler.config.records import Container, DockerfileImage


@dataclass
class DockerfileReader:
    """Looks at the Dockerfiles of containers when it is called, at each once, and remembers the problems."""

    problems: list[Problem] = field(default_factory=list)
    _seen: list[DockerfileImage] = field(default_factory=list)

    def __call__(self, containers: Sequence[Container]) -> None:
        """Look at the Dockerfiles of the containers of one environment."""
        from pywrangler.config.records import DockerfileImage

        for container in containers:
            for image in container.every_image:
                if isinstance(image, DockerfileImage) and image not in self._seen:
                    self._seen.append(image)
                    self._look_at(container.name, image)

    def _look_at(self, name: str, image: DockerfileImage) -> None:
        from pywrangler.config.problems.records import Place, Problem
        from pywrangler.images.foreign import HINT, find_foreign_stage

        try:
            stage = find_foreign_stage(image.dockerfile.read_bytes(), image.build_vars)
        except OSError:  # the builder says why it cannot read it
            return
        if stage is not None:
            place = Place(image.dockerfile, stage.line, stage.column, stage.length, stage.source)
            message = stage.message(name or "the container")
            self.problems.append(Problem("error", "image-platform", message, place, HINT))
