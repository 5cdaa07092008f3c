"""Applies what a new version of a Worker passes to its containers to the running ones, or reports that it
cannot.

Only the class's code says what a container may reach and what is passed to it, at the moment of a start. So a
changed Worker starts one container through the Durable Object of canaries, and that start is compared
with the starts of the running containers. If the network differs, they are replaced. If variables or the
entrypoint differ, used containers continue, as on Cloudflare, and unused ones are replaced. The comparison
needs only the start's request, so it does not wait until that container runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.rollouts.canaries import CanaryRunner, StopInstance
from pywrangler.local.daemon.rollouts.start_options import Outdated, plan_outdated
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import BRING_UP_OBJECT_NAME, CANARY_OBJECT_NAME, Instance

log = logging.getLogger(__name__)

LONGEST_SECONDS = 30.0
"""How long a class may take until it starts its container."""
QUIET_SECONDS = 2.0
"""How long nothing may change before it compares, unless someone waits for the result: `dev` changes a Worker
with every save.
"""
GRACE_SECONDS = 2.0
"""The grace period of replaced containers. Short, because they can reach what they should not."""

IDLE_REASON = "it was not used, and its class now starts it with other variables or another entrypoint"

Say = Callable[[str, str], None]
"""Writes a line into a Worker's log: the Worker's name, and the text."""


def usual_start(instances: Iterable[Instance]) -> Instance | None:
    """The latest container of a class that the platform itself started; None if unknown."""
    own = [
        each
        for each in instances
        if each.egress
        and (each.is_canary or each.durable_object_name in (BRING_UP_OBJECT_NAME, CANARY_OBJECT_NAME))
    ]
    return max(own, key=lambda each: each.created_at) if own else None


def plan_replacements(running: Iterable[Instance], usual: str | None, asked: str) -> list[Instance]:
    """The instances that were started with other network access than the class asks for now.

    A class may ask for different access for each of its objects. So if its `usual` access has not changed,
    nothing is done.
    """
    if usual == asked:
        return []
    return [each for each in running if not each.is_canary and each.egress not in (None, asked)]


@dataclass(frozen=True)
class _Check:
    """A comparison in progress, with the start that it compares with."""

    task: asyncio.Task[None]
    usual: Instance | None
    is_awaited: asyncio.Event
    """Set when someone waits for the result."""


@dataclass
class EgressCheck:
    """Compares and replaces, for all Workers of one platform."""

    ledger: Ledger
    canaries: CanaryRunner
    stop_instance: StopInstance
    say: Say

    def __post_init__(self) -> None:
        self._checks: dict[str, _Check] = {}
        self._starts: set[asyncio.Task[object]] = set()
        self._outdated: dict[str, Outdated] = {}

    def begin(self, worker: str) -> None:
        """Compare in the background; call it when a new version of the Worker has begun to run. A comparison
        with the version before that, which has not ended, is given up.
        """
        for application_id in {each.application_id for each in self._running() if each.worker == worker}:
            former = self._checks.get(application_id)
            if former is not None and not former.task.done():
                former.task.cancel()
                usual = former.usual
            else:
                usual = usual_start(self.ledger.of_application(application_id))
            is_awaited = asyncio.Event()
            task = asyncio.create_task(self._check_later(application_id, usual, is_awaited))
            self._checks[application_id] = _Check(task, usual, is_awaited)

    async def wait(self, application_id: str) -> None:
        """Returns when the application's containers match what its Worker asks for."""
        while (check := self._checks.get(application_id)) is not None and not check.task.done():
            check.is_awaited.set()
            await asyncio.wait([check.task])

    def outdated(self, application_id: str) -> Outdated:
        """The application's running containers whose start differs from a start now."""
        found = self._outdated.get(application_id, Outdated())
        running = {each.id for each in self._running()}
        return replace(found, instances=tuple(each for each in found.instances if each.id in running))

    def close(self) -> None:
        """Stop comparing."""
        for task in (*(each.task for each in self._checks.values()), *self._starts):
            task.cancel()

    async def _check_later(
        self, application_id: str, usual: Instance | None, is_awaited: asyncio.Event
    ) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                await is_awaited.wait()
        await self._check(application_id, usual)

    async def _check(self, application_id: str, usual: Instance | None) -> None:
        try:
            asked = await self._ask(application_id)
        except PywranglerError as error:
            log.warning(
                "It is unknown which options the application `%s` passes to a start: %s",
                application_id,
                error.message,
            )
            return
        running = [each for each in self._running() if each.application_id == application_id]
        if asked is None or asked.egress is None:
            self._outdated[application_id] = Outdated(tuple(running))
            for worker in {each.worker for each in running}:
                self.say(worker, "Running containers keep their network access until they are started again.")
            return
        replaced = plan_replacements(running, usual.egress if usual else None, asked.egress)
        former, others = self.outdated(application_id), [each for each in running if each not in replaced]
        outdated = plan_outdated(others, usual, asked, former)
        idle = [each for each in outdated.instances if self.ledger.may_give_way(each.id)]
        kept = tuple(each for each in outdated.instances if each not in idle)
        self._outdated[application_id] = outdated = replace(outdated, instances=kept)
        application = self.canaries.applications.by_id(application_id)
        if application is not None and (sentence := outdated.describe(application.name)):
            self.say(application.worker, sentence)
        if replaced:
            words = f"Containers that run are replaced: their class now asks for {asked.egress}."
            self.say(replaced[0].worker, words)
        reason = f"its class now asks for {asked.egress}"
        stops = [self.stop_instance(each, GRACE_SECONDS, reason) for each in replaced]
        stops += [self.stop_instance(each, GRACE_SECONDS, IDLE_REASON) for each in idle]
        await asyncio.gather(*stops)

    async def _ask(self, application_id: str) -> Instance | None:
        """A container that is started now; None if that is not possible. Raises `PywranglerError`."""
        began_at = time.time()

        def look() -> Instance | None:
            found = [
                each
                for each in self.ledger.of_application(application_id)
                if each.is_canary and each.created_at >= began_at and each.egress
            ]
            return found[-1] if found else None

        start = asyncio.create_task(self.canaries.run(application_id))
        self._starts.add(start)
        start.add_done_callback(self._start_done)
        seen = asyncio.create_task(self.ledger.wait_for(look))
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_SECONDS):
                    await asyncio.wait([seen, start], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            start.cancel()
            raise
        finally:
            seen.cancel()
        return look()

    def _start_done(self, task: asyncio.Task[object]) -> None:
        self._starts.discard(task)
        if not task.cancelled():
            task.exception()  # only its start's request matters here, not whether it came up

    def _running(self) -> list[Instance]:
        return [each for each in self.ledger.alive() if not each.is_canary]
