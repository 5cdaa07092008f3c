"""The platform's part of bindings on a socket, called as `workerd` would call it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp

from pywrangler.errors import MissingError
from pywrangler.local.daemon.bindings.api import BindingsApi
from pywrangler.local.daemon.bindings.browsers import Browsers
from pywrangler.local.daemon.bindings.previews import Previews
from pywrangler.local.store import Store
from pywrangler.sensitive import Sensitive


@dataclass
class Caller:
    """Calls one binding after the other."""

    session: aiohttp.ClientSession
    bindings: list[Mapping[str, Any]]
    secrets: dict[str, Sensitive[str]] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    """Lines in the Worker's log."""

    def headers(self, name: str) -> dict[str, str]:
        """Those that the runtime adds."""
        whose = {"Worker": "shop", "Version": "v1", "Binding": name}
        return {f"X-Pywrangler-{kind}": value for kind, value in whose.items()}

    async def call(
        self,
        name: str,
        path: str,
        body: Any = None,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of the response; `body` is sent as JSON, or as bytes."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        async with self.session.request(
            method or ("GET" if body is None else "POST"),
            f"http://platform{path}",
            data=data,
            headers={**kind, **(headers or {}), **self.headers(name)},
        ) as response:
            return response.status, await response.read()


async def _find_calls(directory: Path) -> Path:
    """A module in place of the library; missing, where a test removes it."""
    file = directory / "calls.js"
    if not file.exists():
        raise MissingError("npm is missing.", hint="Install it.")
    return file


@asynccontextmanager
async def serving(
    directory: Path, *bindings: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> AsyncIterator[Caller]:
    """Serve a version with these bindings, whose login is in `directory`, while the context is open."""
    secrets: dict[str, Sensitive[str]] = {}
    version = SimpleNamespace(bindings=list(bindings))
    store = SimpleNamespace(
        versions=SimpleNamespace(get=lambda id_: version if id_ == "v1" else None),
        secrets=SimpleNamespace(of_version=lambda _: secrets),
    )
    said: list[tuple[str, str]] = []
    browsers = Browsers(directory / "browsers", environment or {})
    previews = Previews(partial(_find_calls, directory))
    api = BindingsApi(cast("Store", store), directory, browsers, previews, lambda *line: said.append(line))
    socket = directory / "s"
    async with (
        browsers.running(),
        api.serve(socket),
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
    ):
        yield Caller(session, list(bindings), secrets, said)
