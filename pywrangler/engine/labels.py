"""Labels on every container, network and image of the platform: its owner, and what it is.

Ownership is `PLATFORM` alone: its value is the account id of one local platform, and a
sweep touches nothing else.
"""

from __future__ import annotations

import functools
import hashlib
import platform
from pathlib import Path

PLATFORM = "pywrangler.platform"
"""The account id (32 hex digits) of the local platform that owns the object."""
HOME = "pywrangler.home"
"""The directory of that platform. Once it is gone, the object has no owner."""
MACHINE = "pywrangler.machine"
"""The machine that the directory is on (see `machine_id`): an engine may serve several."""
APPLICATION = "pywrangler.application"
"""The application's UUID."""
APPLICATION_NAME = "pywrangler.application-name"
INSTANCE = "pywrangler.instance"
"""UUID of one start of a container; Cloudflare's deployment id."""
WORKER = "pywrangler.worker"
"""The Worker's script name."""
DURABLE_OBJECT = "pywrangler.durable-object"
"""Id of the Durable Object that owns the container, 64 hex digits."""
NAMESPACE = "pywrangler.namespace"
"""Id of the Durable Object namespace, 32 hex digits."""
IMAGE = "pywrangler.image"
"""The image as the engine resolved it, `sha256:...`."""
SNAPSHOT = "pywrangler.snapshot"
"""UUID of a snapshot: on its image, and on the containers that were restored from it."""
VERSION = "pywrangler.version"
"""Version of the application that the instance was started with."""
NODE = "pywrangler.node"
"""The node of a cluster that started the container, 8 hex digits."""


@functools.cache
def machine_id() -> str:
    """Something that differs between machines, and between a machine and its containers; 16 hex digits."""
    try:
        installed = Path("/etc/machine-id").read_text().strip()
    except OSError:
        installed = ""
    return hashlib.sha256(f"{platform.node()} {installed}".encode()).hexdigest()[:16]


def owner_labels(platform_id: str, home: str) -> dict[str, str]:
    """The labels with an object's owner; without a `home` only the platform's id."""
    owner = {PLATFORM: platform_id}
    return {**owner, HOME: home, MACHINE: machine_id()} if home else owner


def platform_filter(platform_id: str) -> dict[str, list[str]]:
    """The engine's `filters` argument that selects what one platform owns."""
    return {"label": [f"{PLATFORM}={platform_id}"]}
