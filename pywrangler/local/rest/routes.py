"""The record by which a resource module declares its routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web


class Route(NamedTuple):
    """A method and a path, relative to the account, with the handler."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
