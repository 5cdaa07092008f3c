"""Replaces instances without a failed request: new requests wait for the next instance."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.rollouts.start_options import is_usual_start
from pywrangler.local.daemon.workers.control import BringUpCall
from pywrangler.local.daemon.workers.hosted import PlatformServices
from pywrangler.local.daemon.workers.workers import Workers
from pywrangler.local.gateway.containers.succession import Succession
from pywrangler.local.instances.records import Instance

log = logging.getLogger(__name__)

LINGER_SECONDS = 2.0
"""How long after the end of an instance its Durable Object may still send requests to it."""
OWN_START_SECONDS = 0.03
"""The Worker's code starts the next instance within this time, if a request reaches it."""
START_SECONDS = 60.0


class Replacer:
    """Stops instances whose Durable Objects start the next ones."""

    def __init__(self, machine: PlatformServices, workers: Workers) -> None:
        self._machine = machine
        self._workers = workers
        self._tasks: set[asyncio.Task[None]] = set()

    async def replace(self, instance: Instance, grace_seconds: float, reason: str) -> None:
        """Let it respond to what it was asked, then stop it. Returns when the container is gone; requests
        that come meanwhile, or a moment later, wait for the next one.
        """
        gateway = self._workers.gateway_of(instance.worker)
        if gateway is None:
            await self._workers.fleet.stop(instance, grace_seconds, reason)
            return
        await gateway.may_follow(instance.container_name)
        with contextlib.ExitStack() as stack:
            succession = stack.enter_context(gateway.succession(instance.container_name))
            await self._workers.fleet.stop(instance, grace_seconds, reason)
            succession.left()
            task = asyncio.create_task(self._follow(instance, succession, stack.pop_all().close))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Let no request wait any longer."""
        for task in self._tasks:
            task.cancel()

    async def _follow(self, instance: Instance, succession: Succession, close: Callable[[], None]) -> None:
        try:
            if not await _within(LINGER_SECONDS, succession.is_awaited.wait()):
                return
            if not await _within(OWN_START_SECONDS, succession.is_over.wait()):
                await self._start(instance, succession)
        except (PywranglerError, TimeoutError) as error:
            log.info("Instance %s has no successor yet: %s", instance.id, error)
        finally:
            close()

    async def _start(self, instance: Instance, succession: Succession) -> None:
        """Start the next one as its class by itself does, unless the former one was started in another way.
        `@cloudflare/containers` does the same for a request without a container.
        """
        others = self._machine.ledger.of_application(instance.application_id)
        application = self._machine.applications.by_id(instance.application_id)
        is_known = any(each.is_platform_start for each in others)
        if application is None or (is_known and not is_usual_start(instance, others)):
            await _within(LINGER_SECONDS, succession.is_over.wait())  # only the Worker's code can start it
            return
        # Not `running`: a deploy that waits for this one's requests holds the Worker's lock.
        hosted = self._workers.get(instance.worker)
        if hosted is None:
            return
        call = BringUpCall(application.class_name, instance.durable_object_id, START_SECONDS, may_fetch=False)
        await hosted.control.bring_up(call)


async def _within(seconds: float, wait: Awaitable[object]) -> bool:
    """Whether it happened within this time."""
    try:
        async with asyncio.timeout(seconds):
            await wait
    except TimeoutError:
        return False
    return True
