"""Signs what it is sent, with the key from its environment."""

import base64
import hmac
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ISSUER = os.environ["ISSUER"]
API_TOKEN = os.environ["API_TOKEN"]
SIGNING_KEY = os.environ["SIGNING_KEY"].encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signature = base64.b64encode(hmac.digest(SIGNING_KEY, text, "sha256")).decode()
        # A real one would send API_TOKEN to some service. Here its length shows that it has arrived.
        signed = {
            "text": text.decode(),
            "signature": signature,
            "issuer": ISSUER,
            "token_length": len(API_TOKEN),
        }
        body = json.dumps(signed).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
