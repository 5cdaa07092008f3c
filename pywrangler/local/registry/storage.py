"""The registry's storage, in files below one directory: contents by digest, tags as files that hold a digest.

    blobs/<hex>                                     layers and image configurations
    uploads/<id>                                    what is on its way
    repositories/<name>/_manifests/<hex>            manifests, as they were sent
    repositories/<name>/_tags/<tag>                 a digest

Everything appears whole or not at all, by renaming. Nothing here is asynchronous: callers use threads for
what takes long.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pywrangler.file_hashes import sha256_of
from pywrangler.local.registry.names import Manifest, read_manifest

UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
ABANDONED_SECONDS = 600.0
"""A client that pushes sends something all the time. An upload without news for so long has no client."""


@dataclass(frozen=True)
class StoredManifest:
    """A manifest as it was pushed."""

    digest: str
    content: bytes

    @property
    def parsed(self) -> Manifest:
        """The parsed manifest."""
        return read_manifest(self.content)


class Storage:
    """The registry's files. Names, tags and digests are valid when they come here."""

    def __init__(self, directory: Path) -> None:
        self._blobs = directory / "blobs"
        self._uploads = directory / "uploads"
        self._repositories = directory / "repositories"
        for needed in (directory, self._blobs, self._uploads, self._repositories):
            needed.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._promised: set[str] = set()

    def blob(self, digest: str) -> Path | None:
        """The file of a blob."""
        file = self._blobs / _hex(digest)
        return file if file.is_file() else None

    def promise(self, digest: str) -> None:
        """Keep a blob that no manifest refers to yet, because a client was told that it exists."""
        self._promised.add(digest)

    def begin_upload(self) -> str:
        """A new upload, empty. Abandoned ones are removed first."""
        self.drop_uploads(ABANDONED_SECONDS)
        upload = uuid.uuid4().hex
        os.close(os.open(self._uploads / upload, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return upload

    def upload(self, upload: str) -> Path | None:
        """The file of an upload that has begun."""
        file = self._uploads / upload
        return file if UPLOAD_ID.fullmatch(upload) and file.is_file() else None

    def finish_upload(self, upload: Path, digest: str) -> bool:
        """Turn an upload into the blob `digest`. With another digest the upload is removed, and the result is
        False.
        """
        found = sha256_of(upload)
        if found != _hex(digest):
            upload.unlink()
            return False
        self._promised.add(digest)
        upload.replace(self._blobs / found)
        return True

    def repositories(self) -> dict[str, list[str]]:
        """The names of all repositories with their tags, both in order."""
        names = sorted(
            directory.parent.relative_to(self._repositories).as_posix()
            for directory in self._repositories.rglob("_manifests")
        )
        return {name: self.tags(name) for name in names}

    def tags(self, repository: str) -> list[str]:
        """A repository's tags in order."""
        directory = self._repositories / repository / "_tags"
        return sorted(file.name for file in directory.iterdir()) if directory.is_dir() else []

    def manifest(self, repository: str, reference: str) -> StoredManifest | None:
        """The manifest of a tag or a digest."""
        digest = reference
        try:
            if not reference.startswith("sha256:"):
                digest = (self._repositories / repository / "_tags" / reference).read_text()
            return StoredManifest(digest, self._manifest_file(repository, digest).read_bytes())
        except FileNotFoundError:
            return None

    def missing(self, repository: str, manifest: Manifest) -> list[str]:
        """The content that a manifest refers to and that the registry does not have."""
        blobs = [digest for digest in sorted(manifest.blobs) if self.blob(digest) is None]
        parts = [d for d in sorted(manifest.manifests) if not self._manifest_file(repository, d).is_file()]
        return blobs + parts

    def put_manifest(self, repository: str, manifest: StoredManifest, tag: str | None) -> None:
        """Store a manifest, under a tag if one is given."""
        self._write(self._manifest_file(repository, manifest.digest), manifest.content)
        if tag is not None:
            self._write(self._repositories / repository / "_tags" / tag, manifest.digest.encode())
        self._promised -= manifest.parsed.blobs

    def delete_tag(self, repository: str, tag: str, needed: Collection[str] = ()) -> None:
        """Remove a tag, and its manifest unless another tag refers to it or it is `needed`."""
        manifest = self.manifest(repository, tag)
        (self._repositories / repository / "_tags" / tag).unlink(missing_ok=True)
        if manifest is not None and manifest.digest not in self._kept(repository):
            self.delete_manifest(repository, manifest.digest, needed)

    def delete_manifest(self, repository: str, digest: str, needed: Collection[str] = ()) -> None:
        """Remove a manifest with its tags, and the images of an index that nothing else refers to.

        If it is `needed`, only the tags are removed.
        """
        manifest = self.manifest(repository, digest)
        if manifest is None:
            return
        for tag in self.tags(repository):
            file = self._repositories / repository / "_tags" / tag
            if file.read_text() == digest:
                file.unlink()
        if digest in needed:
            return
        self._manifest_file(repository, digest).unlink()
        for part in manifest.parsed.manifests - self._kept(repository):
            self.delete_manifest(repository, part, needed)
        self._prune(repository)

    def collect_garbage(self) -> int:
        """Remove blobs that no manifest refers to and no client was promised. Returns the freed bytes."""
        used = self._promised.union(
            *(manifest.parsed.blobs for name in self.repositories() for manifest in self._manifests(name))
        )
        freed = 0
        for file in self._blobs.iterdir():
            if f"sha256:{file.name}" not in used:
                freed += file.stat().st_size
                file.unlink()
        return freed

    def drop_uploads(self, idle_seconds: float = 0) -> None:
        """Remove unfinished uploads that have got nothing for so long."""
        for file in self._uploads.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime >= idle_seconds:
                    file.unlink()

    def _kept(self, repository: str) -> frozenset[str]:
        """Digests of manifests that a tag or an index of the repository refers to."""
        tagged = (self.manifest(repository, tag) for tag in self.tags(repository))
        parts = (manifest.parsed.manifests for manifest in self._manifests(repository))
        return frozenset(manifest.digest for manifest in tagged if manifest).union(*parts)

    def _manifests(self, repository: str) -> Iterator[StoredManifest]:
        for file in (self._repositories / repository / "_manifests").iterdir():
            yield StoredManifest(f"sha256:{file.name}", file.read_bytes())

    def _manifest_file(self, repository: str, digest: str) -> Path:
        return self._repositories / repository / "_manifests" / _hex(digest)

    def _write(self, file: Path, content: bytes) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._uploads / uuid.uuid4().hex
        draft.write_bytes(content)
        draft.replace(file)

    def _prune(self, repository: str) -> None:
        """Remove the directories of a repository that has nothing left."""
        directory = self._repositories / repository
        for empty in (directory / "_tags", directory / "_manifests", directory, *directory.parents):
            if empty == self._repositories:
                return
            try:
                empty.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                return


def digest_of(content: bytes) -> str:
    """The digest by which a registry knows `content`."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")
