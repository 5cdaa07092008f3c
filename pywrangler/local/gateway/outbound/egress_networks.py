"""The network that a container joins, and what must be set up first: nothing, rules that close it, or
interception for the Worker's handlers.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pywrangler.errors import MissingError, PywranglerError
from pywrangler.local.gateway.containers.networks import EgressMode, Network, NetworkPlan, ensure_network
from pywrangler.local.gateway.containers.supervisor import ContainerSupervisor
from pywrangler.local.gateway.context import GatewayContext
from pywrangler.local.gateway.outbound.certificates import Authority
from pywrangler.local.gateway.outbound.egress import Egress
from pywrangler.local.gateway.outbound.firewall import (
    find_firewall,
    plan_closed_rules,
    plan_intercepted_rules,
)
from pywrangler.local.gateway.outbound.interceptor import Interceptor

log = logging.getLogger(__name__)

CONTAINER_WAIT_SECONDS = 2.0
"""How long a connection waits until its container is known. A program may begin one before the engine reports
that it runs.
"""
PAUSE_SECONDS = 0.02
NEEDS = "that takes iptables and a local platform run by root on the Linux machine of the Docker Engine"


class EgressRefusedError(PywranglerError):
    """The Worker's handling of outgoing connections is not possible."""

    code = "egress-refused"


def explain_not_offered(egress: Egress) -> str:
    """The message for a start on a machine where outgoing connections cannot be intercepted."""
    return (
        f"the Worker handles what its containers send (to {', '.join(egress.handled_names)}), and {NEEDS}."
        " The container was not started, because its connections would leave unseen"
    )


def explain_too_late(egress: Egress) -> str:
    """The message for handlers that are set while the container already runs."""
    return (
        f"the container was started without outbound handlers, and cannot get any (for"
        f" {', '.join(egress.handled_names)}) while it runs: set them before its start, or stop it first"
    )


