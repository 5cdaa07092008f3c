"""What instances use."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from pywrangler.local.rest.context import context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.routes import Route


async def show_usage(request: web.Request) -> web.Response:
    """`GET /usage`: CPU and memory of each running instance, by its id."""
    source = context_of(request).runtimes.usage
    found = await source.measure() if source is not None else {}
    return success({instance: asdict(usage) for instance, usage in found.items()})


ROUTES = [Route("GET", "/usage", show_usage)]
