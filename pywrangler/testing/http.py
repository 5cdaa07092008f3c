"""Requests to a deployed Worker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FetchResponse:
    """What a Worker answered; a status that is an error is no exception. Names of headers are small."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def fetch(
    url: str,
    *,
    data: bytes | str | None = None,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = 30,
) -> FetchResponse:
    """Send one request, to loopback and by no proxy. Raises `OSError` if there is no response in time."""
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    body = data.encode() if isinstance(data, str) else data
    request = Request(url, body, dict(headers or {}), method=method)  # noqa: S310 - the platform's own URL
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=timeout_seconds) as response:
            return FetchResponse(response.status, _headers(response.headers), response.read())
    except HTTPError as error:
        with error:
            return FetchResponse(error.code, _headers(error.headers), error.read())


def _headers(found: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in found.items()}
