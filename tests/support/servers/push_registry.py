"""A container registry on loopback that takes pushes: the part of the distribution API that an engine uses
for that.

Plain HTTP, because engines trust registries on 127.0.0.1.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.support.servers.serving import QuietHandler, serving


@dataclass
class PushRegistry:
    """What was pushed. `passwords` are those it takes; `broken_uploads` the number of uploads it will break
    off.
    """

    host: str = ""
    passwords: set[str] = field(default_factory=set)
    broken_uploads: int = 0
    cut_uploads: int = 0
    """Connections that it will cut in the middle of an upload."""
    silent_seconds: float = 0
    """How long it says nothing before it answers an upload."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    """By `repository:tag`."""
    uploads: dict[str, bytes] = field(default_factory=dict)

    def takes(self, authorization: str | None) -> bool:
        """Whether a login is right."""
        kind, _, encoded = (authorization or "").partition(" ")
        with suppress(ValueError):
            password = base64.b64decode(encoded).decode().partition(":")[2]
            return kind == "Basic" and password in self.passwords
        return False


@contextmanager
def serve_pushes(registry: PushRegistry) -> Iterator[PushRegistry]:
    """Serve `registry` on a free port for as long as the context is open."""
    with serving(_Handler, registry=registry) as port:
        registry.host = f"127.0.0.1:{port}"
        yield registry


class _Handler(QuietHandler):
    registry: PushRegistry

    def answer(self) -> None:
        """One request, all methods."""
        if self.command == "PATCH":
            time.sleep(self.registry.silent_seconds)
        if self.command == "PATCH" and self.registry.cut_uploads:
            self.registry.cut_uploads -= 1
            self.rfile.read(1)
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        body = self._body()
        if not self.registry.takes(self.headers.get("Authorization")):
            self._reply(401, {"WWW-Authenticate": 'Basic realm="test"'})
            return
        parts = urlsplit(self.path)
        if found := re.fullmatch(r"/v2/(.+)/blobs/uploads/([^/]*)", parts.path):
            self._upload(found[1], found[2], parse_qs(parts.query), body)
        elif found := re.fullmatch(r"/v2/.+/blobs/(.+)", parts.path):
            has_it = found[1] in self.registry.blobs
            self._reply(200 if has_it else 404, content=self.registry.blobs.get(found[1], b""))
        elif (found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", parts.path)) and self.command == "PUT":
            self.registry.manifests[f"{found[1]}:{found[2]}"] = body
            self._reply(201, {"Docker-Content-Digest": _digest(body)})
        else:
            self._reply(200 if parts.path == "/v2/" else 404)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = answer  # noqa: N815 - http.server's names

    def _upload(self, repository: str, upload: str, query: dict[str, list[str]], body: bytes) -> None:
        if self.command == "PATCH" and self.registry.broken_uploads:
            self.registry.broken_uploads -= 1
            # A response that the engine does not try again by itself, as when credentials ran out on the way.
            self._reply(
                403, content=json.dumps({"errors": [{"code": "DENIED", "message": "expired"}]}).encode()
            )
            return
        if self.command == "POST":
            upload = uuid.uuid4().hex
        content = self.registry.uploads.pop(upload, b"") + body
        if self.command == "PUT":
            self.registry.blobs[query["digest"][0]] = content
            self._reply(201, {"Docker-Content-Digest": query["digest"][0]})
            return
        self.registry.uploads[upload] = content
        location = f"http://{self.registry.host}/v2/{repository}/blobs/uploads/{upload}"
        self._reply(202, {"Location": location, "Range": f"0-{max(len(content) - 1, 0)}"})

    def _body(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _reply(self, status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
