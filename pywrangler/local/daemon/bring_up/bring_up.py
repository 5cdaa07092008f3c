"""Bring up a container class: start one instance through its Durable Object, and report the reason if it
fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Set
from dataclasses import dataclass

from pywrangler.local.daemon.bring_up.port_watch import PortWatch
from pywrangler.local.daemon.bring_up.verdicts import (
    CLOSED_PORT_SECONDS,
    PORTLESS_SECONDS,
    STARTED_TWICE,
    InstanceSight,
    Verdict,
    is_finished_job,
    judge,
    not_tried_note,
)
from pywrangler.local.daemon.workers.control import BringUpCall, BringUpResponse, Control, ControlError
from pywrangler.local.gateway.docker_api.names import ContainerName
from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.gateway.ingress import PORTLESS_PORT
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import (
    BRING_UP_OBJECT_NAME,
    Application,
    Instance,
    InstanceState,
)
from pywrangler.local.rest.operations import BringUp, BringUpFailed, BringUpFailure, ListeningAddress

TIMEOUT_SECONDS = 120.0
"""More than the package's own limits (8 s for a slot, 20 s for the ports), so that the package gives its
reason first.
"""
WATCH_INTERVAL_SECONDS = 0.1
PORTS_INTERVAL_SECONDS = 1.0
ASK_AGAIN_SECONDS = 0.5
STOPPING_GRACE_SECONDS = 0.3
"""The grace period of an unused container that was asked to stop before."""
END_SECONDS = 3.0
"""How long the container of a broken Durable Object may take to end, as in workerd."""


def choose_object(application: Application, ledger: Ledger, singleton: str) -> str:
    """The id of the Durable Object to ask: `singleton`, unless that would have to wait for a slot.

    If requests use all slots, a running instance, preferably of the current version, is as good a proof.
    """
    alive = [instance for instance in ledger.alive(application.id) if not instance.is_canary]
    has_place = len(alive) < application.max_instances or ledger.idle_bring_up(application.id) is not None
    running = [instance for instance in alive if instance.state is InstanceState.RUNNING]
    own = next((instance for instance in alive if instance.durable_object_id == singleton), None)
    # An instance that is asked to stop may no longer response, and may take long to end.
    is_stopping = own is not None and own.state is InstanceState.STOPPING
    if not running or (not is_stopping and (has_place or own is not None)):
        return singleton
    best = max(running, key=lambda each: (each.version == application.version, each.created_at))
    return best.durable_object_id


@dataclass
class BringUpRun:
    """One bring-up: an attempt, and a second one if the first met a container from before."""

    application: Application
    class_name: str
    control: Control
    gateway: Gateway
    ledger: Ledger
    canary_object_name: str | None = None
    """The Durable Object to ask for a rollout's canary; None: the one that `choose_object` chooses."""

    async def run(self) -> BringUp:
        """The instance that came up. Raises `BringUpFailed`.

        A failure of a former application's container is no evidence about the current one, so there is a
        second attempt. There are two cases. A Durable Object may still be starting a container that a rollout
        has just ended, and the attempt joins that start. Or a class starts its container without checking
        whether it runs: it throws if a container outlived a redeploy, which ends that container.
        """
        try:
            return await self._attempt()
        except BringUpFailed:
            instance = self._instance()
            if STARTED_TWICE in self._words:
                await self._wait_for_end()
            elif instance is not None and instance.version == self.application.version:
                raise
        return await self._attempt()

    async def has_to_be_aside(self) -> bool:
        """Whether the usual object's container is stopping after it was used, and no other runs. Then another
        object has to prove the application. An unused container is ended here.
        """
        named = await self.control.durable_object_id(self.class_name, BRING_UP_OBJECT_NAME)
        own = self.ledger.by_container_name(ContainerName(self.application.namespace_id, named).container)
        if own is None or own.state is not InstanceState.STOPPING:
            return False
        if self.ledger.may_give_way(own.id):
            await self.gateway.stop_instance(own.id, STOPPING_GRACE_SECONDS)
            return False
        return choose_object(self.application, self.ledger, named) == named

    async def _wait_for_end(self) -> None:
        """Returns when the object's container has ended, or when the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self.ledger.wait_for(self._ended)

    def _ended(self) -> bool | None:
        found = self.ledger.by_container_name(self._container_name())
        return True if found is None or found.state.is_final else None

    async def _attempt(self) -> BringUp:
        self._began_at = time.time()
        self._refused_ports: Set[int] = frozenset()
        self._ports, self._looked_at = PortWatch(), 0.0
        self._name = self.canary_object_name or BRING_UP_OBJECT_NAME
        named = await self.control.durable_object_id(self.class_name, self._name)
        is_canary = self.canary_object_name is not None
        self._durable_object_id = named if is_canary else choose_object(self.application, self.ledger, named)
        self._is_named = self._durable_object_id == named
        expect, finish = self._ledger_calls(is_canary)
        expect(self._durable_object_id)
        try:
            with self.gateway.asked_ports(self._container_name()) as self._asked_ports:
                return await self._settle()
        except ControlError as error:
            if is_finished_job(self._instance(), self._asked_ports):
                return await self._success()
            raise await self._failure(error.message) from error
        except TimeoutError as error:
            raise await self._failure("its Durable Object did not answer in time") from error
        finally:
            finish(self._durable_object_id)

    async def _settle(self) -> BringUp:
        """Ask, and wait until the result is known."""
        response = await self._ask()
        answered_at = time.time()
        while True:
            await self._look()
            match judge(response, self._sight(time.time() - answered_at)):
                case Verdict.UP:
                    return await self._success()
                case Verdict.NOT_TRIED:
                    return await self._success(not_tried_note(self.class_name, response))
                case Verdict.FAILED:
                    refusal = self.gateway.refusal(self._container_name())
                    raise await self._failure(refusal or response.error or "it ended")
                case Verdict.ASK_AGAIN:
                    await asyncio.sleep(ASK_AGAIN_SECONDS)
                    response = await self._ask()
                case Verdict.WAIT:
                    await asyncio.sleep(WATCH_INTERVAL_SECONDS)
            if time.time() - self._began_at > TIMEOUT_SECONDS or self._listens_elsewhere():
                raise TimeoutError

    def _sight(self, waited_seconds: float) -> InstanceSight:
        name = self._container_name()
        running_seconds, refusal = self._running_seconds(), self.gateway.refusal(name)
        return InstanceSight(
            self._instance(), self._asked_ports, self._refused_ports, running_seconds, waited_seconds, refusal
        )

    def _ledger_calls(self, is_canary: bool) -> tuple[Callable[[str], None], Callable[[str], None]]:
        """The ledger's methods to call before the start, and after it."""
        if is_canary:
            return self.ledger.expect_canary, self.ledger.canary_finished
        return self.ledger.expect_bring_up, self.ledger.bring_up_finished

    async def _ask(self) -> BringUpResponse:
        """Let the Durable Object start its container. Returns what it did."""
        # An object that is in use must not get a request that its user did not send.
        call = BringUpCall(
            self.class_name, self._durable_object_id, TIMEOUT_SECONDS, may_fetch=self._is_named
        )
        asked = asyncio.create_task(self.control.bring_up(call))
        try:
            while not asked.done():
                await asyncio.wait([asked], timeout=WATCH_INTERVAL_SECONDS)
                await self._look()
                if self._refused_ports == {PORTLESS_PORT} and self._running_seconds() > PORTLESS_SECONDS:
                    # This release of the package can only wait for a port.
                    return BringUpResponse("startAndWaitForPorts")
                if self._refused_ports and self._running_seconds() > CLOSED_PORT_SECONDS:
                    raise TimeoutError
                if self._listens_elsewhere():
                    raise TimeoutError
            return await asked
        finally:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    async def _look(self) -> None:
        """Remember what the gateway forgets when the container is removed, and where its programs listen."""
        instance = self._instance()
        if instance is None or instance.state.is_final:
            return
        self._refused_ports = self.gateway.refused_ports(instance.id)
        now = time.time()
        if self._refused_ports - {PORTLESS_PORT} and now - self._looked_at >= PORTS_INTERVAL_SECONDS:
            self._looked_at = now
            listening = await self.gateway.listening(instance.id)
            self._ports.note(listening, await self.gateway.cpu_seconds(instance.id), now)

    def _listens_elsewhere(self) -> bool:
        """Whether the container listens, but not where it is asked, and probably never will."""
        return self._ports.is_wrong(self._refused_ports - {PORTLESS_PORT}, time.time())

    def _running_seconds(self) -> float:
        """The seconds that the container has run; 0 if it does not run."""
        instance = self._instance()
        if instance is None or instance.state is not InstanceState.RUNNING or instance.started_at is None:
            return 0.0
        return time.time() - instance.started_at

    def _container_name(self) -> str:
        return ContainerName(self.application.namespace_id, self._durable_object_id).container

    def _instance(self) -> Instance | None:
        """The object's instance; None if it ended before this attempt."""
        found = self.ledger.by_container_name(self._container_name())
        is_former = found is not None and found.state.is_final and (found.stopped_at or 0) < self._began_at
        return None if is_former else found

    async def _success(self, note: str | None = None) -> BringUp:
        instance = self._instance()
        listening = await self.gateway.listening(instance.id) if instance else []
        name = instance.durable_object_name if instance else None
        if instance is not None and self._is_named:
            self.ledger.named(instance.id, self._name)
        return BringUp(
            durable_object_id=self._durable_object_id,
            durable_object_name=self._name if self._is_named else name or "",
            instance_id=instance.id if instance else None,
            state=instance.state.value if instance else "unknown",
            ports=tuple(sorted({entry.port for entry in listening})),
            seconds=round(time.time() - self._began_at, 3),
            note=note,
        )

    async def _failure(self, words: str) -> BringUpFailed:
        """Everything that is known about the failure; `words` are the Durable Object's."""
        self._words = words
        instance = self._instance()
        if instance is None:
            return self._failed(BringUpFailure(reason=words, application=self.application.name))
        is_over = instance.state.is_final
        # A container that could not be started has no ports.
        has_run = instance.started_at is not None
        ports = (self._asked_ports if is_over else self._refused_ports) - {PORTLESS_PORT} if has_run else ()
        return self._failed(
            BringUpFailure(
                reason=(instance.reason if is_over else None) or self._closed_ports_reason() or words,
                application=self.application.name,
                exit_code=instance.exit_code,
                oom_killed=instance.oom_killed,
                log_tail=tuple(await self.gateway.log_tail(instance.id)),
                refused_ports=tuple(sorted(ports)),
                listening=tuple(
                    ListeningAddress(entry.address, entry.port)
                    for entry in await self.gateway.listening(instance.id)
                ),
            )
        )

    def _failed(self, failure: BringUpFailure) -> BringUpFailed:
        reason = failure.reason.rstrip(".")
        return BringUpFailed(
            f"No instance of the application {failure.application} came up: {reason}.", failure
        )

    def _closed_ports_reason(self) -> str | None:
        ports = ", ".join(str(port) for port in sorted(self._refused_ports))
        return f"nothing in the container listens on port {ports}" if ports else None
