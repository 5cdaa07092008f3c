"""The managed registry, opened for a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pywrangler.cli.invocation import Invocation
from pywrangler.cli.target import Target
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.image_registry import ImageRegistry

CREDENTIALS_MINUTES = 5


def open_registry(run: Invocation, permissions: Sequence[str]) -> ImageRegistry:
    """The managed registry with fresh credentials of these permissions; raises `UsageError` on the local
    target.
    """
    if run.target is Target.LOCAL:
        raise UsageError(
            "The local platform has no registry: it takes images from the Docker Engine.",
            hint="`docker image ls` lists them, `docker image rm` removes them. For Cloudflare add --remote.",
        )
    from pywrangler.cloudflare.image_registry import ImageRegistry
    from pywrangler.cloudflare.registries import make_credentials
    from pywrangler.cloudflare.service import managed_registry

    client = run.client
    credentials = make_credentials(
        client, managed_registry(run.environment), permissions=permissions, minutes=CREDENTIALS_MINUTES
    )
    return ImageRegistry(credentials, client.account_id or credentials.account_id, run.environment)
