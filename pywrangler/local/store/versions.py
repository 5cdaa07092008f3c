"""Versions of Workers: rows in the database, modules as files under
`<home>/workers/<worker>/versions/<version id>/`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from sqlite3 import Row
from typing import Any

from pywrangler.errors import MissingError
from pywrangler.local.store.cipher import Cipher
from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import ClassName, Namespace, StoredModule, Transfer, Version, named_images
from pywrangler.local.store.secrets import Secrets
from pywrangler.local.store.shared.blobs import Blobs, StoredBlobs
from pywrangler.sensitive import Sensitive

KEPT_VERSIONS = 20
"""How many of the newest versions of each Worker are kept. The active one is always kept."""

VERSIONS_WITH_IMAGES = 10
"""How many of them keep the images of their containers."""


@dataclass(frozen=True)
class VersionDraft:
    """What becomes a version.

    `modules` name files anywhere on the same disk: `Versions.add` links or moves them.
    """

    id: str
    worker: str
    created_on: float
    metadata: Mapping[str, Any]
    modules: tuple[StoredModule, ...]
    namespaces: tuple[Namespace, ...]
    migration_tag: str | None
    content_hash: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    source: str = "wrangler"
    secrets: Mapping[str, Sensitive[str]] = field(default_factory=dict)
    transfers: tuple[Transfer, ...] = ()
    """Classes that move from or to this Worker when the version becomes active."""
    former_names: Mapping[ClassName, str] = field(default_factory=dict)
    """Names that classes no longer have when the version becomes active, and their namespaces' ids."""


