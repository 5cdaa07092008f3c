"""Serves bindings whose calls `workerd` sends to the platform, on a unix socket that only its user can open.

A request names its Worker, version and binding in headers that the runtime's configuration adds: the Worker's
own code cannot choose them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from pywrangler.local.daemon.bindings.account import AccountError, CloudflareAccount
from pywrangler.local.daemon.bindings.ai import (
    answer_from_account,
    answer_from_server,
    failed,
    has_rest_path,
)
from pywrangler.local.daemon.bindings.browsers import Browsers
from pywrangler.local.daemon.bindings.model_server import ModelServer
from pywrangler.local.daemon.bindings.previews import Previews
from pywrangler.local.store import Store
from pywrangler.local.workerd.bindings.answered import BINDING_HEADER, VERSION_HEADER, WORKER_HEADER

LARGEST_BODY_BYTES = 128 * 1024 * 1024
"""Of a call that is read as a whole: inputs of models in JSON, with pictures and documents in them."""
NOWHERE = (
    "The binding `{name}` has no models to run. Deploy again after one of these: set PYWRANGLER_AI_URL to a"
    " server with OpenAI's API (for Ollama http://127.0.0.1:11434), or run `pywrangler login` to use Workers"
    " AI in your account."
)


class BindingsApi:
    """Answers calls of bindings, by the type of each."""

    def __init__(
        self,
        store: Store,
        home: Path,
        browsers: Browsers,
        previews: Previews,
        say: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._home = home
        self._browsers = browsers
        self._say = say
        self._previews = previews

    @asynccontextmanager
    async def serve(self, socket: Path) -> AsyncIterator[None]:
        """Serve while the context is open."""
        async with aiohttp.ClientSession(trust_env=True, auto_decompress=True) as session:
            self._session = session
            app = web.Application(client_max_size=LARGEST_BODY_BYTES)
            app.router.add_route("*", "/{rest:.*}", self._answer)
            # A call that its Worker gives up ends at the other side, too: a model may compute for minutes.
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=True)
            await runner.setup()
            await asyncio.to_thread(socket.unlink, missing_ok=True)
            await web.UnixSite(runner, str(socket)).start()
            try:
                yield
            finally:
                await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        version_id, name = request.headers[VERSION_HEADER], request.headers[BINDING_HEADER]
        version = self._store.versions.get(version_id)
        bindings = version.bindings if version else ()
        binding = next((each for each in bindings if each["name"] == name), None)
        if binding is None:
            return failed(f"The version of the Worker that has the binding `{name}` was deleted.", 404)
        account = CloudflareAccount.of_binding(binding, self._home)
        if account is not None and (binding["type"] != "ai" or not has_rest_path(request)):
            return await self._answer_remote(request, account, bindings)
        if binding["type"] == "browser":
            return await self._browsers.answer(request, request.headers[WORKER_HEADER])
        return await self._answer_ai(request, version_id, binding)

    async def _answer_remote(
        self, request: web.Request, account: CloudflareAccount, bindings: Sequence[Mapping[str, Any]]
    ) -> web.StreamResponse:
        try:
            return await self._previews.answer(request, account, list(bindings), self._session)
        except AccountError as error:
            # Most interfaces show the status alone.
            name = request.headers[BINDING_HEADER]
            self._say(request.headers[WORKER_HEADER], f"The remote binding `{name}` failed: {error.message}")
            return web.Response(status=502, text=error.message, headers={"MF-Forwarded-Response": "true"})

    async def _answer_ai(
        self, request: web.Request, version_id: str, binding: Mapping[str, Any]
    ) -> web.StreamResponse:
        name = str(binding["name"])
        key = self._store.secrets.of_version(version_id).get(name)
        if server := ModelServer.of_binding(binding, key):
            return await answer_from_server(request, server, self._session)
        if account := CloudflareAccount.of_binding(binding, self._home):
            return await answer_from_account(request, account, self._session)
        message = NOWHERE.format(name=name)
        # Of `run`, the module shows the text as it is.
        return web.Response(status=501, text=message) if request.path == "/run" else failed(message)
