"""Client certificates, with their keys encrypted, and certificates of authorities."""

from __future__ import annotations

from sqlite3 import Row

from pywrangler.local.store.cipher import Cipher
from pywrangler.local.store.connection import Database
from pywrangler.local.store.records import MtlsCertificate
from pywrangler.sensitive import Sensitive


class MtlsCertificates:
    """Repository of certificates."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def all(self) -> list[MtlsCertificate]:
        """Every certificate, newest first."""
        rows = self._database.rows("SELECT * FROM mtls_certificates ORDER BY uploaded_on DESC, id")
        return [_certificate(row) for row in rows]

    def get(self, certificate_id: str) -> MtlsCertificate | None:
        """The certificate with that id."""
        row = self._row(certificate_id)
        return _certificate(row) if row else None

    def key(self, certificate_id: str) -> Sensitive[str] | None:
        """The private key of a client certificate, in PEM."""
        row = self._row(certificate_id)
        if row is None or row["sealed_key"] is None:
            return None
        return self._cipher.open(row["sealed_key"], row["id"])

    def add(self, certificate: MtlsCertificate, key: Sensitive[str] | None) -> None:
        """Add a certificate; one of an authority has no key."""
        self._database.execute(
            "INSERT INTO mtls_certificates (id, name, is_authority, chain, sealed_key, uploaded_on)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                certificate.id,
                certificate.name,
                certificate.is_authority,
                certificate.chain,
                self._cipher.seal(key, certificate.id) if key else None,
                certificate.uploaded_on,
            ),
        )

    def delete(self, certificate_id: str) -> None:
        """Remove a certificate."""
        self._database.execute("DELETE FROM mtls_certificates WHERE id = ?", (certificate_id,))

    def _row(self, certificate_id: str) -> Row | None:
        return self._database.row("SELECT * FROM mtls_certificates WHERE id = ?", (certificate_id,))


def _certificate(row: Row) -> MtlsCertificate:
    return MtlsCertificate(
        row["id"], row["name"], bool(row["is_authority"]), row["chain"], row["uploaded_on"]
    )
