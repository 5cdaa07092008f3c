"""Image registries: the managed one's credentials, and private ones that an account has configured.

Which registries are accepted, and what each one's two credentials are called: wrangler 4.164.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

BASE = "containers/registries"
CREDENTIALS_MINUTES = 15


@dataclass(frozen=True)
class RegistryKind:
    """A kind of private registry. `option` is the command-line option of its public credential."""

    kind: str
    name: str
    option: str
    secret: str
    """What its private credential is called by those who made it."""
    pattern: re.Pattern[str]


ECR = RegistryKind(
    "ECR",
    "AWS ECR",
    "--aws-access-key-id",
    "AWS Secret Access Key",
    re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com"),
)
DOCKER_HUB = RegistryKind(
    "DockerHub", "Docker Hub", "--dockerhub-username", "DockerHub PAT Token", re.compile(r"docker\.io")
)
GAR = RegistryKind(
    "GAR",
    "Google Artifact Registry",
    "--gar-email",
    "Google Service Account JSON Key",
    re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?-docker\.pkg\.dev"),
)
KINDS = (ECR, DOCKER_HUB, GAR)


@dataclass(frozen=True)
class Credentials:
    """Short-lived credentials of a registry."""

    account_id: str
    registry_host: str
    username: str
    password: Sensitive[str]


@dataclass(frozen=True)
class SecretReference:
    """The place of a private credential in the Secrets Store."""

    store_id: str
    secret_name: str


def registry_kind(domain: str) -> RegistryKind:
    """The kind of the registry at `domain`; raises `UsageError` for one that containers cannot pull from."""
    if "://" in domain:
        raise UsageError(f"`{domain}` is not a domain.", hint="Omit the protocol.")
    if kind := _kind_at(domain):
        return kind
    host = _host(domain)
    if _kind_at(host):
        # Wrangler (4.164) configures it as it is written, and no image's reference begins so.
        raise UsageError(f"`{domain}` is not a domain.", hint=f"Give {host}.")
    names = ", ".join(kind.name for kind in KINDS)
    raise UsageError(
        f"`{domain}` is not a registry that Cloudflare can pull from. It can pull from {names}.",
        hint="Pull the image here and push it to the managed registry with `pywrangler containers push`.",
    )


def _kind_at(domain: str) -> RegistryKind | None:
    return next((kind for kind in KINDS if kind.pattern.fullmatch(domain)), None)


def _host(address: str) -> str:
    """The host of an address without protocol, in small letters, whatever else is there."""
    return re.split(r"[/:?#]", address.strip(), maxsplit=1)[0].lower()


def list_registries(client: Client) -> list[dict[str, Any]]:
    """The configured registries as the API gives them."""
    return client.list(BASE)


def create_registry(
    client: Client,
    domain: str,
    kind: RegistryKind,
    *,
    public_credential: str,
    private_credential: SecretReference | Sensitive[str],
) -> None:
    """Configure a registry; raises `ApiError` with status 409 where the domain is configured already."""
    private: object
    if isinstance(private_credential, SecretReference):
        reference = private_credential
        private = {"store_id": reference.store_id, "secret_name": reference.secret_name}
    else:
        private = private_credential.reveal()
    auth = {"public_credential": public_credential, "private_credential": private}
    body = {"domain": domain, "is_public": False, "auth": auth, "kind": kind.kind}
    client.request("POST", BASE, json=body)


def delete_registry(client: Client, domain: str) -> SecretReference | None:
    """Forget a registry; returns the secret that nothing uses any more, where the API names one."""
    response = client.request("DELETE", f"{BASE}/{segment(domain)}")
    reference = response.get("secrets_store_ref") if isinstance(response, dict) else None
    if not reference:
        return None
    store_id, _, name = str(reference).partition(":")
    return SecretReference(store_id, name)


def make_credentials(
    client: Client, domain: str, *, permissions: Sequence[str], minutes: int = CREDENTIALS_MINUTES
) -> Credentials:
    """New credentials for `domain` with `permissions` (`push`, `pull`, `library_push`), for so many
    minutes.
    """
    made = client.call(
        "POST",
        f"{BASE}/{segment(domain)}/credentials",
        json={"expiration_minutes": minutes, "permissions": list(permissions)},
        is_repeatable=True,  # more credentials do no harm, they run out
    ).fields
    return Credentials(
        account_id=made.get("account_id", client.account_id or ""),
        registry_host=made.get("registry_host", domain),
        username=made.get("username") or "v1",
        password=Sensitive(made["password"]),
    )


def encode_google_key(text: str, email: str) -> str:
    """A Google service account key as the API stores it, in base64; `text` is its JSON, or that in base64.

    Raises `UsageError` if it is something else, or belongs to another account than `email`.
    """
    stripped = text.strip()
    if stripped.startswith("-----BEGIN"):
        raise UsageError(
            "This is only a private key, not a service account key.",
            hint="Give the whole JSON file that Google Cloud created for the service account.",
        )
    if (key := _json_object(stripped)) is not None:
        encoded = base64.b64encode(stripped.encode()).decode()
    else:
        encoded = "".join(stripped.split())
        key = _json_object(_decoded(encoded))
    if key is None:
        raise UsageError(
            "This is not a Google service account key.", hint="Give its JSON file, or that file in base64."
        )
    _check_google_key(key, email)
    return encoded


def _check_google_key(key: dict[str, Any], email: str) -> None:
    for name in ("private_key", "client_email"):
        if not isinstance(key.get(name), str) or not key[name]:
            raise UsageError(f"The Google service account key has no `{name}`.")
    if "private_key_id" in key and not (isinstance(key["private_key_id"], str) and key["private_key_id"]):
        raise UsageError("The Google service account key has an empty `private_key_id`.")
    if key["client_email"] != email:
        raise UsageError(f"The key belongs to `{key['client_email']}`, but --gar-email is `{email}`.")


def _decoded(encoded: str) -> str:
    try:
        padding = "=" * (-len(encoded) % 4)  # which some tools omit
        return base64.b64decode(encoded + padding, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
