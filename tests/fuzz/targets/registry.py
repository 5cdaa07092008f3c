"""What is pushed to the platform's registry: manifests, names, credentials."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from pywrangler.local.registry.inventory import list_images
from pywrangler.local.registry.names import (
    InvalidManifestError,
    is_digest,
    is_repository,
    is_tag,
    read_manifest,
)
from pywrangler.local.registry.passes import Passes
from pywrangler.local.registry.storage import Storage, StoredManifest, digest_of
from tests.fuzz.records import Read, Target

REPOSITORY = "account/box"
DIGEST = digest_of(b"{}")
CONFIG_PART = b"\0"
"""Between a manifest and the configuration that it refers to."""


def open_manifests(directory: Path) -> Read:
    """Manifests, and the list of images that is made of them."""
    storage = Storage(directory / "registry")
    blob = directory / "registry" / "blobs" / DIGEST.removeprefix("sha256:")

    def read(data: bytes) -> None:
        manifest, _, configuration = data.partition(CONFIG_PART)
        with contextlib.suppress(InvalidManifestError):
            parsed = read_manifest(manifest)
            assert all(is_digest(digest) for digest in parsed.blobs | parsed.manifests)
            stored = StoredManifest(digest_of(manifest), manifest)
            blob.write_bytes(configuration)
            storage.put_manifest(REPOSITORY, stored, "1")
            (image,) = list_images(storage)
            assert (image.repository, image.tag, image.digest) == (REPOSITORY, "1", stored.digest)
            assert json.dumps([image.size_bytes, image.created], allow_nan=False)
            storage.delete_tag(REPOSITORY, "1")
            assert storage.repositories() == {}

    return read


def open_names(_directory: Path) -> Read:
    """Names, tags and digests in paths, and credentials in headers."""
    passes = Passes()

    def read(data: bytes) -> None:
        text = data.decode("latin-1")
        is_name = is_repository(text) or is_tag(text) or is_digest(text)
        assert not (is_name and (".." in text.split("/") or text.startswith("/") or "\0" in text))
        assert passes.permissions(text) is None

    return read


MANIFESTS = Target(
    "manifests",
    open_manifests,
    tuple(
        json.dumps(manifest).encode() + CONFIG_PART + json.dumps(configuration).encode()
        for manifest, configuration in (
            (
                {
                    "schemaVersion": 2,
                    "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": {"digest": DIGEST, "size": 2},
                    "layers": [{"digest": DIGEST, "size": 10}, {"digest": DIGEST, "urls": ["https://a"]}],
                },
                {"created": "2026-11-30T00:00:00Z"},
            ),
            ({"schemaVersion": 2, "manifests": [{"digest": DIGEST, "size": 1}]}, {}),
        )
    ),
    words=('"digest":', '"size":', '"layers":', '"config":', '"manifests":', '"urls":', DIGEST, '"created":'),
)
NAMES = Target(
    "names",
    open_names,
    (
        b"account/box/a--b.c__d",
        b"v1.2_3-x",
        DIGEST.encode(),
        b"Basic djE6cGFzc3dvcmQ=",
        b"a-" * 60 + b"/" + b"b." * 60,
    ),
    words=("sha256:", "Basic ", "a-", "a/", "__"),
)
