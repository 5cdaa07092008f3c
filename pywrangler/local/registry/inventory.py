"""The tags of a registry with sizes and times, read from its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pywrangler.local.registry.storage import Storage, StoredManifest


@dataclass(frozen=True)
class InventoryImage:
    """A tag. `size_bytes` is the size of the compressed layers; `created` comes from the image."""

    repository: str
    tag: str
    digest: str
    size_bytes: int
    created: str | None


def list_images(storage: Storage) -> list[InventoryImage]:
    """Every tag of every repository, in order."""
    return [
        InventoryImage(repository, tag, manifest.digest, *_facts(storage, repository, manifest))
        for repository, tags in storage.repositories().items()
        for tag in tags
        if (manifest := storage.manifest(repository, tag)) is not None
    ]


def _facts(storage: Storage, repository: str, manifest: StoredManifest) -> tuple[int, str | None]:
    """Size and time of an image, or of the images of an index together."""
    size, created = 0, None
    for body in _image_manifests(storage, repository, manifest):
        size += sum(layer.get("size", 0) for layer in body.get("layers") or ())
        created = created or _created(storage, body)
    return size, created


def _image_manifests(storage: Storage, repository: str, manifest: StoredManifest) -> Iterator[dict[str, Any]]:
    if not manifest.parsed.manifests:
        yield json.loads(manifest.content)
    for digest in sorted(manifest.parsed.manifests):
        part = storage.manifest(repository, digest)
        if part is not None:
            yield json.loads(part.content)


def _created(storage: Storage, body: dict[str, Any]) -> str | None:
    file = storage.blob((body.get("config") or {}).get("digest") or "")
    try:
        created = json.loads(file.read_bytes()).get("created") if file else None
    except (OSError, ValueError, AttributeError):
        return None  # not an image's configuration, such as an artifact's
    return created if isinstance(created, str) else None
