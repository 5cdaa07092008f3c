"""What the REST API asks for where a registry does not take the stored credentials themselves."""

from __future__ import annotations

from typing import Protocol

from pywrangler.sensitive import Sensitive


class RegistryTokens(Protocol):
    """Exchanges stored credentials for those that log in to the registry."""

    async def exchange(
        self, domain: str, public_credential: str, secret: Sensitive[str]
    ) -> tuple[str, Sensitive[str]]:
        """Name and password for the registry; raises `PywranglerError` when its provider gives none."""
