"""Bring up a container class: start one instance through its Durable Object, and know why when it does not
come.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Set
from dataclasses import dataclass

from pywrangler.local.daemon.control import BringUpCall, Control, ControlError
from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.gateway.ingress import PORTLESS_PORT
from pywrangler.local.gateway.names import ContainerName
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Application, Instance, InstanceState
from pywrangler.local.rest.operations import BringUp, BringUpFailed, BringUpFailure, ListeningAddress

DURABLE_OBJECT_NAME = "cf-singleton-container"
"""The object that `getContainer(namespace)` of `@cloudflare/containers` names when it is given no name."""
TIMEOUT_SECONDS = 120.0
"""More than the package's own limits (8 s for a place, 20 s for the ports): its reasons shall come first."""
PORTLESS_SECONDS = 1.0
"""A container of such a class is up when it has run that long."""
CLOSED_PORT_SECONDS = 30.0
"""A container that has run that long and does not listen on a port that was asked for has failed. Not left to
the Durable Object, whose code may wait for ever.
"""
WATCH_INTERVAL_SECONDS = 0.1


def choose_object(application: Application, ledger: Ledger, singleton: str) -> str:
    """The id of the Durable Object to ask: `singleton`, unless that would only have to wait for a place.

    When requests have all places, an instance that runs, best of the current version, is as good a proof.
    """
    alive = ledger.alive(application.id)
    has_place = len(alive) < application.max_instances or ledger.idle_bring_up(application.id) is not None
    running = [instance for instance in alive if instance.state is InstanceState.RUNNING]
    if has_place or not running or any(instance.durable_object_id == singleton for instance in alive):
        return singleton
    best = max(running, key=lambda each: (each.version == application.version, each.created_at))
    return best.durable_object_id


@dataclass
class BringUpRun:
    """One bring-up: an attempt, and another where the first was about a container of the time before."""

    application: Application
    class_name: str
    control: Control
    gateway: Gateway
    ledger: Ledger
    proof_object_name: str | None = None
    """The Durable Object to ask for a rollout's proof; None: whichever proves a deployment best."""

    async def run(self) -> BringUp:
        """The instance that came up. Raises `BringUpFailed`.

        A Durable Object that is still starting a container which a rollout has just ended lets us join that
        start, and fails: it says nothing about the application as it is now, so it is asked once more.
        """
        try:
            return await self._attempt()
        except BringUpFailed:
            instance = self._instance()
            if instance is not None and instance.version == self.application.version:
                raise
        return await self._attempt()

    async def _attempt(self) -> BringUp:
        self._began_at = time.time()
        self._refused_ports: Set[int] = frozenset()
        self._name = self.proof_object_name or DURABLE_OBJECT_NAME
        named = await self.control.durable_object_id(self.class_name, self._name)
        is_proof = self.proof_object_name is not None
        self._durable_object_id = named if is_proof else choose_object(self.application, self.ledger, named)
        self._is_named = self._durable_object_id == named
        expect, finish = self._ledger_calls(is_proof)
        expect(self._durable_object_id)
        try:
            with self.gateway.asked_ports(self._container_name()) as self._asked_ports:
                await self._ask()
        except ControlError as error:
            if self._is_finished_job():
                return await self._success()
            raise await self._failure(error.message) from error
        except TimeoutError as error:
            raise await self._failure("its Durable Object did not answer in time") from error
        finally:
            finish(self._durable_object_id)
        return await self._success()

    def _ledger_calls(self, is_proof: bool) -> tuple[Callable[[str], None], Callable[[str], None]]:
        """What to tell the ledger before the start, and after it."""
        if is_proof:
            return self.ledger.expect_proof, self.ledger.proof_finished
        return self.ledger.expect_bring_up, self.ledger.bring_up_finished

    async def _ask(self) -> None:
        """Let the Durable Object start its container; returns when it is up."""
        # An object that somebody uses gets no request that its user did not send.
        call = BringUpCall(
            self.class_name, self._durable_object_id, TIMEOUT_SECONDS, may_fetch=self._is_named
        )
        asked = asyncio.create_task(self.control.bring_up(call))
        try:
            while not asked.done():
                await asyncio.wait([asked], timeout=WATCH_INTERVAL_SECONDS)
                self._look()
                if self._refused_ports == {PORTLESS_PORT} and self._running_seconds() > PORTLESS_SECONDS:
                    return
                if self._refused_ports and self._running_seconds() > CLOSED_PORT_SECONDS:
                    raise TimeoutError
            await asked
        finally:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    def _look(self) -> None:
        """Remember what the gateway forgets when the container goes."""
        instance = self._instance()
        if instance is not None and not instance.state.is_final:
            self._refused_ports = self.gateway.refused_ports(instance.id)

    def _running_seconds(self) -> float:
        """How long the container has run; 0 when it does not."""
        instance = self._instance()
        if instance is None or instance.state is not InstanceState.RUNNING or instance.started_at is None:
            return 0.0
        return time.time() - instance.started_at

    def _is_finished_job(self) -> bool:
        """Whether its class names no port, so that nobody waits for it to answer, and it ended well."""
        instance = self._instance()
        has_done_well = instance is not None and instance.state.is_final and instance.exit_code == 0
        return has_done_well and self._asked_ports <= {PORTLESS_PORT}

    def _container_name(self) -> str:
        return ContainerName(self.application.namespace_id, self._durable_object_id).container

    def _instance(self) -> Instance | None:
        """The object's instance, unless it ended before this attempt."""
        found = self.ledger.by_container_name(self._container_name())
        is_former = found is not None and found.state.is_final and (found.stopped_at or 0) < self._began_at
        return None if is_former else found

    async def _success(self) -> BringUp:
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
        )

    async def _failure(self, words: str) -> BringUpFailed:
        """Everything known about why it did not come up; `words` are the Durable Object's."""
        instance = self._instance()
        if instance is None:
            return self._failed(BringUpFailure(reason=words, application=self.application.name))
        is_over = instance.state.is_final
        ports = (self._asked_ports if is_over else self._refused_ports) - {PORTLESS_PORT}
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
        return BringUpFailed(
            f"no instance of application {failure.application} came up: {failure.reason}", failure
        )

    def _closed_ports_reason(self) -> str | None:
        ports = ", ".join(str(port) for port in sorted(self._refused_ports))
        return f"nothing in the container listens on port {ports}" if ports else None
