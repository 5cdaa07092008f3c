"""Tries a version of an application with a real start, before a rollout replaces instances in use.

The start goes through a Durable Object of the container class that only rollouts use, as Worker code would do
it: with the class's variables, entrypoint and ports. Its instance takes no slot, gets no traffic, and is
stopped when it is judged. The alternatives are worse. Replacing an instance in use first would cost a session
to find a broken image, and would wait for a request that may not come. A bare container of the image lacks
what the class passes to it, and can fail where the class would not.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.bring_up.bring_up import BringUpRun
from pywrangler.local.daemon.workers.control import ControlError
from pywrangler.local.daemon.workers.hosted import HostedWorker
from pywrangler.local.instances.ledger import ApplicationLookup, Ledger
from pywrangler.local.instances.records import CANARY_OBJECT_NAME, Instance
from pywrangler.local.rest.operations import BringUp, BringUpFailed

CANARY_GRACE_SECONDS = 0.3
"""Its instance serves no requests."""

StopInstance = Callable[[Instance, float, str], Awaitable[None]]
"""Stop an instance: SIGTERM, SIGKILL after so many seconds, and the reason for the record."""


@dataclass(frozen=True)
class CanaryRunner:
    """Starts and stops canaries. `get_worker` gives a Worker when it runs, or raises."""

    ledger: Ledger
    applications: ApplicationLookup
    get_worker: Callable[[str], Awaitable[HostedWorker]]
    stop_instance: StopInstance
    object_name: str = CANARY_OBJECT_NAME
    """The Durable Object of the canaries."""
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Locks by application, because all canaries of one go through the same Durable Object."""

    async def run(self, application_id: str) -> BringUp | None:
        """Bring up an instance of the current application. Raises `BringUpFailed`.

        None if that cannot be tried: the application is gone, its Worker does not run, or its class starts
        its container at another moment.
        """
        async with self._locks[application_id]:
            # One that runs now was left by a former run of the platform. It would be taken for the new one.
            await self.clear(application_id)
            return await self._prove(application_id)

    async def _prove(self, application_id: str) -> BringUp | None:
        application = self.applications.by_id(application_id)
        if application is None:
            return None
        try:
            hosted = await self.get_worker(application.worker)
        except PywranglerError:
            return None
        if hosted.gateway is None:
            return None
        run = BringUpRun(
            application,
            application.class_name,
            hosted.control,
            hosted.gateway,
            self.ledger,
            canary_object_name=self.object_name,
        )
        try:
            proved = await run.run()
        except ControlError:
            return None
        finally:
            await self.clear(application_id)
        return proved if proved.instance_id else None

    async def does_come_up(self, application_id: str) -> bool:
        """Whether an instance of the current application comes up."""
        try:
            return await self.run(application_id) is not None
        except BringUpFailed:
            return False

    async def clear(self, application_id: str | None = None) -> None:
        """Stop running canaries: of one application, or all that a former run of the platform left."""
        canaries = [instance for instance in self.ledger.alive(application_id) if instance.is_canary]
        stops = (self.stop_instance(each, CANARY_GRACE_SECONDS, "its version was tried") for each in canaries)
        await asyncio.gather(*stops)
