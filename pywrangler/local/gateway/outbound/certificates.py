"""The certificate authority of intercepted containers, and certificates of names that it signs.

When a Worker intercepts HTTPS, workerd puts the authority's certificate into its containers, as
`/etc/cloudflare/certs/cloudflare-containers-ca.crt`; the image has to trust it, as on Cloudflare.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import ssl
from contextlib import suppress
from pathlib import Path

from pywrangler.local.certificates import (
    certificate_part,
    make_authority,
    make_leaf,
    present,
    read_certificate,
    read_key,
)
from pywrangler.private_files import write_private

FILE_NAME = "outbound-authority.pem"
AUTHORITY_NAME = "pywrangler containers"
LEAF_LIFETIME = datetime.timedelta(days=30)
KEPT_NAMES = 512


class Authority:
    """A certificate authority on disk: key and certificate in one file that only this user can read."""

    def __init__(
        self,
        directory: Path,
        file_name: str = FILE_NAME,
        name: str = AUTHORITY_NAME,
        *,
        within: str | None = None,
    ) -> None:
        self._path = directory / file_name
        self._name = name
        self._within = within
        """The domain to which it is limited."""
        self.context_for = functools.lru_cache(KEPT_NAMES)(self._make_context)
        """The TLS context of a server with the given name or address."""

    @functools.cached_property
    def certificate_pem(self) -> str:
        """Its certificate; created and stored at first use."""
        return certificate_part(self._load())

    def _load(self) -> str:
        if not self._path.exists():
            self._store(make_authority(self._name, within=self._within))
        elif not _is_strict(self._path.read_bytes()):
            # The key stays, so that containers that trust the former certificate accept new certificates of
            # names.
            self._store(make_authority(self._name, read_key(self._path.read_bytes()), within=self._within))
        return self._path.read_text()

    def _store(self, content: bytes) -> None:
        write_private(self._path, content)

    @functools.cached_property
    def _loaded(self) -> bytes:
        return self._load().encode()

    def _make_context(self, name: str) -> ssl.SSLContext:
        from cryptography import x509

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        subject: x509.GeneralName = x509.DNSName(name)
        with suppress(ValueError):
            subject = x509.IPAddress(ipaddress.ip_address(name))
        present(context, make_leaf(self._loaded, name, [subject], LEAF_LIFETIME))
        return context


def _is_strict(content: bytes) -> bool:
    """Whether the authority has what strict clients require; pywrangler before 0.1.0 omitted it."""
    from cryptography import x509

    kinds = {type(extension.value) for extension in read_certificate(content).extensions}
    return {x509.SubjectKeyIdentifier, x509.KeyUsage} <= kinds
