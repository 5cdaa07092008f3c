"""Previews at Cloudflare of a Worker with bindings that are remote: how requests of these bindings get there.

The calls are those of Wrangler (4.164) for its remote bindings. A preview is no deployment: nothing of a
deployed Worker of that name changes, and Cloudflare forgets it after about an hour.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.bindings.account import AccountError, CloudflareAccount
from pywrangler.local.daemon.bindings.sockets import pass_on_messages
from pywrangler.local.daemon.bindings.streams import headers_of, pass_on, reason_of
from pywrangler.local.workerd.bindings.answered import BINDING_HEADER, VERSION_HEADER, WORKER_HEADER

WORKER_FILE = Path(__file__).with_name("remote_worker.js")
WORKER_MODULE = "remote_worker.js"
CALLS_MODULE = "calls.js"
"""The library that answers calls of methods."""
RENEWED_SECONDS = 50 * 60
"""When Wrangler makes a new preview."""
EXPIRED_WORDS = (b"Invalid Workers Preview configuration", b"error code: 1031")
"""What Cloudflare answers, with status 400, for a preview that is gone."""
NO_SUBDOMAIN = 10007
"""The API's code for an account without a subdomain of workers.dev."""
TOKEN_HEADER = "cf-workers-preview-token"  # noqa: S105 - a name
REPEATABLE_BYTES = 1024 * 1024
"""A body up to this size is kept, so that its request can be sent again to a new preview."""
OWN_HEADERS = frozenset(
    name.lower()
    for name in (
        *(WORKER_HEADER, VERSION_HEADER, BINDING_HEADER, TOKEN_HEADER),
        *("Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "Keep-Alive"),
        *("Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions"),
    )
)
RAW_TYPES = frozenset(("ai", "browser", "d1", "images", "kv_namespace", "queue", "r2_bucket", "vectorize"))
"""Types that are asked for in raw form: as the service behind the product's interface."""
LOCAL_FIELDS = ("account", "server")
"""What a binding has for the platform alone."""
TYPES_WITH_METHODS = frozenset(
    (
        *("agent_memory", "ai_search", "ai_search_namespace", "artifacts", "dispatch_namespace", "flagship"),
        *("media", "pipelines", "send_email", "service", "stream"),
    )
)
"""Types whose methods are called as such, and not by requests."""


@dataclass(frozen=True)
class Preview:
    """A preview that runs."""

    url: str
    token: str
    made: float

    @property
    def is_fresh(self) -> bool:
        """Whether Cloudflare still has it."""
        return time.monotonic() - self.made < RENEWED_SECONDS


def preview_metadata(bindings: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The metadata of the Worker that runs at Cloudflare."""
    return {
        "main_module": WORKER_MODULE,
        "compatibility_date": "2025-04-28",
        "compatibility_flags": ["enhanced_error_serialization"],
        "bindings": [_there(binding) for binding in bindings if "account" in binding],
    }


def _there(binding: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in binding.items() if name not in LOCAL_FIELDS}
    return kept | ({"raw": True} if binding["type"] in RAW_TYPES else {})


class Previews:
    """The previews of all Workers, each made when the first binding of a version is called."""

    def __init__(self, find_calls: Callable[[], Awaitable[Path]]) -> None:
        """`find_calls` returns the file of `CALLS_MODULE`, or raises `PywranglerError`."""
        self._find_calls = find_calls
        self._previews: dict[str, tuple[str, Preview]] = {}
        """By Worker: the version that it was made for, and the preview."""
        self._locks: dict[str, asyncio.Lock] = {}

    async def answer(
        self,
        request: web.Request,
        account: CloudflareAccount,
        bindings: list[Mapping[str, Any]],
        session: aiohttp.ClientSession,
    ) -> web.StreamResponse:
        """The response of the binding at Cloudflare. The request is in the form of miniflare's Worker, or
        the binding's own. Raises `AccountError`.
        """
        version, worker = request.headers[VERSION_HEADER], request.headers[WORKER_HEADER]
        size = request.content_length
        is_kept = not request.body_exists or (size is not None and size <= REPEATABLE_BYTES)
        body: Any = await request.read() if is_kept else request.content.iter_any()
        for is_last in (not is_kept, True):
            preview = await self._current(version, worker, account, bindings, session)
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await _connect(request, preview, session)
            found = await _send(request, preview, body, session)
            if found.status != 400:
                return await pass_on(request, found)
            async with found:
                text, headers = await found.read(), headers_of(found)
            is_expired = any(words in text for words in EXPIRED_WORDS)
            if is_expired:
                self._previews.pop(worker, None)
            if is_last or not is_expired:
                break
        return web.Response(status=400, body=text, headers=headers)

    async def _current(
        self,
        version: str,
        worker: str,
        account: CloudflareAccount,
        bindings: list[Mapping[str, Any]],
        session: aiohttp.ClientSession,
    ) -> Preview:
        async with self._locks.setdefault(worker, asyncio.Lock()):
            known, preview = self._previews.get(worker, (None, None))
            if preview is None or known != version or not preview.is_fresh:
                preview = await _make(worker, account, bindings, session, await self._modules(bindings))
                self._previews[worker] = version, preview
            return preview

    async def _modules(self, bindings: list[Mapping[str, Any]]) -> dict[str, bytes]:
        files = {WORKER_MODULE: WORKER_FILE}
        if any("account" in each and each["type"] in TYPES_WITH_METHODS for each in bindings):
            try:
                files[CALLS_MODULE] = await self._find_calls()
            except PywranglerError as error:
                raise AccountError(f"{error.message} {error.hint or ''}".rstrip()) from None
        return {name: await asyncio.to_thread(file.read_bytes) for name, file in files.items()}


async def _make(
    worker: str,
    account: CloudflareAccount,
    bindings: list[Mapping[str, Any]],
    session: aiohttp.ClientSession,
    modules: Mapping[str, bytes],
) -> Preview:
    """Make a preview with these modules. Raises `AccountError`."""
    begun = await account.call(session, "GET", "/workers/subdomain/edge-preview")
    token = str(begun["token"])
    if begun.get("exchange_url"):
        token = await _exchanged(str(begun["exchange_url"]), session) or token
    subdomain = await _subdomain(account, session)
    form = aiohttp.FormData(default_to_multipart=True)
    metadata = json.dumps(preview_metadata(bindings))
    form.add_field("metadata", metadata, content_type="application/json")
    for name, code in modules.items():
        form.add_field(name, code, filename=name, content_type="application/javascript+module")
    form.add_field("wrangler-session-config", json.dumps({"workers_dev": True, "minimal_mode": True}))
    made = await account.call(
        session,
        "POST",
        f"/workers/scripts/{worker}/edge-preview",
        body=form,
        headers={"cf-preview-upload-config-token": token},
    )
    return Preview(f"https://{worker}.{subdomain}.workers.dev", str(made["preview_token"]), time.monotonic())


async def _subdomain(account: CloudflareAccount, session: aiohttp.ClientSession) -> str:
    try:
        return str((await account.call(session, "GET", "/workers/subdomain"))["subdomain"])
    except AccountError as error:
        if NO_SUBDOMAIN not in error.codes:
            raise
        raise AccountError(
            "The account has no subdomain of workers.dev, which remote bindings need. Choose one in the"
            " dashboard, under Workers & Pages."
        ) from None


async def _exchanged(url: str, session: aiohttp.ClientSession) -> str | None:
    """A token for which the session's is exchanged; None if that is not possible, and not needed then."""
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=30)) as response:
            found = json.loads(await response.read()) if response.status == 200 else {}
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
    token = found.get("token") if isinstance(found, dict) else None
    return token if isinstance(token, str) else None


