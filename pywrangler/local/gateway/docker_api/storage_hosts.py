"""R2's own host names in containers without handlers: entries of `/etc/hosts`, and a certificate to trust.
Pure.

The authority of that certificate can sign for R2's host names only, and the certificate is one file more in
the directory that OpenSSL, GnuTLS and Go read on Debian, Ubuntu and Alpine: no file of the image changes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass

HOST = "r2.cloudflarestorage.com"
PORT = 443
AUTHORITY_NAME = "pywrangler R2"
AUTHORITY_FILE = "r2-authority.pem"
CERTIFICATE = "etc/ssl/certs/34ffcf4d.0"
"""In the container. OpenSSL looks for a file that is named by the hash of the subject, `CN=pywrangler R2`."""
DEFAULT_JURISDICTION = "default"


@dataclass(frozen=True)
class StorageHosts:
    """What a container needs to find R2's host names on this machine, and to trust what answers."""

    names: tuple[str, ...]
    address: str
    """Of this machine, in the container's network."""
    certificate: str
    """Of the authority, in PEM."""

    @property
    def extra_hosts(self) -> list[str]:
        """The engine's `ExtraHosts`."""
        return [f"{name}:{self.address}" for name in self.names]

    def archive(self) -> bytes:
        """An archive with the certificate, to unpack in the container's root directory."""
        content, archive = self.certificate.encode(), io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as files:
            entry = tarfile.TarInfo(CERTIFICATE)
            entry.size, entry.mode = len(content), 0o644
            files.addfile(entry, io.BytesIO(content))
        return archive.getvalue()


def host_names(account_id: str, buckets: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The host names of an account and of its `buckets`, each with its jurisdiction."""
    found = {f"{account_id}.{HOST}"}
    for bucket, jurisdiction in buckets:
        part = "" if jurisdiction == DEFAULT_JURISDICTION else f"{jurisdiction}."
        host = f"{account_id}.{part}{HOST}"
        found |= {host, f"{bucket}.{host}"}
    return tuple(sorted(found))