class EgressNetworks:
    """The network access of one gateway's containers. `egress_of` gives it for a container's name."""

    def __init__(self, context: GatewayContext, worker: str, supervisor: ContainerSupervisor) -> None:
        self._context = context
        self._worker = worker
        self._supervisor = supervisor
        self._firewall = find_firewall() if context.settings.uses_firewall else None
        self._authority = Authority(Path(context.home)) if context.home else None
        self._storage = storage = context.settings.object_storage
        self._interceptor = (
            Interceptor(self._egress_at, self._authority, storage) if self._authority else None
        )
        if storage is not None:
            storage.add_guard(self._is_on_open_network)
        self._opening = asyncio.Lock()
        self._egress: dict[str, Egress] = {}
        self._started: set[str] = set()
        """Containers that the current workerd has started. The containers of a former one were started by
        other code.
        """
        self._has_warned = False

    def egress_of(self, name: str) -> Egress:
        """The egress of the container `name`, as workerd last sent it."""
        return self._egress.get(name, Egress())

    def begin(self, name: str) -> Egress:
        """The egress of a container that is about to be created."""
        self._started.add(name)
        return self.egress_of(name)

    def new_runtime(self) -> None:
        """Another workerd takes over, perhaps with other code."""
        self._started.clear()

    async def tell(self, name: str, egress: Egress) -> None:
        """Store a container's egress. Raises EgressRefusedError if it is not possible now.

        A container that earlier code started without handlers is stopped. Its next start has them.
        """
        if egress.is_intercepted and not self.egress_of(name).is_intercepted:
            container = self._supervisor.get(name)
            inspected = await self._supervisor.describe(container) if container else None
            if inspected and self._intercepted.name not in inspected["NetworkSettings"]["Networks"]:
                if container is None or name in self._started:
                    raise EgressRefusedError(explain_too_late(egress))
                await self._supervisor.stop(container, 0, "its Worker now handles what it sends")
        self._egress[name] = egress

    def forget(self, name: str) -> None:
        """The container was removed."""
        self._egress.pop(name, None)
        self._started.discard(name)

    def certificate(self) -> str | None:
        """The authority to trust where HTTPS is intercepted; None if that is not possible."""
        return self._authority.certificate_pem if self._authority and self._firewall else None

    async def prepare(self) -> None:
        """Prepare what the first start would wait for."""
        await self._ensure_open(self._plan(EgressMode.OPEN))
        await asyncio.to_thread(self.certificate)

    async def network_for(self, name: str, *, has_published_ports: bool) -> Network:
        """The network that a new container joins, with its rules set up. Raises EgressRefusedError,
        MissingError, or EngineRefusedError.
        """
        egress = self.egress_of(name)
        if egress.is_intercepted:
            if has_published_ports:
                raise EgressRefusedError(explain_not_offered(egress))
            return await self._ensure_intercepted(egress)
        if egress.is_internet_allowed:
            return await self._ensure_open(
                self._plan(EgressMode.OPEN, has_published_ports=has_published_ports)
            )
        return await self._ensure_closed(
            self._plan(EgressMode.CLOSED, has_published_ports=has_published_ports)
        )

    async def reopen(self) -> None:
        """Resume the interception of an earlier process of the platform, whose containers may still run."""
        with suppress(PywranglerError):
            if self._firewall and await self._context.engine.network(self._intercepted.name):
                await self._ensure_intercepted(Egress())

    async def close(self) -> None:
        """Stop listening. The network is removed if no container is on it; else it stays closed until a new
        process listens.
        """
        if self._storage is not None:
            self._storage.remove_guard(self._is_on_open_network)
        if self._interceptor is None or self._firewall is None or not self._interceptor.is_open:
            return
        self._interceptor.close()
        with suppress(PywranglerError):
            if await self._context.engine.remove_network(self._intercepted.name):
                await self._firewall.forget(self._intercepted.name)

    # Networks

    @property
    def _intercepted(self) -> NetworkPlan:
        return self._plan(EgressMode.INTERCEPTED)

    def _plan(self, mode: EgressMode, *, has_published_ports: bool = False) -> NetworkPlan:
        context = self._context
        return NetworkPlan(context.platform_id, mode, self._worker, has_published_ports, context.home)

    async def _ensure_open(self, plan: NetworkPlan) -> Network:
        network = await ensure_network(self._context.engine, plan)
        if self._storage is None or network.gateway is None or plan.has_published_ports:
            return network
        return replace(network, s3_endpoint=await self._storage.open(network.gateway))

    async def _ensure_closed(self, plan: NetworkPlan) -> Network:
        network = await ensure_network(self._context.engine, plan)
        if self._firewall is not None and not plan.has_published_ports:
            await self._firewall.ensure(network.name, plan_closed_rules(network.bridge))
        elif not self._has_warned:
            self._has_warned = True
            log.warning(
                "Containers without internet can still reach services on this machine itself: closing that"
                " way needs root and iptables."
            )
        return network

    async def _ensure_intercepted(self, egress: Egress) -> Network:
        if self._firewall is None or self._interceptor is None:
            raise EgressRefusedError(explain_not_offered(egress))
        async with self._opening:
            network = await ensure_network(self._context.engine, self._intercepted)
            if network.gateway is None:
                raise MissingError(f"The Docker network {network.name} has no gateway address.")
            if not self._interceptor.is_open:
                await self._interceptor.open(network.gateway)
            rules = plan_intercepted_rules(
                network.bridge, tcp_port=self._interceptor.tcp_port, dns_port=self._interceptor.dns_port
            )
            await self._firewall.ensure(network.name, rules)
            endpoint = None
            if self._storage is not None and egress.is_internet_allowed:
                endpoint = self._storage.endpoint_at(network.gateway)
            return replace(network, name_server=network.gateway, s3_endpoint=endpoint)

    # Whose connection is it?

    async def _egress_at(self, address: str) -> Egress | None:
        for _ in range(round(CONTAINER_WAIT_SECONDS / PAUSE_SECONDS)):
            if (name := await self._container_at(address)) is not None:
                return self.egress_of(name)
            await asyncio.sleep(PAUSE_SECONDS)
        log.warning("An outgoing connection from %s, which no container has, was closed.", address)
        return None

    async def _is_on_open_network(self, address: str) -> bool:
        return await self._container_at(address, self._plan(EgressMode.OPEN).name) is not None

    async def _container_at(self, address: str, network: str | None = None) -> str | None:
        """The name of the container with this address, on one network or on any."""
        for container in self._supervisor.containers():
            inspected = await self._supervisor.describe(container)
            networks = inspected["NetworkSettings"]["Networks"] if inspected else {}
            found = (entry["IPAddress"] for name, entry in networks.items() if network in (None, name))
            if address in found:
                return container.name
        return None
