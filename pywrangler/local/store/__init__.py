"""The platform's storage: one SQLite file, `<home>/platform.sqlite`, and the module files of Workers.

`Store.open(home, key)` gives one repository per resource. Nothing here decides: `rest` has the API's rules.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pywrangler.errors import PywranglerError
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.store.applications import Applications
from pywrangler.local.store.assets import StoredAssets
from pywrangler.local.store.cipher import Cipher
from pywrangler.local.store.connection import Database, open_database
from pywrangler.local.store.d1 import D1Databases
from pywrangler.local.store.fuse import FusePermissions
from pywrangler.local.store.identity import Identity, has_state, read_platform, settle_identity
from pywrangler.local.store.instances import Instances
from pywrangler.local.store.kv import KvNamespaces
from pywrangler.local.store.namespaces import Namespaces
from pywrangler.local.store.products.dispatch import DispatchNamespaces
from pywrangler.local.store.products.mtls import MtlsCertificates
from pywrangler.local.store.queues import Queues
from pywrangler.local.store.r2.buckets import R2Buckets, S3Keys
from pywrangler.local.store.r2.rules import NotificationRules
from pywrangler.local.store.registries import Registries
from pywrangler.local.store.rollouts import Rollouts
from pywrangler.local.store.secrets import Secrets
from pywrangler.local.store.secrets_stores import SecretsStores
from pywrangler.local.store.shared.blobs import Blobs, StoredBlobs
from pywrangler.local.store.shared.images import SharedImages
from pywrangler.local.store.shared.turns import Turns
from pywrangler.local.store.snapshots import StoredSnapshots
from pywrangler.local.store.versions import Versions
from pywrangler.local.store.workers import StoredWorkers
from pywrangler.local.store.workflows import Workflows

T = TypeVar("T")

__all__ = ["UPLOADS_NAME", "Identity", "Store", "has_state", "read_platform"]

UPLOADS_NAME = "uploads"
"""The directory of files of requests that have not ended."""


class Store:
    """All repositories over one database. Used from one thread."""

    def __init__(
        self, database: Database, home: Path, key: bytes | None, account_id: str | None = None
    ) -> None:
        cipher = Cipher(key)
        self._database = database
        self.uploads_directory = home / UPLOADS_NAME
        """The directory of an upload's modules before they become a version; on the same disk, emptied at
        every start.
        """
        self.account_id = _account_id(database, account_id)
        """32 hex digits, made once for this platform; a node of a cluster has that of the cluster."""
        self.identity = settle_identity(database, home, self.account_id)
        """The id that marks the engine's objects as this platform's."""
        self.workers = StoredWorkers(database)
        self.versions = Versions(database, cipher, home)
        self.assets = StoredAssets(database, home)
        self.blobs = StoredBlobs(database)
        self.secrets = Secrets(database, cipher)
        self.namespaces = Namespaces(database)
        self.applications = Applications(database)
        self.rollouts = Rollouts(database, self.applications)
        self.instances = Instances(database)
        self.kv = KvNamespaces(database)
        self.r2 = R2Buckets(database)
        self.s3_keys = S3Keys(database, cipher)
        self.r2_rules = NotificationRules(database)
        self.d1 = D1Databases(database)
        self.queues = Queues(database)
        self.workflows = Workflows(database)
        self.secrets_stores = SecretsStores(database, cipher)
        self.mtls = MtlsCertificates(database, cipher)
        self.dispatch = DispatchNamespaces(database)
        self.registries = Registries(database)
        self.fuse = FusePermissions(database)
        self.snapshots = StoredSnapshots(database)
        self.turns = Turns(database)
        self.images = SharedImages(database)

    @classmethod
    def open(cls, home: Path, key: bytes | None) -> Store:
        """The store in `home`; it is created if it does not exist. `key` (32 bytes) encrypts secrets.

        Raises `PywranglerError` if the state is not writable, damaged, or from a newer pywrangler.
        """
        store = cls(open_database(home / DATABASE_NAME), home, key)
        store.workers.discard_undeployed()
        store._recover(is_shared=False)
        return store

    @classmethod
    def over(cls, database: Database, home: Path, key: bytes | None, account_id: str | None = None) -> Store:
        """The store over a database that nodes share: what other nodes are about to do stays as it is.
        `account_id` is the cluster's.
        """
        store = cls(database, home, key, account_id)
        store._recover(is_shared=True)
        return store

    def _recover(self, *, is_shared: bool) -> None:
        """Remove the files that a crash left."""
        shutil.rmtree(self.uploads_directory, ignore_errors=True)
        self.uploads_directory.mkdir(mode=0o700)
        self.versions.sweep()
        self.assets.recover(is_shared=is_shared)

    def share_files(self, blobs: Blobs) -> None:
        """Leave files of versions and assets for other nodes from now on, and take theirs."""
        self.versions.shared = blobs
        self.assets.shared = blobs

    async def change(self, work: Callable[[], T]) -> T:
        """Run `work`, which changes the store, as one transaction, and return its result.

        In a cluster it may run more than once, so it does nothing else. What it decides on must be read
        inside: other nodes change the store, too. Raises `PywranglerError` if a name is taken.
        """
        try:
            return await self._database.change(work)
        except sqlite3.IntegrityError as error:
            raise PywranglerError(
                f"The change does not fit what another client has stored at the same time: {error}.",
                hint="Look at what is there now, then repeat the command if needed.",
                code="state-conflict",
            ) from error

    def copy_to(self, file: Path) -> None:
        """Write a copy of the database into a new file. Raises `PywranglerError`."""
        self._database.copy_to(file)

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _account_id(database: Database, given: str | None) -> str:
    conflict = "UPDATE SET value = excluded.value" if given else "NOTHING"
    database.execute(
        f"INSERT INTO meta (key, value) VALUES ('account_id', ?) ON CONFLICT (key) DO {conflict}",  # noqa: S608
        (given or uuid.uuid4().hex,),
    )
    row = database.row("SELECT value FROM meta WHERE key = 'account_id'")
    assert row is not None  # noqa: S101 - inserted above
    return str(row["value"])
