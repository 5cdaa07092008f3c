"""Secrets of Workers. They belong to a version, as on Cloudflare: putting one makes a new version."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.errors import MissingError
from pywrangler.local.store.cipher import LOST, Cipher
from pywrangler.local.store.connection import Database
from pywrangler.sensitive import Sensitive


class Secrets:
    """Repository of the values of `secret_text` bindings, encrypted."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def of_version(self, version_id: str) -> dict[str, Sensitive[str]]:
        """Values of the version's secrets, by binding name. Those whose key was lost are absent: nothing
        brings them back, and they must not stop what replaces them.
        """
        rows = self._database.rows(
            "SELECT name, sealed FROM secrets WHERE version_id = ? ORDER BY name", (version_id,)
        )
        found = {}
        for row in rows:
            try:
                found[row["name"]] = self._cipher.open(row["sealed"], f"{version_id}/{row['name']}")
            except MissingError as error:
                if error.code != LOST:
                    raise
        return found

    def put_all(self, version_id: str, values: Mapping[str, Sensitive[str]]) -> None:
        """Store the secrets of a new version."""
        for name, value in values.items():
            self._database.execute(
                "INSERT INTO secrets (version_id, name, sealed) VALUES (?, ?, ?)",
                (version_id, name, self._cipher.seal(value, f"{version_id}/{name}")),
            )

    def fingerprint(self, value: Sensitive[str]) -> str:
        """A keyed hash of a value, for comparing."""
        return self._cipher.fingerprint(value)
