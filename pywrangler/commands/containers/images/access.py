"""The managed registry, opened for a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation

if TYPE_CHECKING:
    from pywrangler.cloudflare.image_registry import ImageRegistry

CREDENTIALS_MINUTES = 5
"""Enough for the requests of one command; the credentials are not stored."""


def open_registry(run: Invocation, permissions: Sequence[str]) -> ImageRegistry:
    """The managed registry with fresh credentials of these permissions."""
    from pywrangler.cloudflare.image_registry import ImageRegistry
    from pywrangler.cloudflare.registries import make_credentials
    from pywrangler.cloudflare.service import managed_registry

    client, host = run.client, managed_registry(run.service_environment)
    credentials = make_credentials(client, host, permissions=permissions, minutes=CREDENTIALS_MINUTES)
    return ImageRegistry(credentials, client.account_id or credentials.account_id, run.environment)
