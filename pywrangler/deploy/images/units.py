"""The images that a deploy needs, each once: an application has one, or the named ones of its class. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pywrangler.config.checks.instance_types import NAMED
from pywrangler.config.records import Container, DockerfileImage, RegistryImage

LARGEST = NAMED["standard-4"]
"""The size that `start()` may choose at most, so an image has to fit its disk."""


def image_units(worker: str, containers: Iterable[Container]) -> tuple[Container, ...]:
    """The containers with one image each. One whose class manages it stands once for each of its images,
    under the image's own name; images that are built from the same inputs are one.
    """
    units: dict[str, Container] = {}
    given = tuple(containers)
    taken = _names(worker, given)
    for container in given:
        if not container.is_managed:
            units.setdefault(container.name, container)
        for image in container.images.values():
            name = taken[_inputs(image)]
            units.setdefault(name, replace(container, name=name, image=image, instance_type=LARGEST))
    return tuple(units.values())


def named_images(
    worker: str, containers: Iterable[Container], references: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The references of named images by class: `references` has them by the names of `image_units`."""
    given = tuple(containers)
    taken = _names(worker, given)
    return {
        container.class_name: {
            name: references[taken[_inputs(image)]] for name, image in container.images.items()
        }
        for container in given
        if container.images
    }


def _names(worker: str, containers: tuple[Container, ...]) -> dict[object, str]:
    """Names for the distinct images: as Wrangler (4.164) calls repositories, made unique."""
    found: dict[object, str] = {}
    used = {container.name for container in containers}
    for container in containers:
        for name, image in container.images.items():
            if (inputs := _inputs(image)) in found:
                continue
            written = f"{worker}-{container.class_name}-{name}".lower()
            plain = re.sub(r"[^a-z0-9]+", "-", written).strip("-")[:100].strip("-") or "image"
            number, unique = 1, plain
            while unique in used:
                number, unique = number + 1, f"{plain}-{number + 1}"
            used.add(unique)
            found[inputs] = unique
    return found


def _inputs(image: DockerfileImage | RegistryImage) -> object:
    if isinstance(image, RegistryImage):
        return image.reference
    return image.dockerfile, image.context, tuple(sorted(image.build_vars.items()))
