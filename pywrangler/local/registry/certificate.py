"""The registry's certificate for loopback. It is created here, and only clients that are configured to trust
it do so.

TLS is there because Wrangler's `containers images` speaks https to every registry. Engines take any
certificate from 127.0.0.0/8; other clients are given the file (`NODE_EXTRA_CA_CERTS` for Wrangler).
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from pywrangler.private_files import write_private

LIFETIME = timedelta(days=3650)
RENEWAL = timedelta(days=30)
NAMES = ("127.0.0.1", "::1")


def ensure_certificate(directory: Path) -> tuple[Path, Path]:
    """The files of the certificate and its key; created if they are missing, damaged or expire soon."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    if not _is_good(certificate, key):
        # What makes certificates takes 10 MiB, which a process that runs for days should not keep.
        argv = [sys.executable, "-m", __name__, str(certificate), str(key)]
        if subprocess.run(argv, stderr=subprocess.DEVNULL, check=False).returncode:
            make_certificate(certificate, key)  # again, to raise the reason
    return certificate, key


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's TLS context with them."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _is_good(certificate: Path, key: Path) -> bool:
    try:
        server_context(certificate, key)
        authorities = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authorities.load_verify_locations(certificate)
        [found] = authorities.get_ca_certs()
        end = ssl.cert_time_to_seconds(str(found["notAfter"]))
    except (OSError, ValueError):
        return False
    return end - RENEWAL.total_seconds() > time.time()


def make_certificate(certificate: Path, key: Path) -> None:
    """Write a new key and its certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pywrangler local registry")])
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ip_address(address)) for address in NAMES)]
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(own_name)
        .issuer_name(own_name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # It is self-signed. With path length 0 and no other key usage it cannot vouch for anything else.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    write_private(key, private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    write_private(certificate, signed.public_bytes(encoding))


if __name__ == "__main__":
    make_certificate(*map(Path, sys.argv[1:]))
