"""A small REST API on loopback whose answers a test writes down: for clients, and for what no real API
would do.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.servers.serving import QuietHandler, serving

ACCOUNT = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Call:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Says:
    """One response. `cut_after` breaks the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    seconds: float = 0
    cut_after: int | None = None


def result(value: Any, **info: Any) -> Says:
    """A successful envelope."""
    envelope = {"success": True, "errors": [], "messages": [], "result": value}
    return Says(body=json.dumps(envelope | ({"result_info": info} if info else {})).encode())


def refusal(status: int, code: int, message: str, **headers: str) -> Says:
    """An envelope with one error."""
    envelope = {
        "success": False,
        "errors": [{"code": code, "message": message}],
        "messages": [],
        "result": None,
    }
    return Says(status, json.dumps(envelope).encode(), headers)


Handler = Callable[[Call], Says]


@dataclass
class Api:
    """The running server: where it is, and what it was asked."""

    url: str
    calls: list[Call]

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make commands act on it."""
        return {
            "CLOUDFLARE_API_TOKEN": "token-of-the-test",
            "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
            "CLOUDFLARE_API_BASE_URL": self.url,
            "PYWRANGLER_TARGET": "cloudflare",
        }


def read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """The body of a request, also one that comes in chunks."""
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    chunks = []
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        chunks.append(handler.rfile.read(size))
        handler.rfile.readline()
    handler.rfile.readline()
    return b"".join(chunks)


@contextmanager
def serve(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[Api]:
    """Serve `handler` on a free port for as long as the context is open; over HTTPS with `tls`."""
    calls: list[Call] = []

    class Serving(QuietHandler):
        def answer(self) -> None:
            parts = urlsplit(self.path)
            body = read_body(self)
            path = unquote(parts.path).removeprefix("/client/v4").removeprefix(f"/accounts/{ACCOUNT}")
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.command, path, dict(parse_qsl(parts.query)), headers, body)
            calls.append(call)
            says = handler(call)
            time.sleep(says.seconds)
            self.send_response(says.status)
            for name, value in says.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Type", says.content_type)
            self.send_header("Content-Length", str(len(says.body)))
            self.end_headers()
            with suppress(ConnectionError):  # the client gave up
                if self.command != "HEAD":  # what follows would be taken for the next response
                    self.wfile.write(says.body[: says.cut_after])
            self.close_connection = says.cut_after is not None

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    with serving(Serving, tls=tls) as port:
        yield Api(f"{'https' if tls else 'http'}://127.0.0.1:{port}/client/v4", calls)


def in_turn(*answers: Says) -> Handler:
    """Each request gets the next response, and the last one again and again."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
