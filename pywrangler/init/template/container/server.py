"""What runs in the container: any program that answers HTTP on the port named in src/index.ts."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080


class Handler(BaseHTTPRequestHandler):
    """Greets, and says which container this is."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer any path."""
        greeting = os.environ.get("GREETING", "Hello")
        location = os.environ.get("CLOUDFLARE_LOCATION", "an unknown place")
        body = f"{greeting} from a container in {location}!\nYou asked for {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


# The first process of a container ends on SIGTERM only when it says so.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", PORT), Handler).serve_forever()
