"""A small JSON API on port 8080, and its figures on port 9090, as a monitoring system reads them."""

import json
import signal
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

counts = Counter({"conversions": 0})


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path != "/convert":
            return self.answer(404, {"error": "GET /convert?celsius=20"})
        try:
            celsius = float(parse_qs(url.query)["celsius"][0])
        except (KeyError, ValueError):
            return self.answer(400, {"error": "celsius must be a number"})
        counts["conversions"] += 1
        return self.answer(200, {"celsius": celsius, "fahrenheit": celsius * 9 / 5 + 32})

    def answer(self, status: int, fields: dict[str, object]) -> None:
        send(self, status, "application/json", json.dumps(fields) + "\n")


class Metrics(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        send(self, 200, "text/plain; version=0.0.4", f"conversions_total {counts['conversions']}\n")


def send(handler: BaseHTTPRequestHandler, status: int, content_type: str, text: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(text.encode())))
    handler.end_headers()
    handler.wfile.write(text.encode())


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    metrics = ThreadingHTTPServer(("", 9090), Metrics)
    threading.Thread(target=metrics.serve_forever, daemon=True).start()
    time.sleep(1)  # a model to load, a database to reach: requests wait until both ports listen
    ThreadingHTTPServer(("", 8080), Api).serve_forever()


main()
