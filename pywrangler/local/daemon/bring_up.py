"""Bring up a container class: start one instance through its Durable Object, and know why when it does not
come.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from pywrangler.local.daemon.control import BringUpCall, Control, ControlError
from pywrangler.local.gateway.gateway import Gateway
from pywrangler.local.gateway.names import ContainerName
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Application, Instance, InstanceState
from pywrangler.local.rest.operations import BringUp, BringUpFailed, BringUpFailure, ListeningAddress

DURABLE_OBJECT_NAME = "cf-singleton-container"
"""The object that `getContainer(namespace)` of `@cloudflare/containers` names when it is given no name."""
TIMEOUT_SECONDS = 120.0
"""More than the package's own limits (8 s for a place, 20 s for the ports): its reasons shall come first."""
PORTLESS_PORT = 33
"""`@cloudflare/containers` 0.3 asks for this port when a class names none; nothing is expected to listen."""
PORTLESS_SECONDS = 1.0
"""A container of such a class is up when it has run that long."""
WATCH_INTERVAL_SECONDS = 0.1


@dataclass
class BringUpRun:
    """One attempt."""

    application: Application
    class_name: str
    control: Control
    gateway: Gateway
    ledger: Ledger

    async def run(self) -> BringUp:
        """The instance that came up. Raises `BringUpFailed`."""
        self._began_at = time.time()
        self._refused_ports: frozenset[int] = frozenset()
        self._durable_object_id = await self.control.durable_object_id(self.class_name, DURABLE_OBJECT_NAME)
        self.ledger.expect_bring_up(self._durable_object_id)
        try:
            await self._ask()
        except (ControlError, TimeoutError) as error:
            words = (
                error.message if isinstance(error, ControlError) else f"no answer in {TIMEOUT_SECONDS:.0f} s"
            )
            raise await self._failure(words) from error
        finally:
            self.ledger.bring_up_finished(self._durable_object_id)
        return await self._success()

    async def _ask(self) -> None:
        """Let the Durable Object start its container; returns when it is up."""
        call = BringUpCall(self.class_name, self._durable_object_id, TIMEOUT_SECONDS)
        asked = asyncio.create_task(self.control.bring_up(call))
        try:
            while not asked.done():
                await asyncio.wait([asked], timeout=WATCH_INTERVAL_SECONDS)
                self._look()
                if self._is_up_without_ports():
                    return
            await asked
        finally:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    def _look(self) -> None:
        """Remember what the gateway forgets when the container goes."""
        instance = self._instance()
        if instance is not None:
            self._refused_ports = self.gateway.refused_ports(instance.id) or self._refused_ports

    def _is_up_without_ports(self) -> bool:
        instance = self._instance()
        return (
            self._refused_ports == {PORTLESS_PORT}
            and instance is not None
            and instance.state is InstanceState.RUNNING
            and time.time() - (instance.started_at or time.time()) >= PORTLESS_SECONDS
        )

    def _instance(self) -> Instance | None:
        """The object's instance, unless it ended before this attempt."""
        name = ContainerName(self.application.namespace_id, self._durable_object_id)
        found = self.ledger.by_container_name(name.container)
        is_former = found is not None and found.state.is_final and (found.stopped_at or 0) < self._began_at
        return None if is_former else found

    async def _success(self) -> BringUp:
        instance = self._instance()
        listening = await self.gateway.listening(instance.id) if instance else []
        if instance is not None:
            self.ledger.named(instance.id, DURABLE_OBJECT_NAME)
        return BringUp(
            durable_object_id=self._durable_object_id,
            durable_object_name=DURABLE_OBJECT_NAME,
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
        return self._failed(
            BringUpFailure(
                reason=(instance.reason if is_over else None) or self._closed_ports_reason() or words,
                application=self.application.name,
                exit_code=instance.exit_code,
                oom_killed=instance.oom_killed,
                log_tail=tuple(await self.gateway.log_tail(instance.id)),
                refused_ports=tuple(sorted(self._refused_ports)),
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
