"""The registry as the platform runs it: on a loopback socket, with its files, passwords and certificate."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from pywrangler.local.registry.app import make_app
from pywrangler.local.registry.certificate import ensure_certificate, server_context
from pywrangler.local.registry.context import RegistryContext
from pywrangler.local.registry.inventory import InventoryImage, list_images
from pywrangler.local.registry.passes import USERNAME, Passes
from pywrangler.local.registry.storage import ABANDONED_SECONDS, Storage
from pywrangler.sensitive import Sensitive

LOOK_SECONDS = 60.0
"""How often to look for abandoned uploads."""
SHUTDOWN_SECONDS = 2.0
"""How long a push may take to finish when the platform stops; a client repeats it."""


class RegistryServer:
    """The registry of one platform; `host` is what images' names begin with."""

    def __init__(
        self,
        directory: Path,
        host: str,
        account_id: str,
        needed: Callable[[str], Collection[str]] = lambda _: (),
    ) -> None:
        """`needed` gives the digests of a repository that must stay when their tags are removed."""
        self.host = host
        self.account_id = account_id
        self.username = USERNAME
        self._context = RegistryContext(Storage(directory), Passes(), account_id, needed)
        self.certificate, self._key = ensure_certificate(directory)

    def issue_password(self, permissions: Sequence[str], minutes: int) -> Sensitive[str]:
        """A password for `username` that is valid for this many minutes."""
        return self._context.passes.issue(permissions, minutes)

    async def images(self) -> list[InventoryImage]:
        """Its tags."""
        return await asyncio.to_thread(list_images, self._context.storage)

    async def remove(self, image: InventoryImage) -> None:
        """Remove a tag, and content that nothing else refers to."""
        storage, needed = self._context.storage, self._context.needed(image.repository)

        def change() -> None:
            storage.delete_tag(image.repository, image.tag, needed)
            storage.collect_garbage()

        await self._context.change(change)

    @asynccontextmanager
    async def serving(self, listening: socket.socket) -> AsyncIterator[None]:
        """Serve on a listening socket for as long as the context is open."""
        storage = self._context.storage
        storage.drop_uploads()
        await self._context.change(storage.collect_garbage)
        runner = web.AppRunner(
            make_app(self._context), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, auto_decompress=False
        )
        await runner.setup()
        site = web.SockSite(runner, listening, ssl_context=server_context(self.certificate, self._key))
        await site.start()
        dropping = asyncio.create_task(self._drop_abandoned())
        try:
            yield
        finally:
            dropping.cancel()
            await runner.cleanup()
            storage.drop_uploads()

    async def _drop_abandoned(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self._context.storage.drop_uploads, ABANDONED_SECONDS)
