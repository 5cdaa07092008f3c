"""The sizes of instances: the named ones, and the size that a start chooses. Pure.

Sizes: developers.cloudflare.com/containers/platform-details/limits, and workers-sdk 4.164 `InstanceType`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from pywrangler.errors import PywranglerError
from pywrangler.local.instances.records import Application

MEBIBYTE = 1024 * 1024
DEFAULT_TYPE = "lite"


class Size(NamedTuple):
    """The size of an instance."""

    vcpu: float
    memory_mib: int
    disk_mb: int


INSTANCE_TYPES: Mapping[str, Size] = {
    "lite": Size(0.0625, 256, 2000),
    "dev": Size(0.0625, 256, 2000),
    "basic": Size(0.25, 1024, 4000),
    "standard": Size(0.5, 4096, 8000),
    "standard-1": Size(0.5, 4096, 8000),
    "standard-2": Size(1, 6144, 12000),
    "standard-3": Size(2, 8192, 16000),
    "standard-4": Size(4, 12288, 20000),
}
SMALLEST = INSTANCE_TYPES[DEFAULT_TYPE]
LARGEST = INSTANCE_TYPES["standard-4"]


def with_size(application: Application, chosen: str | None, memory_bytes: int | None) -> Application:
    """The application with the size that a start chooses: a name, or JSON as `start({ instance })` has it;
    None: the smallest. `memory_bytes` is what the engine's machine has; None: unknown.

    Raises `PywranglerError` for a size that Cloudflare or the machine does not have.
    """
    size = _size(chosen) if chosen else SMALLEST
    over = [
        f"{name} is {value:g}, and the maximum is {most}"
        for name, value, most in zip(("vcpu", "memoryMib", "diskMb"), size, LARGEST, strict=True)
        if value > most
    ]
    if over:
        raise PywranglerError(f"the size that start() chooses is not possible: {over[0]}")
    if memory_bytes is not None and size.memory_mib * MEBIBYTE > memory_bytes:
        raise PywranglerError(
            f"the size that start() chooses has {size.memory_mib} MiB of memory, and the machine of the"
            f" engine has {memory_bytes // MEBIBYTE} MiB"
        )
    return replace(application, vcpu=size.vcpu, memory_mib=size.memory_mib, disk_mb=size.disk_mb)


def _size(chosen: str) -> Size:
    if chosen in INSTANCE_TYPES:
        return INSTANCE_TYPES[chosen]
    try:
        given = json.loads(chosen)
        return Size(float(given["vcpu"]), math.ceil(given["memoryMib"]), math.ceil(given["diskMb"]))
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise PywranglerError(f"the size that start() chooses is not one: {chosen}") from error
