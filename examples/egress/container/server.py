"""Looks where it can go: PUT /<name> keeps a note, GET /<name> reads it and then tries the internet."""

import signal
import sys
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


def ask(address: str, method: str = "GET", body: bytes | None = None) -> str:
    """The status and the beginning of the answer, or that there is none."""
    url = urlsplit(address)
    connection = (HTTPSConnection if url.scheme == "https" else HTTPConnection)(url.netloc, timeout=10)
    try:
        connection.request(method, url.path, body)
        answer = connection.getresponse()
        return f"{method} {address}: {answer.status} {answer.read(60).decode()!r}\n"
    except OSError:
        return f"{method} {address}: no connection\n"
    finally:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        addresses = (f"http://notes.internal{self.path}", "http://example.org/", "https://example.org/")
        self.answer("".join(ask(address) for address in addresses))

    def do_PUT(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(ask(f"http://notes.internal{self.path}", "PUT", text))

    def answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