class Versions:
    """Repository of versions; it owns their files."""

    def __init__(self, database: Database, cipher: Cipher, home: Path) -> None:
        self._database = database
        self._secrets = Secrets(database, cipher)
        self._blobs = StoredBlobs(database)
        self._workers_directory = home / "workers"
        self.shared: Blobs | None = None
        """Where other nodes of a cluster get the files."""

    def get(self, version_id: str) -> Version | None:
        """The version with that id."""
        row = self._database.row("SELECT * FROM versions WHERE id = ?", (version_id,))
        return self._version(row) if row else None

    def active(self, worker: str) -> Version | None:
        """The Worker's active version."""
        query = (
            "SELECT versions.* FROM versions JOIN workers ON workers.active_version_id = versions.id WHERE"
            " workers.name = ?"
        )
        row = self._database.row(query, (worker,))
        return self._version(row) if row else None

    def all_active(self) -> dict[str, Version]:
        """Name of each Worker that has an active version → that version, by name."""
        query = (
            "SELECT versions.* FROM versions JOIN workers ON workers.active_version_id = versions.id"
            " ORDER BY workers.name"
        )
        return {row["worker"]: self._version(row) for row in self._database.rows(query)}

    def of_worker(self, worker: str) -> list[Version]:
        """The Worker's versions, newest first."""
        rows = self._database.rows("SELECT * FROM versions WHERE worker = ? ORDER BY number DESC", (worker,))
        return [self._version(row) for row in rows]

    async def add(self, draft: VersionDraft) -> Version:
        """Store a version with its modules and secrets. The Worker must exist."""
        directory = self._directory(draft.worker, draft.id)
        directory.mkdir(mode=0o700, parents=True)
        try:
            modules = [
                _adopt(module, directory / f"{index:04d}") for index, module in enumerate(draft.modules)
            ]
            if self.shared is not None:
                for module in draft.modules:
                    await self.shared.add(module.sha256, module.path)
            await self._database.change(lambda: self._insert(draft, modules))
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        added = self.get(draft.id)
        assert added is not None  # noqa: S101 - inserted above
        return added

    async def bring_files(self, version: Version) -> None:
        """Get the module files of a version that another node has stored. Raises `PywranglerError`."""
        if self.shared is not None:
            for module in version.modules:
                if not module.path.is_file():
                    await self.shared.fetch(module.sha256, module.path)

    def annotate(self, version_id: str, annotations: Mapping[str, str]) -> None:
        """Replace a version's annotations. Nothing else about it may change."""
        text = json.dumps(dict(annotations))
        self._database.execute("UPDATE versions SET annotations = ? WHERE id = ?", (text, version_id))

    def rebase(
        self, version: Version, namespaces: tuple[Namespace, ...], migration_tag: str | None
    ) -> Version:
        """Give a version that is deployed again the current namespaces of its Worker, because migrations are
        never undone.
        """
        text = json.dumps([asdict(namespace) for namespace in namespaces])
        self._database.execute(
            "UPDATE versions SET namespaces = ?, migration_tag = ? WHERE id = ?",
            (text, migration_tag, version.id),
        )
        return replace(version, namespaces=namespaces, migration_tag=migration_tag)

    def forward(
        self, version: Version, metadata: Mapping[str, Any], namespaces: tuple[Namespace, ...]
    ) -> None:
        """Let a version follow classes that were renamed, or moved between Workers."""
        texts = json.dumps(dict(metadata)), json.dumps([asdict(namespace) for namespace in namespaces])
        content_hash = version.content_hash
        if metadata != version.metadata:  # it no longer equals the upload
            content_hash = hashlib.sha256(f"{content_hash} {texts[0]}".encode()).hexdigest()
        self._database.execute(
            "UPDATE versions SET metadata = ?, namespaces = ?, content_hash = ? WHERE id = ?",
            (*texts, content_hash, version.id),
        )

    def keep_images(self, version_id: str, images: Mapping[str, str]) -> None:
        """Note the images that applications have with a version, by application."""
        with self._database.transaction():
            for application_id, image in images.items():
                self._database.execute(
                    "INSERT OR REPLACE INTO version_images (version_id, application_id, image)"
                    " VALUES (?, ?, ?)",
                    (version_id, application_id, image),
                )

    def kept_images(self, version_id: str) -> dict[str, str]:
        """The images that were noted for a version, by application."""
        query = "SELECT application_id, image FROM version_images WHERE version_id = ?"
        return {row["application_id"]: row["image"] for row in self._database.rows(query, (version_id,))}

    def needed_images(self) -> list[tuple[str, str]]:
        """The images of the newest versions of every Worker, to which it can go back, each with the name of
        the application, or of the Worker where the version has none yet.
        """
        names = {row["id"]: row["name"] for row in self._database.rows("SELECT id, name FROM applications")}
        found = []
        for row in self._database.rows("SELECT name FROM workers"):
            for version in self.of_worker(row["name"])[:VERSIONS_WITH_IMAGES]:
                kept = self.kept_images(version.id)
                found += [(names.get(each, version.worker), image) for each, image in kept.items()]
                found += [
                    (str(entry.get("name") or version.worker), str(entry["image"]))
                    for entry in version.metadata.get("containers") or ()
                    if entry.get("image")
                ]
                found += [
                    (version.worker, image)
                    for images in named_images(version.metadata).values()
                    for image in images.values()
                ]
        return found

    async def discard(self, version: Version) -> None:
        """Remove a version that is not active, with its files and deployments."""
        await self._database.change(lambda: self._forget(version))
        shutil.rmtree(self._directory(version.worker, version.id), ignore_errors=True)

    async def discard_old(self, worker: str) -> None:
        """Remove all but the newest versions and those that serve."""

        def forget() -> list[Version]:
            serving = self._serving(worker)
            old = [each for each in self.of_worker(worker)[KEPT_VERSIONS:] if each.id not in serving]
            for version in old:
                self._forget(version)
            return old

        for version in await self._database.change(forget):
            shutil.rmtree(self._directory(worker, version.id), ignore_errors=True)

    def _forget(self, version: Version) -> None:
        self._database.execute(
            "DELETE FROM deployments WHERE version_id = ? OR shares LIKE ?", (version.id, f"%{version.id}%")
        )
        self._database.execute("DELETE FROM versions WHERE id = ?", (version.id,))

    def _serving(self, worker: str) -> set[str]:
        """The active version, and those that share the requests with it."""
        newest = self._database.row(
            "SELECT shares FROM deployments WHERE worker = ? ORDER BY created_on DESC, rowid DESC", (worker,)
        )
        shared = {version_id for version_id, _ in json.loads((newest and newest["shares"]) or "[]")}
        active = self.active(worker)
        return shared | ({active.id} if active else set())

    def remove_files(self, worker: str) -> None:
        """Remove the module files of a Worker that is gone."""
        shutil.rmtree(self._workers_directory / worker / "versions", ignore_errors=True)

    def sweep(self) -> None:
        """Remove files that no version names. A crash between writing the files and the row leaves them."""
        known = {row["id"] for row in self._database.rows("SELECT id FROM versions")}
        for directory in self._workers_directory.glob("*/versions/*"):
            if directory.name not in known:
                shutil.rmtree(directory, ignore_errors=True)

    def _directory(self, worker: str, version_id: str) -> Path:
        return self._workers_directory / worker / "versions" / version_id

    def _insert(self, draft: VersionDraft, modules: Sequence[tuple[StoredModule, str]]) -> None:
        if self.shared and any(self._blobs.get(module.sha256) is None for module, _ in modules):
            raise MissingError("The upload took so long that its files are gone. Deploy again.")
        modules_json = [
            {"name": m.name, "type": m.type, "file": file, "sha256": m.sha256} for m, file in modules
        ]
        self._database.execute(
            "INSERT INTO versions (id, worker, number, created_on, metadata, modules, namespaces,"
            " migration_tag,"
            " content_hash, annotations, source) VALUES (?,"
            " ?, (SELECT COALESCE(MAX(number), 0) + 1 FROM versions WHERE worker = ?), ?, ?, ?, ?, ?, ?,"
            " ?, ?)",
            (
                draft.id,
                draft.worker,
                draft.worker,
                draft.created_on,
                json.dumps(dict(draft.metadata)),
                json.dumps(modules_json),
                json.dumps([asdict(namespace) for namespace in draft.namespaces]),
                draft.migration_tag,
                draft.content_hash,
                json.dumps(dict(draft.annotations)),
                draft.source,
            ),
        )
        self._secrets.put_all(draft.id, draft.secrets)

    def _version(self, row: Row) -> Version:
        directory = self._directory(row["worker"], row["id"])
        return Version(
            id=row["id"],
            worker=row["worker"],
            number=row["number"],
            created_on=row["created_on"],
            metadata=json.loads(row["metadata"]),
            modules=tuple(
                StoredModule(m["name"], m["type"], directory / m["file"], m["sha256"])
                for m in json.loads(row["modules"])
            ),
            namespaces=tuple(Namespace(**namespace) for namespace in json.loads(row["namespaces"])),
            migration_tag=row["migration_tag"],
            content_hash=row["content_hash"],
            annotations=json.loads(row["annotations"]),
            source=row["source"],
        )


def _adopt(module: StoredModule, target: Path) -> tuple[StoredModule, str]:
    # A hard link: a new version with the same modules (a secret was put) shares their files with the one
    # before.
    module.path.chmod(0o600)
    target.hardlink_to(module.path)
    return module, target.name