def _headers(request: web.Request, preview: Preview) -> dict[str, str]:
    kept = {name: value for name, value in request.headers.items() if name.lower() not in OWN_HEADERS}
    if "MF-URL" not in request.headers:
        kept = {name if name == "Upgrade" else f"MF-Header-{name}": value for name, value in kept.items()}
        kept |= {"MF-URL": str(request.url), "MF-Binding": request.headers[BINDING_HEADER]}
    return {**kept, TOKEN_HEADER: preview.token}


async def _send(
    request: web.Request, preview: Preview, body: Any, session: aiohttp.ClientSession
) -> aiohttp.ClientResponse:
    try:
        return await session.request(
            request.method,
            preview.url + request.path_qs,
            data=body if request.body_exists else None,
            headers=_headers(request, preview),
            skip_auto_headers=("User-Agent", "Accept", "Content-Type"),
            timeout=aiohttp.ClientTimeout(total=None, connect=30),
            allow_redirects=False,
        )
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise AccountError(f"{preview.url} cannot be reached: {reason_of(error)}.") from None


async def _connect(
    request: web.Request, preview: Preview, session: aiohttp.ClientSession
) -> web.StreamResponse:
    headers = {name: value for name, value in _headers(request, preview).items() if name != "Upgrade"}
    try:
        there = await session.ws_connect(preview.url + request.path_qs, headers=headers, max_msg_size=0)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise AccountError(f"{preview.url} does not take a WebSocket: {reason_of(error)}.") from None
    return await pass_on_messages(request, there)
