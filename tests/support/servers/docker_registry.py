"""A real image registry, Debian's docker-registry, that wants a login."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bcrypt

from tests.support.http import request
from tests.support.waiting import eventually

PROGRAM = "docker-registry"
CONFIG = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {directory}/images}}}}
http: {{addr: "{address}"{tls}}}
auth: {{htpasswd: {{realm: test, path: {directory}/htpasswd}}}}
log: {{level: error}}
"""


@contextmanager
def serve_registry(
    directory: Path, address: str, user: str, password: str, certificate: Path | None = None
) -> Iterator[None]:
    """Serve it at `address`, a host with a port, for as long as the context is open.

    With a certificate, a file that has its key, too, it speaks HTTPS.
    """
    tls = f", tls: {{certificate: {certificate}, key: {certificate}}}" if certificate else ""
    url = f"{'https' if certificate else 'http'}://{address}/v2/"
    trusting = ssl.create_default_context(cafile=certificate) if certificate else None
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    (directory / "htpasswd").write_text(f"{user}:{hashed}\n")
    (directory / "registry.yml").write_text(CONFIG.format(directory=directory, address=address, tls=tls))
    with (directory / "registry.log").open("w") as log:
        process = subprocess.Popen([PROGRAM, "serve", directory / "registry.yml"], stdout=log, stderr=log)
    try:
        eventually(lambda: _wants_login(url, trusting), what=f"{PROGRAM} answering")
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wants_login(url: str, tls: ssl.SSLContext | None) -> bool:
    try:
        return request(url, tls=tls).status == 401
    except OSError:
        return False
