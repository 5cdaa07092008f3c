"""The managed registry, or the local platform's in its place, opened for a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target

if TYPE_CHECKING:
    from pywrangler.cloudflare.image_registry import ImageRegistry

CREDENTIALS_MINUTES = 5


def open_registry(run: Invocation, permissions: Sequence[str]) -> ImageRegistry:
    """The registry of the target with fresh credentials of these permissions."""
    from pywrangler.cloudflare.image_registry import ImageRegistry
    from pywrangler.cloudflare.registries import make_credentials

    client = run.client
    host, environment = _local_registry(run) if run.target is Target.LOCAL else _managed_registry(run)
    credentials = make_credentials(client, host, permissions=permissions, minutes=CREDENTIALS_MINUTES)
    return ImageRegistry(credentials, client.account_id or credentials.account_id, environment)


def _managed_registry(run: Invocation) -> tuple[str, Mapping[str, str]]:
    from pywrangler.cloudflare.service import managed_registry

    return managed_registry(run.service_environment), run.environment


def _local_registry(run: Invocation) -> tuple[str, Mapping[str, str]]:
    """The platform's registry, and settings that trust its certificate and know no proxy."""
    from pywrangler.cloudflare.local import status
    from pywrangler.cloudflare.transport import EXTRA_CERTIFICATE_VARIABLE

    registry = status(run.client)["registry"]
    return registry["host"], {EXTRA_CERTIFICATE_VARIABLE: registry["certificate"]}
