"""A local platform in a thread of the test's process, with a small engine, `workerd`, `esbuild` and `docker`.

It is what `python -m pywrangler.local.daemon` runs, and the command line finds it. No container and no
JavaScript runs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from pywrangler.engine import intake as engine_intake
from pywrangler.local.daemon.platform import Platform
from pywrangler.local.daemon.server import Server
from pywrangler.local.protocol import Status
from tests.support.engine import fake_engine
from tests.support.ports import free_port
from tests.support.servers.bundler import write_bundler
from tests.support.servers.image_engine import ImageEngine, write_docker
from tests.support.waiting import eventually
from tests.support.workerd import write_workerd

FILTERING = ("gateway.reconcile", "gateway.outbound.egress_networks", "daemon.cleanup.prune")
"""Modules that change the machine's packet filter, which takes root."""


@dataclass
class InnerPlatform:
    """A platform that runs."""

    home: Path
    engine: ImageEngine
    loop: asyncio.AbstractEventLoop = field(repr=False)
    stopping: asyncio.Event = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    """The variables by which commands find it and the small programs."""

    @property
    def status(self) -> Status:
        """What the platform says about itself."""
        found = Status.read(self.home)
        assert found is not None, "the platform does not run"
        return found

    def stop(self) -> None:
        """Have it stop, as a signal does, if it still runs."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.stopping.set)


def programs(directory: Path) -> dict[str, str]:
    """Write the small programs to a directory; the variables by which they are used."""
    directory.mkdir(exist_ok=True)
    return {
        "PYWRANGLER_WORKERD": str(write_workerd(directory / "workerd")),
        "PYWRANGLER_ESBUILD": str(write_bundler(directory / "esbuild")),
        "WRANGLER_DOCKER_BIN": str(write_docker(directory / "docker")),
        "WRANGLER_DOCKER_HOST": f"unix://{directory}/engine",
        "PYWRANGLER_CACHE": str(directory / "cache"),
        "PYWRANGLER_WORKER_PORT": str(free_port()),
    }


@contextmanager
def inner_platform(home: Path) -> Iterator[InnerPlatform]:
    """A platform of the directory `home`. It takes the log of the process as long as this is open."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    running: list[InnerPlatform] = []
    failures: list[BaseException] = []
    clients: list[docker.APIClient] = []
    open_client = engine_intake._Api
    directory = home.with_name(f"{home.name}-p")
    environment = {**programs(directory), "PYWRANGLER_HOME": str(home)}

    async def serve() -> None:
        async with fake_engine(directory / "engine", ImageEngine) as engine:
            server = Server(home, {**os.environ, **environment})
            assert server.take_lock()

            def arrange_stop(platform: Platform) -> None:
                loop = asyncio.get_running_loop()
                running.append(InnerPlatform(home, engine, loop, platform.stopping, environment))

            try:
                await server.run(arrange_stop)
            finally:
                server._lock.release()  # a process of its own would end here

    def noted_client(*arguments: Any, **options: Any) -> docker.APIClient:
        """Commands leave it to the end of their process to close these."""
        clients.append(open_client(*arguments, **options))
        return clients[-1]

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # raised again in the test's thread
            failures.append(error)

    thread = threading.Thread(target=run)
    with pytest.MonkeyPatch.context() as patch:
        for module in FILTERING:  # by their names: the package has a function called `reconcile`, too
            patch.setattr(sys.modules[f"pywrangler.local.{module}"], "find_firewall", lambda: None)
        patch.setattr(engine_intake, "_Api", noted_client)
        thread.start()
        try:
            eventually(lambda: failures or Status.read(home), what="the platform")
            if not failures:
                yield running[0]
        finally:
            if running:
                running[0].stop()
            thread.join(30)
            for client in clients:
                client.close()
            root.handlers, root.level = handlers, level
            shutil.rmtree(directory, ignore_errors=True)
            shutil.rmtree(home, ignore_errors=True)
    for failure in failures:
        raise failure
    assert not thread.is_alive(), "the platform did not end"
