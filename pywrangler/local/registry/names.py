"""The forms of names, tags, digests and manifests. Pure.

The grammar is that of the OCI distribution specification 1.1.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

REPOSITORY = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*", re.ASCII
)
TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MAX_REPOSITORY_LENGTH = 255

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True)
class Manifest:
    """The content that a manifest refers to, by digest."""

    media_type: str
    blobs: frozenset[str]
    """The image's configuration and its layers, without layers that only another server has."""
    manifests: frozenset[str]
    """The images of an index."""


class InvalidManifestError(ValueError):
    """It is not a manifest of an image or an index; the message says why."""


def is_repository(name: str) -> bool:
    """Whether `name` can be the name of a repository."""
    return len(name) <= MAX_REPOSITORY_LENGTH and REPOSITORY.fullmatch(name) is not None


def is_tag(reference: str) -> bool:
    """Whether a reference is a tag."""
    return TAG.fullmatch(reference) is not None


def is_digest(reference: str) -> bool:
    """Whether a reference is a digest of the only supported algorithm."""
    return DIGEST.fullmatch(reference) is not None


def read_manifest(content: bytes) -> Manifest:
    """The content that a manifest refers to. Raises `InvalidManifestError`."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidManifestError("the manifest is not JSON") from error
    if not isinstance(body, dict) or body.get("schemaVersion") != 2:
        raise InvalidManifestError("the manifest has another schema version than 2")
    if "manifests" in body:
        return Manifest(_media_type(body, OCI_INDEX), frozenset(), _digests(body["manifests"]))
    blobs = _digests([body.get("config")]) | _digests(body.get("layers"))
    return Manifest(_media_type(body, OCI_MANIFEST), blobs, frozenset())


def _media_type(body: dict[str, Any], default: str) -> str:
    """The type that the manifest names; in OCI it is optional."""
    named = body.get("mediaType")
    return named if isinstance(named, str) and named.isprintable() else default


def _digests(descriptors: object) -> frozenset[str]:
    if not isinstance(descriptors, list):
        raise InvalidManifestError("the manifest has no list of what it is made of")
    found = set()
    for descriptor in descriptors:
        digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
        if not isinstance(digest, str) or not is_digest(digest):
            raise InvalidManifestError("the manifest refers to something without a sha256 digest")
        if not descriptor.get("urls"):
            found.add(digest)
    return frozenset(found)
