"""The local platform's own image registry, in the role of Cloudflare's managed registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.image_registry import StoredImage
from pywrangler.cloudflare.local import status
from pywrangler.cloudflare.wire.certificates import EXTRA_CERTIFICATE_VARIABLE
from pywrangler.dataclass import dataclass
from pywrangler.deploy.images.logins import login_of
from pywrangler.deploy.images.managed_registry import ManagedRegistry
from pywrangler.image_names import MANAGED_REGISTRY
from pywrangler.images.reference import Reference, platform_reference
from pywrangler.images.store import RegistryLogin


@dataclass(frozen=True)
class PlatformRegistry:
    """The registry of one platform. `managed_host` is what the managed registry is called here."""

    client: Client
    host: str
    certificate: str
    managed_host: str

    @property
    def environment(self) -> Mapping[str, str]:
        """Settings that trust its certificate and know no proxy."""
        return {EXTRA_CERTIFICATE_VARIABLE: self.certificate}

    def locate(self, text: str) -> Reference | None:
        """The full name in this registry of what is called `text`; None for an image in another registry.

        Raises UsageError for anything that is not an image's name.
        """
        return platform_reference(text, self.client.account_id or "", (self.managed_host,), self.host)

    def pin(self, located: Reference) -> Reference | None:
        """The image by its digest, if the registry has it."""
        found = self.find(located)
        return replace(located, tag=None, digest=found.digest) if found else None

    def find(self, located: Reference) -> StoredImage | None:
        """The image with this name in the registry, or None."""
        registry = self.as_managed()
        return registry.find(located, registry.make_credentials("pull"))

    def log_in(self) -> RegistryLogin:
        """A fresh login to pull with."""
        return login_of(self.as_managed().make_credentials("pull"))

    def as_managed(self) -> ManagedRegistry:
        """The registry in the role of the managed one."""
        return ManagedRegistry(self.client, self.host, self.environment)


def platform_registry(client: Client, managed_host: str) -> PlatformRegistry:
    """The registry of the platform that `client` speaks to."""
    registry = status(client)["registry"]
    return PlatformRegistry(client, registry["host"], registry["certificate"], managed_host)


def shown_reference(located: Reference) -> Reference:
    """The name of an image of a platform's registry for people and configurations: the one that it has on
    Cloudflare. The platform finds it under this name, too, whichever port its registry has.
    """
    return replace(located, registry=MANAGED_REGISTRY)
