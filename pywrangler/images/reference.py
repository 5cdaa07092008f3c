"""Names of images: parsed, completed, and written for Cloudflare's registry. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError
from pywrangler.image_names import ACCOUNT, DIGEST, MANAGED_REGISTRY, REPOSITORY, TAG, in_account

DOCKER_HUB = "docker.io"
REFERENCE = re.compile(rf"(?P<repository>{REPOSITORY})(?::(?P<tag>{TAG}))?(?:@(?P<digest>{DIGEST}))?")
"""Without a registry, which is split off before."""


@dataclass(frozen=True)
class Reference:
    """The parts of an image's name. `registry` is None where none was written."""

    registry: str | None
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def normal(self) -> Reference:
        """With everything that Docker fills in: `busybox` is `docker.io/library/busybox:latest`."""
        registry = self.registry or DOCKER_HUB
        is_official = registry == DOCKER_HUB and "/" not in self.repository
        return Reference(
            registry,
            f"library/{self.repository}" if is_official else self.repository,
            self.tag if self.tag or self.digest else "latest",
            self.digest,
        )

    def __str__(self) -> str:
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        return name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> Reference:
    """The parts of an image's name. Raises UsageError if `text` is not a valid name."""
    first, separator, rest = text.partition("/")
    # As Docker decides: the part before the first slash is a registry when it looks like a host.
    has_registry = bool(separator) and (
        re.search(r"[.:]", first) or first == "localhost" or first != first.lower()
    )
    found = REFERENCE.fullmatch(rest if has_registry else text)
    if found is None:
        raise UsageError(
            f"`{text}` is not the name of an image.",
            hint="A name looks like registry/repository:tag, in lower case.",
            code="image-reference",
        )
    return Reference(first if has_registry else None, found["repository"], found["tag"], found["digest"])


def managed_reference(text: str, account_id: str, registry: str = MANAGED_REGISTRY) -> Reference:
    """The full name of an image at Cloudflare: a name without a registry is in the account's own one.

    `app:1` and `registry.cloudflare.com/app:1` are `registry.cloudflare.com/<account>/app:1`; names in other
    registries stay as they are. `registry` is the managed one's host where that is another.
    """
    reference = parse_reference(text)
    if reference.registry and reference.registry.lower() not in (MANAGED_REGISTRY, registry):
        return reference  # hosts are the same in upper case
    owner, _, rest = reference.repository.partition("/")
    if reference.registry and rest and owner != account_id and re.fullmatch(ACCOUNT, owner):
        raise UsageError(
            f"`{text}` belongs to the account {owner}, and not to {account_id}.",
            hint="Push the image to your own account, and name it without an account.",
            code="image-of-another-account",
        )
    has_account = reference.repository.startswith(f"{account_id}/")
    repository = reference.repository if has_account else f"{account_id}/{reference.repository}"
    return replace(reference, registry=registry, repository=repository)


def platform_reference(text: str, account_id: str, hosts: Collection[str], host: str) -> Reference | None:
    """The name of an image in the registry of a local platform, at `host`; None for one in another registry.

    It takes the place of Cloudflare's managed registry: names without a registry and names in `hosts`, the
    managed one's hosts, mean it. Every account in a name means the platform's account.
    """
    reference = parse_reference(text)
    if reference.registry and reference.registry.lower() not in (MANAGED_REGISTRY, host, *hosts):
        return None
    return replace(reference, registry=host, repository=in_account(reference.repository, account_id))
