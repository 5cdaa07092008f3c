"""An account at Cloudflare whose part another local platform plays: its API for previews of Workers, and the
addresses below workers.dev, which are reached through a proxy.

A preview is a real Worker of that platform, so its bindings have real products behind them. For products
that it does not have, a Worker named `index` takes the calls.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import socketserver
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.api import Api, Call, Says, read_body, refusal, result, serve
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.servers.serving import QuietHandler, serving
from tests.support.servers.tls import self_signed, server_context

SUBDOMAIN, SESSION, EXCHANGED = "tester", "session-token", "exchanged-token"
TOKEN = "token-of-the-login"

ABSENT = ("ai", "artifacts", "vectorize")


@dataclass
class Edge:
    """What runs, and what was asked of it."""

    platform: Platform
    api: Api | None = None
    proxy: str = ""
    certificate: Path = Path()
    metadata: list[Any] = field(default_factory=list)
    """Of each preview that was made."""
    token: str = "no preview yet"
    """The token that the newest preview wants."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a platform that has its account there."""
        return {"HTTPS_PROXY": self.proxy, "SSL_CERT_FILE": str(self.certificate)}

    def answer(self, call: Call) -> Says:
        """A call of the API."""
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return refusal(401, 10000, "Authentication error")
        if call.path == "/workers/subdomain/edge-preview":
            return result(
                {"token": SESSION, "exchange_url": f"https://edge.{SUBDOMAIN}.workers.dev/exchange"}
            )
        if call.path == "/workers/subdomain":
            return result({"subdomain": SUBDOMAIN})
        if call.method == "POST" and (
            found := re.fullmatch(r"/workers/scripts/([\w-]+)/edge-preview", call.path)
        ):
            if call.headers.get("cf-preview-upload-config-token") != EXCHANGED:
                return refusal(400, 10024, "The preview session is not known")
            self._upload(found[1], call)
            return result({"preview_token": self.token})
        return refusal(404, 7003, "Could not route")

    def _upload(self, worker: str, call: Call) -> None:
        boundary = call.headers["content-type"].partition("boundary=")[2].strip('"').encode()
        parts = call.body.split(b"--" + boundary)
        index = next(number for number, part in enumerate(parts) if b'name="metadata"' in part)
        head, _, text = parts[index].partition(b"\r\n\r\n")
        metadata = json.loads(text)
        self.metadata.append(metadata)
        bindings = [
            {"name": each["name"], "type": "service", "service": "index"} if each["type"] in ABSENT else each
            for each in metadata["bindings"]
        ]
        parts[index] = head + b"\r\n\r\n" + json.dumps({**metadata, "bindings": bindings}).encode() + b"\r\n"
        status = self.platform.status
        made = request(
            f"{status.url}/accounts/{status.account_id}/workers/scripts/{worker}",
            method="PUT",
            body=(b"--" + boundary).join(parts),
            headers={"Authorization": f"Bearer {status.token}", "Content-Type": call.headers["content-type"]},
        )
        assert made.status == 200, made.text
        self.token = f"preview-{os.urandom(4).hex()}"


@contextmanager
def serve_edge(platform: Platform, directory: Path) -> Iterator[Edge]:
    """Serve the account and the proxy while the context is open; the platform has to run."""
    edge = Edge(platform)
    edge.certificate = self_signed(directory, f"*.{SUBDOMAIN}.workers.dev")
    with serving(_Proxy, edge=edge, context=server_context(edge.certificate)) as port:
        edge.proxy = f"http://127.0.0.1:{port}"
        with serve(edge.answer) as api:
            edge.api = api
            yield edge


class _Proxy(QuietHandler):
    """After CONNECT it is itself the host that was asked for."""

    edge: Edge
    context: Any
    host = ""

    def do_CONNECT(self) -> None:  # noqa: N802 - the name http.server asks for
        self.send_response(200)
        self.end_headers()
        self.host = self.path.partition(":")[0]
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = socketserver._SocketWriter(self.connection)  # type: ignore[attr-defined]
        self.close_connection = False

    def finish(self) -> None:
        """Close the connection, which is another than the one that the server knows."""
        super().finish()
        self.rfile.close()
        self.connection.close()

    def answer(self) -> None:
        body = read_body(self)
        if self.path == "/exchange":
            self._send(200, [("Content-Type", "application/json")], json.dumps({"token": EXCHANGED}).encode())
            return
        if self.headers.get("cf-workers-preview-token") != self.edge.token:
            self._send(400, [], b"Invalid Workers Preview configuration")
            return
        if self.headers.get("upgrade"):
            self._pass_on_everything()
            return
        url = self.edge.platform.worker_url(self.host.partition(".")[0]) + self.path
        left = ("host", "connection", "content-length", "transfer-encoding")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left}
        asked = urllib.request.Request(url, body or None, headers, method=self.command)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Unchanged())
        with opener.open(asked, timeout=30) as found:
            self._send(found.status, found.headers.items(), found.read())

    def _pass_on_everything(self) -> None:
        """A WebSocket: the request, and then each byte of either side."""
        url = urlsplit(self.edge.platform.worker_url(self.host.partition(".")[0]))
        with socket.create_connection((url.hostname or "", url.port or 0)) as there:
            lines = [f"{self.command} {self.path} HTTP/1.1"]
            lines += [f"{name}: {value}" for name, value in self.headers.items()]
            there.sendall("\r\n".join([*lines, "", ""]).encode())
            thread = threading.Thread(target=_copy, args=(there.recv, self.wfile.write), daemon=True)
            thread.start()
            _copy(self.rfile.read1, there.sendall)
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)
            thread.join()
        self.close_connection = True

    def _send(self, status: int, headers: Any, body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], Any]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := read(65536):
            write(data)


class _Unchanged(urllib.request.HTTPErrorProcessor):
    """Hands on every response as it is."""

    def http_response(self, _request: Any, response: Any) -> Any:
        return response
