"""Labels on every container, network and image of the platform: who owns it, and what it is.

Ownership is `PLATFORM` alone: its value is the account id of one local platform, and a
sweep touches nothing else.
"""

from __future__ import annotations

PLATFORM = "pywrangler.platform"
"""The account id (32 hex digits) of the local platform that owns the object."""
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
VERSION = "pywrangler.version"
"""Version of the application that the instance was started with."""


def platform_filter(platform_id: str) -> dict[str, list[str]]:
    """The engine's `filters` argument that selects what one platform owns."""
    return {"label": [f"{PLATFORM}={platform_id}"]}
