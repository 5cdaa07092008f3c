"""HTTP on port 8080, and on port 7000 bytes that come back in capital letters."""

import os
import signal
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Greeter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{os.environ['GREETING']} from {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Shouter(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
threading.Thread(
    target=socketserver.ThreadingTCPServer(("", 7000), Shouter).serve_forever, daemon=True
).start()
ThreadingHTTPServer(("", 8080), Greeter).serve_forever()
