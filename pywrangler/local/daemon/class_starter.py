"""Bring up a container class of a Worker: find what runs it, choose the way, and look for the place in the
code when it throws.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.bring_up.bring_up import BringUpRun
from pywrangler.local.daemon.bring_up.thrown import first_stack
from pywrangler.local.daemon.logs.events import Event
from pywrangler.local.daemon.rollouts.canaries import CanaryRunner
from pywrangler.local.daemon.rollouts.egress_check import EgressCheck
from pywrangler.local.daemon.workers.control import ControlError
from pywrangler.local.daemon.workers.hosted import HostedWorker
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Application
from pywrangler.local.rest.operations import BringUp, BringUpFailed, BringUpFailure
from pywrangler.local.store import Store


@dataclass
class ClassStarter:
    """Brings up container classes, for all Workers of one platform."""

    store: Store
    ledger: Ledger
    running: Callable[[str], Awaitable[HostedWorker]]
    """The Worker of a name, once it runs. Raises `PywranglerError`."""
    follow_events: Callable[[str], Awaitable[AsyncIterator[Event]]]
    canaries: CanaryRunner
    egress_check: EgressCheck
    is_alone: bool
    """Whether this machine is no node of a cluster."""

    async def bring_up(self, worker: str, class_name: str) -> BringUp:
        """Start an instance of the class and wait until it is up. Raises `BringUpFailed`."""
        namespace = self.store.namespaces.find(worker, class_name)
        application = self.store.applications.by_namespace(namespace.id) if namespace else None
        if application is None:
            raise _not_up(
                f"the class {class_name} of the Worker {worker} has no container application", class_name
            )
        if application.is_managed:
            return BringUp("", "", None, "unknown", (), 0, note=f"{class_name} chooses its image in start()")
        try:
            run = await self._run(worker, class_name, application)
        except PywranglerError as error:
            raise _not_up(error.message, application.name) from error
        if run is None:
            raise _not_up("the running version of the Worker has no class with a container", application.name)
        await self.egress_check.wait(application.id)
        try:
            return await self._brought_up(run)
        except BringUpFailed as failed:
            if not failed.failure.is_of_code:
                raise
            return await self._once_more(worker, run, failed)
        except ControlError as error:  # before it could ask the Durable Object
            raise _not_up(error.message, application.name) from error

    async def _run(self, worker: str, class_name: str, application: Application) -> BringUpRun | None:
        hosted = await self.running(worker)
        if hosted.gateway is None:
            return None
        return BringUpRun(application, class_name, hosted.control, hosted.gateway, self.ledger)

    async def _brought_up(self, run: BringUpRun) -> BringUp:
        application = run.application
        if not self.is_alone:
            # The usual object may be on another node, where this one does not see its container.
            proved = await self.canaries.run(application.id)
            note = f"{run.class_name} starts its container at another moment"
            return proved or BringUp("", "", None, "unknown", (), 0, note=note)
        aside = await self.canaries.run(application.id) if await run.has_to_be_aside() else None
        up = aside or await run.run()
        found = self.egress_check.outdated(application.id)
        words = found.describe(application.name)
        return replace(up, outdated=words) if found.fields else replace(up, kept=words)

    async def _once_more(self, worker: str, former: BringUpRun, failed: BringUpFailed) -> BringUp:
        """Bring up again after the code threw, with a runtime that reports where. Raises `BringUpFailed`."""
        class_name = former.class_name
        try:
            events = await self.follow_events(worker)
            run = await self._run(worker, class_name, former.application)
        except PywranglerError:
            raise failed from None
        if run is None:
            raise failed
        reading = asyncio.create_task(first_stack(events, class_name, failed.failure.reason))
        try:
            return await self._brought_up(run)
        except BringUpFailed as again:
            stack = await reading if again.failure.is_of_code else ()
            raise BringUpFailed(again.message, replace(again.failure, stack=stack)) from None
        finally:
            reading.cancel()


def _not_up(reason: str, application: str) -> BringUpFailed:
    failure = BringUpFailure(reason=reason, application=application)
    return BringUpFailed(
        f"No instance of the application {application} came up: {reason.rstrip('.')}.", failure
    )
