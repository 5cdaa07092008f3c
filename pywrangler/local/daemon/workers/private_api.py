"""The API for the platform's own code inside each `workerd`, on a unix socket that only its user can open.

Secrets go through it and not through files or environments: they are decrypted when a Worker asks for one. A
Worker's own code cannot reach it, only the platform's links can (pywrangler/local/workerd/scripts/links.js).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.bindings.darkroom import Darkroom
from pywrangler.local.daemon.bindings.data_points import DataPoints
from pywrangler.local.daemon.bindings.outbox import Outbox
from pywrangler.local.daemon.logs.events import Event
from pywrangler.local.daemon.workers.r2_events import R2Events
from pywrangler.local.rest.operations import WorkerStatus
from pywrangler.local.store import Store
from pywrangler.local.store.records import dispatched_name

LARGEST_BODY_BYTES = 32 * 1024 * 1024
"""More than an email may have at Cloudflare, 25 MiB, and than the events of a call have."""
TellEvents: TypeAlias = Callable[[str, list[Event]], None]


class PrivateApi:
    """Serves the store's secrets, and which Workers run; takes the events of Workers that are followed,
    what Workers send to the outbox, data points, and changes of R2's objects; transforms pictures.
    """

    def __init__(
        self,
        store: Store,
        worker_status: Callable[[str], WorkerStatus],
        tell: TellEvents,
        outbox: Outbox,
        peers: Callable[[str], Path],
        r2_events: R2Events,
        points: DataPoints,
        wake: Callable[[str], None],
    ) -> None:
        self._store = store
        self._worker_status = worker_status
        self._tell = tell
        self._outbox = outbox
        self._r2_events = r2_events
        self._points = points
        self._peers = peers
        """The socket of a Worker's process, by the Worker's name."""
        self._wake = wake

    @asynccontextmanager
    async def serve(self, socket: Path) -> AsyncIterator[None]:
        """Serve while the context is open."""
        app = web.Application(client_max_size=LARGEST_BODY_BYTES)
        app.router.add_get("/secrets/{store}/{name}", self._show_secret)
        app.router.add_get("/workers/{name}", self._show_worker)
        app.router.add_get("/dispatched/{namespace}/{name}", self._show_dispatched)
        app.router.add_post("/workers/{name}/versions/{version}/events", self._take_events)
        served = (self._outbox, self._r2_events, self._points, Darkroom())
        app.router.add_routes([route for each in served for route in each.routes])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await asyncio.to_thread(socket.unlink, missing_ok=True)
        await web.UnixSite(runner, str(socket)).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _show_secret(self, request: web.Request) -> web.Response:
        """The value of a secret of the Secrets Store as text; 404 if it does not exist."""
        store_id, name = request.match_info["store"], request.match_info["name"]
        try:
            value = self._store.secrets_stores.value(store_id, name)
        except PywranglerError as error:  # encrypted with another key
            return web.Response(status=500, text=error.message)
        return web.Response(status=404) if value is None else web.Response(text=value.reveal())

    async def _show_worker(self, request: web.Request) -> web.Response:
        """`{"state", "error"}` of a Worker; the state is null if no Worker of that name is deployed.

        Links ask this when they cannot reach it, so it is woken if it sleeps.
        """
        name = request.match_info["name"]
        self._wake(name)
        worker = self._store.workers.get(name)
        if worker is None or worker.active_version_id is None:
            return web.json_response({"state": None, "error": None})
        status = self._worker_status(name)
        return web.json_response({"state": status.state, "error": status.error})

    async def _show_dispatched(self, request: web.Request) -> web.Response:
        """`{"exists", "worker"?, "socket"?}` of a dispatch namespace, and of a Worker in it if it is
        deployed.
        """
        namespace = request.match_info["namespace"]
        name = dispatched_name(request.match_info["name"], namespace)
        exists = self._store.dispatch.get(namespace) is not None
        worker = self._store.workers.get(name) if exists else None
        if worker is None or worker.active_version_id is None:
            return web.json_response({"exists": exists})
        return web.json_response({"exists": True, "worker": name, "socket": str(self._peers(name))})

    async def _take_events(self, request: web.Request) -> web.Response:
        """Take a list of events, in the form that tail workers get."""
        version = {"id": request.match_info["version"]}
        events: list[Event] = [{**each, "scriptVersion": version} for each in await request.json()]
        self._tell(request.match_info["name"], events)
        return web.Response(status=204)
