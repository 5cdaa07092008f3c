"""Keeps notes as files: PUT writes one, GET reads it, and GET / lists them all."""

import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DIRECTORY = Path("/mnt/r2")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/":
            names = sorted(file.name for file in DIRECTORY.iterdir() if file.is_file())
            self.respond(200, "".join(f"{name}\n" for name in names))
            return
        try:
            self.respond(200, self.file().read_text())
        except FileNotFoundError:
            self.respond(404, "There is no such file.\n")

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.file().write_bytes(content)
        self.respond(200, f"Wrote {len(content)} bytes to {self.file()}\n")

    def file(self) -> Path:
        return DIRECTORY / Path(self.path).name

    def respond(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
