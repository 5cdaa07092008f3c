"""Credentials of a registry, from the API's form to the engine's."""

from __future__ import annotations

from pywrangler.cloudflare.registries import Credentials
from pywrangler.images.store import RegistryLogin


def login_of(credentials: Credentials) -> RegistryLogin:
    """The login to push or pull with."""
    return RegistryLogin(credentials.username, credentials.password)
