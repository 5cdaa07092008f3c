"""Stores the messages that Workers send by `send_email` bindings: a directory for each Worker, with a file
for each message.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from aiohttp import web

from pywrangler.local.daemon.directories import Directories
from pywrangler.local.workerd.bindings.products.send_email import WORKER_HEADER
from pywrangler.private_files import write_private

MAX_NAME = 200
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Outbox:
    """Serves what miniflare's Worker of the binding (5.20261117) calls: it stores texts, and logs where."""

    def __init__(self, directories: Directories, say: Callable[[str, str], None]) -> None:
        self._directories = directories
        self._say = say

    @property
    def routes(self) -> list[web.RouteDef]:
        """Its part of the private API."""
        return [
            web.post("/core/store-temp-file", self._store),
            web.post("/core/log", self._log),
        ]

    async def _store(self, request: web.Request) -> web.Response:
        """Write a message, or a part of one; the response is the path."""
        file_name = stored_name(request.query.get("id", ""), request.query.get("extension", ""))
        file = self._directories.emails(request.headers[WORKER_HEADER]) / file_name
        try:
            await asyncio.to_thread(write_private, file, await request.read())
        except OSError as error:
            return web.Response(status=500, text=f"{file}: {error.strerror}")
        return web.Response(text=str(file))

    async def _log(self, request: web.Request) -> web.Response:
        for line in log_lines(await request.text()):
            self._say(request.headers[WORKER_HEADER], line)
        return web.Response(status=204)


def stored_name(identifier: str, extension: str) -> str:
    """The name of a message's file. Its id ends with the sender's domain: a plain one in its directory."""
    plain = re.sub(r"[^A-Za-z0-9@._-]", "_", identifier)[-MAX_NAME:].lstrip(".")
    ending = extension if re.fullmatch(r"[A-Za-z0-9]{1,16}", extension) else "bin"
    return f"{plain or 'message'}.{ending}"


def log_lines(text: str) -> list[str]:
    """The lines of a message for terminals, without colours."""
    return [line for line in COLOURS.sub("", text).splitlines() if line.strip()]
