"""A small npm registry on loopback: two packages with shell scripts in them, and downloads that break on
demand.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from typing import Any

from pywrangler.toolchain.lock import Program
from tests.support.servers.serving import QuietHandler, serving

NAMES = ("@cloudflare/workerd-linux-64", "@esbuild/linux-x64")
VERSIONS = {"@cloudflare/workerd-linux-64": "1.20261117.1", "@esbuild/linux-x64": "0.28.2"}
OUTPUTS = {"@cloudflare/workerd-linux-64": "workerd 2026-11-17", "@esbuild/linux-x64": "0.28.2"}


def make_tarball(name: str, script: str) -> bytes:
    buffer = io.BytesIO()
    program = "workerd" if "workerd" in name else "esbuild"
    manifest = json.dumps({"name": name, "version": VERSIONS[name]}).encode()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content, mode in (
            ("package/package.json", manifest, 0o644),
            (f"package/bin/{program}", script.encode(), 0o755),
        ):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


class Registry:
    """Serves the packages. `broken_downloads` counts down: while above zero a tarball arrives damaged."""

    def __init__(self, *, script: str = "#!/bin/sh\necho '{output}'\n") -> None:
        self.tarballs = {name: make_tarball(name, script.format(output=OUTPUTS[name])) for name in NAMES}
        self.broken_downloads = 0
        self.downloads = 0
        self.hold = threading.Event()
        self.hold.set()
        self.is_downloading = threading.Event()
        self._serving = serving(self._handler())
        self.url = ""

    @property
    def packages(self) -> tuple[Program, ...]:
        return tuple(Program(name, VERSIONS[name], self._entry(name)) for name in NAMES)

    def __enter__(self) -> Registry:
        self.url = f"http://127.0.0.1:{self._serving.__enter__()}/"
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self._serving.__exit__(None, None, None)

    def _entry(self, name: str) -> dict[str, Any]:
        digest = base64.b64encode(hashlib.sha512(self.tarballs[name]).digest()).decode()
        return {"version": VERSIONS[name], "integrity": f"sha512-{digest}", "os": ["linux"], "cpu": ["x64"]}

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Content type and body for a path, or None."""
        wanted = path.lstrip("/").replace("%2f", "/")
        for name in NAMES:
            if wanted == f"{name}.tgz":
                return "application/octet-stream", self._tarball(name)
            if wanted == name:
                version = VERSIONS[name]
                distribution = {
                    "tarball": f"{self.url}{name}.tgz",
                    "integrity": self._entry(name)["integrity"],
                }
                manifest = {"name": name, "version": version, "dist": distribution}
                document = {"name": name, "dist-tags": {"latest": version}, "versions": {version: manifest}}
                return "application/json", json.dumps(document).encode()
        return None

    def _tarball(self, name: str) -> bytes:
        self.is_downloading.set()
        self.hold.wait(timeout=30)
        self.downloads += 1
        if self.broken_downloads > 0:
            self.broken_downloads -= 1
            return make_tarball(name, "#!/bin/sh\nexit 1\n")
        return self.tarballs[name]

    def _handler(self) -> type[QuietHandler]:
        registry = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 - the name http.server asks for
                found = registry.answer(self.path)
                if found is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", found[0])
                self.send_header("Content-Length", str(len(found[1])))
                self.end_headers()
                self.wfile.write(found[1])

        return Handler
