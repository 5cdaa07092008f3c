"""Plain HTTP calls, one connection each, that answer for error statuses too."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """By their names in lower case."""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def request(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout_seconds: float = 60,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request, over HTTPS with `tls`; raises OSError if there is no connection."""
    parts = urlsplit(url)
    host, options = parts.hostname or "", {"timeout": timeout_seconds}
    connection = (
        http.client.HTTPSConnection(host, parts.port, context=tls, **options)
        if tls
        else http.client.HTTPConnection(host, parts.port, **options)
    )
    try:
        target = parts.path or "/"
        connection.request(method, f"{target}?{parts.query}" if parts.query else target, body, headers or {})
        response = connection.getresponse()
        return Answer(
            response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}
        )
    finally:
        connection.close()
