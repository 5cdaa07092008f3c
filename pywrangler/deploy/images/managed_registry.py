"""The managed registry, or the local platform's in its role: credentials, look-ups and pushes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import field

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.image_registry import ImageRegistry, StoredImage
from pywrangler.cloudflare.registries import Credentials, make_credentials
from pywrangler.dataclass import dataclass
from pywrangler.deploy.images.logins import login_of
from pywrangler.images.push import PushedImage, logins, push_named
from pywrangler.images.reference import Reference, managed_reference, parse_reference
from pywrangler.images.store import Engine, ImageFacts


@dataclass(frozen=True)
class ManagedRegistry:
    """The managed registry of one account. `client` is None for a dry run without a login."""

    client: Client | None
    host: str
    environment: Mapping[str, str] = field(repr=False)
    """Settings for connections to it."""

    def complete(self, reference: str) -> Reference:
        """A reference with this registry and the account, where they were left out."""
        account_id = self.client.account_id if self.client else None
        if account_id is None:
            return parse_reference(reference)
        return managed_reference(reference, account_id, self.host)

    def make_credentials(self, *permissions: str) -> Credentials:
        """Fresh credentials, to push and pull if no permission is named; they last for minutes."""
        if self.client is None:
            raise AssertionError("a dry run connects to no registry")
        return make_credentials(self.client, self.host, permissions=permissions or ("push", "pull"))

    def has(self, reference: Reference, credentials: Credentials) -> bool:
        """Whether the registry has this digest or tag."""
        with closing(self._opened(credentials)) as registry:
            return registry.has_manifest(reference.repository, _tag_or_digest(reference))

    def find(self, reference: Reference, credentials: Credentials) -> StoredImage | None:
        """The image with this name in the registry, or None."""
        with closing(self._opened(credentials)) as registry:
            return registry.find(reference.repository, _tag_or_digest(reference))

    def push(
        self,
        engine: Engine,
        image: ImageFacts,
        to: Reference,
        first: Credentials,
        step: Callable[[str], None],
    ) -> PushedImage:
        """Push `image`, which is `named` `to` in the engine: first with the credentials that are known, later
        attempts with new ones, because these last for minutes only. Raises BuildError.
        """
        log_in = logins(login_of(first), lambda: login_of(self.make_credentials()))
        return push_named(engine, image, to, log_in, step)

    def _opened(self, credentials: Credentials) -> ImageRegistry:
        return ImageRegistry(credentials, credentials.account_id, self.environment)


def _tag_or_digest(reference: Reference) -> str:
    return reference.digest or reference.tag or "latest"
