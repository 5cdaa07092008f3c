"""Finds what is wrong with the processes of a running platform, for `pywrangler local status`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from pywrangler.local import processes
from pywrangler.local.daemon.directories import KEY_VALUES, Directories
from pywrangler.local.workerd.leftovers import runtimes_below

ANSWER_SECONDS = 1.5
PRODUCTS: Mapping[str, str] = {
    KEY_VALUES: "KV namespaces",
    "r2": "R2 buckets",
    "d1": "D1 databases",
    "queues": "queues",
    "s3": "R2's S3 interface",
}


async def find_problems(directories: Directories) -> list[str]:
    """The runtimes that are suspended or give no response, in sentences. Returns within two seconds."""
    runtimes = await asyncio.to_thread(runtimes_below, directories.home)
    found = await asyncio.gather(*(_problem(directories, each.config_file, each.pid) for each in runtimes))
    return sorted(filter(None, found))


async def _problem(directories: Directories, config_file: Path, pid: int) -> str | None:
    name = config_file.parent.name
    if config_file.parent.parent.name == directories.worker(name).parent.name:
        what, sockets = f"the Worker {name}", directories.sockets(name)
    else:
        what, sockets = PRODUCTS.get(name, name), directories.product_sockets(name)
    if processes.is_suspended(pid):
        return f"The runtime of {what} (process {pid}) is suspended. `kill -CONT {pid}` continues it."
    if await _answers(sockets.control) or not processes.is_alive(pid):
        return None
    if processes.is_suspended(pid):
        return None  # an export has just begun
    return (
        f"The runtime of {what} (process {pid}) gives no response: it is busy, or hangs."
        f" `kill -9 {pid}` ends it, and the platform starts another."
    )


async def _answers(socket: Path) -> bool:
    """Whether anything comes back, whatever it says. A runtime that is only starting counts as well."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), timeout=timeout) as session,
            session.get("http://control/"),
        ):
            return True
    except TimeoutError:
        return False
    except (OSError, aiohttp.ClientError):
        return True
