"""The interface for registries that do not take the stored credentials themselves."""

from __future__ import annotations

from typing import Protocol

from pywrangler.sensitive import Sensitive


class RegistryTokens(Protocol):
    """Exchanges stored credentials for those that log in to the registry."""

    async def exchange(
        self, domain: str, public_credential: str, secret: Sensitive[str]
    ) -> tuple[str, Sensitive[str]]:
        """User name and password for the registry. Raises `PywranglerError` if its provider refuses."""
