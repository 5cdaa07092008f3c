"""The platform's own image registry, for the rest of the platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pywrangler.engine.logins import RegistryLogin
from pywrangler.engine.pulling import FindSource, PullSource
from pywrangler.image_names import MANAGED_REGISTRY, in_account
from pywrangler.local.daemon.api_address import ApiListeners, port_of
from pywrangler.local.daemon.workers.ports import LOOPBACK
from pywrangler.local.registry.passes import PULL
from pywrangler.local.registry.server import RegistryServer

PULL_MINUTES = 60
"""How long the engine may take for an image from this machine's own disk."""

NeededImages = Callable[[], Iterable[tuple[str, str]]]
"""Names of applications with the images that they need."""


def make_registry(
    home: Path, listening: ApiListeners, account_id: str, needed: NeededImages
) -> RegistryServer:
    """The registry that serves on its socket of `listening`, and keeps what applications need."""
    host = f"{LOOPBACK[4]}:{port_of(listening.registry)}"

    def needed_digests(repository: str) -> frozenset[str]:
        found = (own_parts(image, host, account_id) for _, image in needed())
        return frozenset(parts[1] for parts in found if parts and parts[0] == repository)

    return RegistryServer(home / "registry", host, account_id, needed_digests)


def own_name(reference: str, host: str, account_id: str) -> str | None:
    """The name of an image in this platform's registry, which takes the place of Cloudflare's managed one;
    None for an image of another registry.
    """
    registry, _, name = reference.partition("/")
    if registry == host:
        return reference
    is_managed = registry.lower() == MANAGED_REGISTRY and name
    return f"{host}/{in_account(name, account_id)}" if is_managed else None


def own_parts(reference: str, host: str, account_id: str) -> tuple[str, str] | None:
    """Repository, and digest (else tag), of an image in this platform's registry."""
    name = own_name(reference, host, account_id)
    if name is None:
        return None
    tagged, _, digest = name.removeprefix(f"{host}/").partition("@")
    repository, _, tag = tagged.partition(":")
    return repository, digest or tag


def source_in(registry: RegistryServer) -> FindSource:
    """The source from which the engine pulls images of this registry that are no longer in its store."""

    def find(reference: str) -> PullSource | None:
        name = own_name(reference, registry.host, registry.account_id)
        if name is None:
            return None
        login = RegistryLogin(registry.username, registry.issue_password([PULL], PULL_MINUTES))
        return PullSource(name, login)

    return find
