"""A container registry on loopback with one small image: enough of the distribution API for a real pull.

The engine talks plain HTTP to registries on 127.0.0.1.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile

from tests.support.servers.serving import QuietHandler, serving

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Registry:
    """Serves `test/app:1` for one architecture; everything else is unknown to it, and `private/` wants a
    login.
    """

    def __init__(self, architecture: str = "amd64", content: bytes = b"hello") -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            entry = tarfile.TarInfo("hello")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        layer = gzip.compress(buffer.getvalue(), mtime=0)
        rootfs = {"type": "layers", "diff_ids": [digest(buffer.getvalue())]}
        config = json.dumps(
            {"architecture": architecture, "os": "linux", "rootfs": rootfs, "config": {}}
        ).encode()
        self.manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "size": len(config), "digest": digest(config)},
                "layers": [{"mediaType": LAYER, "size": len(layer), "digest": digest(layer)}],
            }
        ).encode()
        self.blobs = {digest(config): config, digest(layer): layer}
        self._serving = serving(self._handler())
        self.host = ""

    def __enter__(self) -> Registry:
        self.host = f"127.0.0.1:{self._serving.__enter__()}"
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.__exit__(None, None, None)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a path."""
        if path == "/v2/":
            return 200, "application/json", b"{}"
        if path.startswith("/v2/private/"):
            errors = [{"code": "UNAUTHORIZED", "message": "authentication required"}]
            return 401, "application/json", json.dumps({"errors": errors}).encode()
        kind, _, name = path.removeprefix("/v2/test/app/").partition("/")
        if kind == "manifests" and name in ("1", digest(self.manifest)):
            return 200, MANIFEST, self.manifest
        if kind == "blobs" and name in self.blobs:
            return 200, "application/octet-stream", self.blobs[name]
        errors = [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]
        return 404, "application/json", json.dumps({"errors": errors}).encode()

    def _handler(self) -> type[QuietHandler]:
        registry = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 - the name http.server asks for
                status, kind, body = registry.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Docker-Content-Digest", digest(body))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815 - the name http.server asks for

        return Handler
