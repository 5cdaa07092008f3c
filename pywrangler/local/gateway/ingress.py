"""Connections to the ports of instances. A connection waits while the instance starts, and shows which ports
are open.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterator, Set
from contextlib import contextmanager
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.gateway.containers.container import TrackedContainer
from pywrangler.local.gateway.containers.supervisor import ContainerSupervisor
from pywrangler.local.gateway.context import GatewayContext
from pywrangler.local.gateway.engine_facts import FactFinder
from pywrangler.local.gateway.launcher import Launcher
from pywrangler.local.gateway.tunnels.first_use import FirstUse
from pywrangler.local.gateway.tunnels.reach import ContainerDialer
from pywrangler.local.gateway.tunnels.tunnel import ContainerEnd, Seen

RETRY_SECONDS = 0.005
PORTLESS_PORT = 33
"""`@cloudflare/containers` 0.3 requests this port for a class that names none. Nothing should listen."""
REFUSAL_DELAY_SECONDS = 0.02
"""A refused start must reach monitor() before a connection fails, or the reason is lost."""


CONTAINER_HOST = "10.0.0.1"
"""The address of every container at Cloudflare, as its errors name it."""
ENDED = "the container ended"
SUCCESSION_SECONDS = 30.0
"""How long a request may wait for the container that follows the one that it was for."""


class ClosedPortError(Exception):
    """Nothing listens on the port, or nothing runs."""

    def __init__(self, port: int, reason: str) -> None:
        """The text has the words of Cloudflare and those of `wrangler dev`: Workers look for either."""
        super().__init__(
            f"The container is not listening in the TCP address {CONTAINER_HOST}:{port}"
            f" (Container is not listening to port {port}): {reason}"
        )


class NoInstanceError(Exception):
    """The container's latest start was refused; the text says why."""


class Ingress:
    """Opens connections into the containers of one gateway."""

    def __init__(
        self, context: GatewayContext, supervisor: ContainerSupervisor, launcher: Launcher, facts: FactFinder
    ) -> None:
        self._first_use = FirstUse(context.ledger, context.is_called)
        self._clock = context.clock
        self._hold_seconds = context.settings.hold_seconds
        self._supervisor = supervisor
        self._launcher = launcher
        self._facts = facts
        self._asked_ports: dict[str, set[int]] = {}

    @contextmanager
    def asked_ports(self, name: str) -> Iterator[Set[int]]:
        """The ports of a container that are requested while the context is open, even after its end."""
        asked = self._asked_ports.setdefault(name, set())
        try:
            yield asked
        finally:
            self._asked_ports.pop(name, None)

    def close(self) -> None:
        """Stop watching for the first use."""
        self._first_use.close()

    async def enter(self, name: str, port: int) -> ContainerEnd:
        """A connection to `port` of the container `name`. Raises ClosedPortError or NoInstanceError."""
        if name in self._asked_ports:
            self._asked_ports[name].add(port)
        if refusal := self._supervisor.refusals.get(name):
            await asyncio.sleep(REFUSAL_DELAY_SECONDS)
            raise NoInstanceError(refusal)
        if succession := self._supervisor.successions.get(name):
            await succession.wait(SUCCESSION_SECONDS)
        container = self._supervisor.get(name)
        if container is None or not container.is_running:
            raise ClosedPortError(port, "the container does not run")
        self._launcher.port_asked(container.application_id, port)
        container.entering += 1
        try:
            facts = await self._facts.facts()
            connection = await self._connect(container, port, facts.reach)
        except (OSError, PywranglerError) as error:
            container.refused_ports.add(port)
            raise ClosedPortError(port, str(error)) from error
        finally:
            container.entering -= 1
        container.refused_ports.discard(port)
        return ContainerEnd(
            connection,
            self._watcher(container),
            container.conversations,
            is_giving_way=lambda: container.is_giving_way,
            follow=lambda: self._follow(name, port),
        )

    async def _follow(self, name: str, port: int) -> ContainerEnd:
        try:
            return await self.enter(name, port)
        except (ClosedPortError, NoInstanceError) as error:
            raise ConnectionResetError(str(error)) from error

    async def _connect(self, container: TrackedContainer, port: int, reach: ContainerDialer) -> socket.socket:
        """Try until it works, the container ends, or the time for holding connections after its start is
        over.

        A program needs a moment until it listens. A refused client tries again only after 300 ms, and a held
        connection gets through within milliseconds. If nothing is expected to listen, the connection is
        refused at once.
        """
        loop = asyncio.get_running_loop()
        hold_seconds = 0.0 if port == PORTLESS_PORT else self._hold_seconds
        while container.is_running:
            inspected = await self._supervisor.describe(container)
            address = reach.locate(inspected, port) if inspected else None
            if address is None:
                raise ConnectionRefusedError("it has no address" if inspected else ENDED)
            try:
                connection = await _while_it_runs(
                    container, reach.connect(address, was_open=port in container.open_ports)
                )
            except OSError:
                if loop.time() - (container.running_since or 0) > hold_seconds:
                    raise
            else:
                container.open_ports.add(port)
                return connection
            await asyncio.sleep(RETRY_SECONDS)
        raise ConnectionRefusedError(ENDED)

    def _watcher(self, container: TrackedContainer) -> Seen:
        def seen(is_inwards: bool) -> None:
            container.last_activity = self._clock()
            if is_inwards:
                self._first_use.traffic(container.instance_id)

        return seen


async def _while_it_runs(
    container: TrackedContainer, connecting: Coroutine[Any, Any, socket.socket]
) -> socket.socket:
    """The connection; it fails when the container ends, because a dead address does not refuse but stays
    silent.
    """
    attempt = asyncio.ensure_future(connecting)
    try:
        await asyncio.wait((attempt, container.exited), return_when=asyncio.FIRST_COMPLETED)
        if not attempt.done():
            raise ConnectionRefusedError(ENDED)
        return attempt.result()
    except BaseException:
        attempt.cancel()
        attempt.add_done_callback(_close)
        raise


def _close(attempt: asyncio.Future[socket.socket]) -> None:
    """Close the connection that nothing waits for any more."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
