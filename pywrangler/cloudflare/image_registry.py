"""Images in the managed registry: the calls of the OCI distribution API, and its clean-up, that commands
need.

Repositories there are named `<account id>/<image>`; here and in all output the account's part is omitted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urlencode

from pywrangler.cloudflare.registries import Credentials
from pywrangler.cloudflare.transport import Limits, Reply, Transport
from pywrangler.cloudflare.wire.connection import ExchangeError
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError
from pywrangler.image_names import is_tag

MANIFEST_TYPES = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
ALL_TYPES = ", ".join(
    (
        MANIFEST_TYPES,
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
DIGEST_HEADER = "docker-content-digest"


@dataclass(frozen=True)
class Repository:
    """An image's name and its tags."""

    name: str
    tags: tuple[str, ...]
    full_name: str = field(default="", compare=False)
    """The name with the account's part, as the registry has it."""


@dataclass(frozen=True)
class ImageDetails:
    """The image that a tag points to. `size_bytes` counts the compressed layers; `created` is as the image
    says.
    """

    digest: str
    size_bytes: int
    created: str | None = None
    layers: tuple[int, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class StoredImage:
    """The image that a tag or a digest refers to: the digests of the manifest, and of the image's
    configuration.
    """

    digest: str
    configuration: str | None

    def is_image(self, image_id: str) -> bool:
        """Whether an engine knows it by this id: the configuration's, or the manifest's with containerd."""
        return image_id in (self.digest, self.configuration)


class ImageRegistry:
    """The managed registry of one account, through one set of credentials."""

    def __init__(self, credentials: Credentials, account_id: str, environment: Mapping[str, str]) -> None:
        self._host = credentials.registry_host
        self._account_id = account_id
        self._limits = Limits()
        self._transport = Transport(f"https://{self._host}", environment, self._limits)
        pair = f"{credentials.username}:{credentials.password.reveal()}".encode()
        self._headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def repositories(self) -> list[Repository]:
        """All images that have a tag which is not a digest. One may be on several pages."""
        found: dict[str, dict[str, None]] = {}
        for page in self._catalog_pages():
            for name, tags in page.items():
                found.setdefault(name, {}).update((tag, None) for tag in tags or () if is_tag(tag))
        return [Repository(self._short(name), tuple(tags), name) for name, tags in found.items() if tags]

    def details(self, name: str, tag: str) -> ImageDetails:
        """What `name:tag` points to; raises `ApiError` with status 404 if it does not exist."""
        reply = self._send("GET", self._manifest_path(name, tag), accept=MANIFEST_TYPES)
        manifest = self._json(reply, f"manifest of {name}:{tag}")
        sizes = tuple(layer.get("size", 0) for layer in manifest.get("layers") or ())
        return ImageDetails(
            digest=reply.headers.get(DIGEST_HEADER, ""),
            size_bytes=sum(sizes),
            created=self._created(name, manifest),
            layers=sizes,
        )

    def has_manifest(self, repository: str, reference: str) -> bool:
        """Whether the repository (with the account's part) has this tag or digest."""
        try:
            self._send("HEAD", f"/v2/{repository}/manifests/{reference}", accept=MANIFEST_TYPES)
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def find(self, repository: str, reference: str) -> StoredImage | None:
        """What the tag or digest of a repository (with the account's part) refers to, None for nothing."""
        try:
            reply = self._send("GET", f"/v2/{repository}/manifests/{reference}", accept=ALL_TYPES)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        manifest = self._json(reply, f"manifest of {repository}:{reference}")
        digest = reply.headers.get(DIGEST_HEADER) or "sha256:" + hashlib.sha256(reply.body).hexdigest()
        return StoredImage(digest, (manifest.get("config") or {}).get("digest"))

    def delete_tag(self, name: str, tag: str) -> str:
        """Remove `name:tag`; returns the digest it had. Its layers stay until `collect_garbage`."""
        path = self._manifest_path(name, tag)
        digest = self._send("HEAD", path, accept=MANIFEST_TYPES).headers.get(DIGEST_HEADER)
        if not digest:
            raise ApiError(f"{self._host} does not say which digest {name}:{tag} has.")
        self._send("DELETE", path, accept=MANIFEST_TYPES)
        return digest

    def collect_garbage(self) -> None:
        """Let the registry drop the layers that nothing uses."""
        self._send("PUT", "/v2/gc/layers")

    def _catalog_pages(self) -> Iterator[dict[str, list[str]]]:
        """Pages of the catalogue; the next one is named by a cursor in the body or a Link header."""
        path: str | None = "/v2/_catalog?tags=true"
        seen = set()
        while path is not None and path not in seen:
            seen.add(path)
            reply = self._send("GET", path)
            page = self._json(reply, "catalogue")
            repositories = page.get("repositories")
            yield repositories if isinstance(repositories, dict) else {}
            path = _next_catalog_path(page, reply.headers.get("link"))

    def _created(self, name: str, manifest: Mapping[str, Any]) -> str | None:
        digest = (manifest.get("config") or {}).get("digest")
        if not digest:
            return None
        try:
            reply = self._send("GET", f"/v2/{self._account_id}/{name}/blobs/{digest}")
        except ApiError:
            return None  # the time is decoration; a registry that hides it does not stop the list
        created = self._json(reply, "image configuration").get("created")
        return created if isinstance(created, str) else None

    def _manifest_path(self, name: str, tag: str) -> str:
        return f"/v2/{self._account_id}/{name}/manifests/{tag}"

    def _short(self, name: str) -> str:
        return name.lstrip("/").removeprefix(f"{self._account_id}/")

    def _send(self, method: str, path: str, accept: str | None = None) -> Reply:
        headers = self._headers | ({"Accept": accept} if accept else {})
        url = f"https://{self._host}{path}"
        deadline = time.monotonic() + self._limits.total_seconds
        try:
            reply = self._transport.exchange(
                method,
                url,
                headers=headers,
                body=None,
                seconds=self._limits.read_seconds,
                deadline=deadline,
            )
        except ExchangeError as error:
            raise ApiError(
                f"The registry {self._host} could not be reached: {error.reason}.",
                hint=error.hint
                or "Check the network and CLOUDFLARE_CONTAINER_REGISTRY, then repeat the command.",
            ) from error
        if reply.status >= 400:
            raise ApiError(
                f"The registry {self._host} refused the request.",
                status=reply.status,
                detail=f"{method} {path}: HTTP {reply.status}",
            )
        return reply

    def _json(self, reply: Reply, what: str) -> dict[str, Any]:
        try:
            found = json.loads(reply.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ApiError(f"The registry {self._host} did not answer with JSON for the {what}.")
        return found


def _next_catalog_path(page: Mapping[str, Any], link: str | None) -> str | None:
    if cursor := page.get("cursor"):
        return "/v2/_catalog?" + urlencode({"tags": "true", "cursor": cursor})
    match = re.match(r"<(?:https?://[^/>]*)?(/[^>]*)>;\s*rel=\"?next", link or "")
    return match[1] if match else None
