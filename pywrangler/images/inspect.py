"""Checks that an image can run at Cloudflare: its platform, and its size against an instance's disk. Pure."""

from __future__ import annotations

import math

from pywrangler.engine.records import ImageFacts
from pywrangler.errors import BuildError
from pywrangler.images.records import PLATFORM

LAYER_BYTES = 16 * 1024 * 1024
"""The disk usage of a layer in addition to its content (workers-sdk, cloudchamber/limits.ts)."""
FILE_SYSTEM_FACTOR = 1.1


def check_platform(image: ImageFacts, reference: str) -> None:
    """Raise BuildError unless the image is for linux/amd64."""
    if image.platform != PLATFORM:
        raise BuildError(
            f"The image {reference} is for {image.platform}; containers run on {PLATFORM}.",
            hint=f"Build it with `--platform {PLATFORM}`, or pull the right one:"
            f" `docker pull --platform {PLATFORM} {reference}`.",
            code="image-platform",
        )


def required_disk_mb(image: ImageFacts) -> int:
    """The disk that an instance needs for the image, in MB of 1,000,000 bytes, as Cloudflare counts it."""
    return math.ceil((image.size_bytes * FILE_SYSTEM_FACTOR + image.layers * LAYER_BYTES) / 1_000_000)


def check_pushable_size(image: ImageFacts, reference: str, largest_disk_mb: int) -> None:
    """Raise BuildError when the image does not fit the largest disk that an instance can have."""
    required = required_disk_mb(image)
    if required > largest_disk_mb:
        raise BuildError(
            f"The image `{reference}` needs {required} MB of disk, and the largest instance has"
            f" {largest_disk_mb} MB.",
            hint="Make the image smaller.",
            code="image-size",
        )


def check_size(image: ImageFacts, reference: str, disk_mb: int) -> None:
    """Raise BuildError when the image does not fit an instance's disk of `disk_mb`."""
    required = required_disk_mb(image)
    if required > disk_mb:
        raise BuildError(
            f"The image {reference} needs {required} MB of disk and its instances have {disk_mb} MB.",
            hint="Make the image smaller, or choose a larger `instance_type`.",
            code="image-size",
        )
