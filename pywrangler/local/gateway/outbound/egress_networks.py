"""The network that a container joins, and what must be set up first: nothing, rules that close it, or
interception for the Worker's handlers.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pywrangler.engine.failures import EngineRefusedError
from pywrangler.errors import MissingError, PywranglerError
from pywrangler.local.gateway.containers.container import TrackedContainer
from pywrangler.local.gateway.containers.networks import EgressMode, Network, NetworkPlan, ensure_network
from pywrangler.local.gateway.containers.supervisor import ContainerSupervisor
from pywrangler.local.gateway.context import GatewayContext
from pywrangler.local.gateway.outbound.certificates import Authority
from pywrangler.local.gateway.outbound.egress import Egress
from pywrangler.local.gateway.outbound.firewall import (
    find_firewall,
    plan_apart_rules,
    plan_closed_rules,
    plan_intercepted_ipv6_rules,
    plan_intercepted_rules,
)
from pywrangler.local.gateway.outbound.interceptor import Interceptor
from pywrangler.local.gateway.podman import limit_of_podman

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


def explain_not_moved(egress: Egress) -> str:
    """The same for handlers that come while the container runs."""
    names = ", ".join(egress.handled_names)
    return (
        f"the Worker would handle what its container sends (to {names}), and {NEEDS}. The container runs"
        " without them"
    )


class EgressNetworks:
    """The network access of one gateway's containers. `egress_of` gives it for a container's name."""

    def __init__(self, context: GatewayContext, worker: str, supervisor: ContainerSupervisor) -> None:
        self._context = context
        self._worker = worker
        self._supervisor = supervisor
        self._firewall = find_firewall() if context.settings.uses_firewall else None
        self._has_ipv6 = self._firewall is not None and self._firewall.has_ipv6
        self._authority = Authority(Path(context.home)) if context.home else None
        self._storage = storage = context.settings.object_storage
        self._interceptor = (
            Interceptor(self._egress_at, self._authority, storage) if self._authority else None
        )
        if storage is not None:
            storage.add_guard(self._is_on_open_network)
        self._opening = asyncio.Lock()
        self._egress: dict[str, Egress] = {}
        self._has_warned = False

    def egress_of(self, name: str) -> Egress:
        """The egress of the container `name`, as workerd last sent it."""
        return self._egress.get(name, Egress())

    async def tell(self, name: str, egress: Egress) -> bool:
        """Store a container's egress; whether the container lost its connections for it. Raises
        EgressRefusedError if it is not possible.
        """
        is_moved = False
        if egress.is_intercepted and not self.egress_of(name).is_intercepted:
            container = self._supervisor.get(name)
            inspected = await self._supervisor.describe(container) if container else None
            if container and inspected and self._intercepted.name not in _networks_of(inspected):
                is_moved = await self._move(container, inspected, egress)
        self._egress[name] = egress
        return is_moved

    async def _move(self, container: TrackedContainer, inspected: dict[str, Any], egress: Egress) -> bool:
        """Put a container that was started without handlers behind them; whether it lost its connections.

        A container without internet keeps its network, because the engine sends it out by the other one. One
        with internet must leave the network with internet.
        """
        is_published = bool((inspected.get("HostConfig") or {}).get("PortBindings"))
        if self._firewall is None or is_published:
            raise EgressRefusedError(explain_not_moved(egress))
        network = await self._ensure_intercepted(egress)
        engine = self._context.engine
        is_open = [name for name in _networks_of(inspected) if name == self._plan(EgressMode.OPEN).name]
        await engine.connect_network(network.name, container.id)
        for name in is_open:
            await engine.disconnect_network(name, container.id)
        container.inspected = None
        if network.gateway is not None:
            await asyncio.to_thread(_set_name_server, inspected, network.gateway)
        self._context.ledger.set_egress(container.instance_id, egress.access)
        return bool(is_open)

    def forget(self, name: str) -> None:
        """The container was removed."""
        self._egress.pop(name, None)

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
        # Podman (4.3) publishes ports of an internal network, too.
        is_unrouted = has_published_ports and await self._context.engine.podman_network() is None
        return await self._ensure_closed(self._plan(EgressMode.CLOSED, has_published_ports=is_unrouted))

    async def reopen(self) -> None:
        """Resume the interception of an earlier process of the platform, whose containers may still run."""
        with suppress(PywranglerError):
            await self._settle_ipv6()
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
        has_ipv6 = mode is EgressMode.INTERCEPTED and self._has_ipv6
        return NetworkPlan(
            context.platform_id, mode, self._worker, has_published_ports, context.home, has_ipv6
        )

    async def _ensure_open(self, plan: NetworkPlan) -> Network:
        network = await ensure_network(self._context.engine, plan)
        if self._firewall is not None and network.is_of_podman:
            await self._firewall.ensure(network.name, plan_apart_rules(network.bridge))
        if self._storage is None or network.gateway is None or plan.has_published_ports:
            return network
        endpoint = await self._storage.open(network.gateway)
        return replace(network, s3_endpoint=endpoint, storage_hosts=self._storage.hosts_at(network.gateway))

    async def _ensure_closed(self, plan: NetworkPlan) -> Network:
        network = await ensure_network(self._context.engine, plan)
        if self._firewall is not None and not plan.has_published_ports:
            rules = plan_closed_rules(network.bridge)
            apart = plan_apart_rules(network.bridge) if network.is_of_podman else ()
            await self._firewall.ensure(network.name, (*rules, *apart))
        elif not self._has_warned:
            self._has_warned = True
            log.warning(
                "Containers without internet can still reach services on this machine itself: closing that"
                " way needs root and iptables."
            )
        return network

    async def _ensure_intercepted(self, egress: Egress) -> Network:
        if limit := limit_of_podman(await self._context.engine.podman_network(), egress):
            raise EgressRefusedError(limit)
        if self._firewall is None or self._interceptor is None:
            raise EgressRefusedError(explain_not_offered(egress))
        async with self._opening:
            await self._settle_ipv6()
            network = await self._intercepted_network()
            if network.gateway is None:
                raise MissingError(f"The Docker network {network.name} has no gateway address.")
            if not self._interceptor.is_open:
                await self._interceptor.open(network.gateway, network.bridge if self._has_ipv6 else None)
            rules = plan_intercepted_rules(
                network.bridge,
                tcp_port=self._interceptor.tcp_port,
                dns_port=self._interceptor.dns_port,
                forward_chain="FORWARD" if network.is_of_podman else "DOCKER-USER",
            )
            if network.is_of_podman:
                rules += plan_apart_rules(network.bridge)
            if self._interceptor.tcp6_port:
                rules += plan_intercepted_ipv6_rules(network.bridge, tcp_port=self._interceptor.tcp6_port)
            await self._firewall.ensure(network.name, rules)
            endpoint = None
            if self._storage is not None and egress.is_internet_allowed:
                endpoint = self._storage.endpoint_at(network.gateway)
            return replace(network, name_server=network.gateway, s3_endpoint=endpoint)

    async def _settle_ipv6(self) -> None:
        """Podman (4.3) gives no IPv4 addresses on a network that is created with a subnet of IPv6."""
        if self._has_ipv6 and await self._context.engine.podman_network() is not None:
            self._has_ipv6 = False

    async def _intercepted_network(self) -> Network:
        try:
            return await ensure_network(self._context.engine, self._intercepted)
        except EngineRefusedError as error:
            if not self._has_ipv6:
                raise
            log.info("Containers get no IPv6 addresses: %s", error.message)
            self._has_ipv6 = False
            return await ensure_network(self._context.engine, self._intercepted)

    # Whose connection is it?

    async def _egress_at(self, address: str) -> Egress | None:
        for _ in range(round(CONTAINER_WAIT_SECONDS / PAUSE_SECONDS)):
            if (name := await self._container_at(address)) is not None:
                return replace(self.egress_of(name), trusts_storage=await self._trusts_storage(name))
            await asyncio.sleep(PAUSE_SECONDS)
        log.warning("An outgoing connection from %s, which no container has, was closed.", address)
        return None

    async def _trusts_storage(self, name: str) -> bool:
        """Whether the container was created with R2's own host names, and with their certificate."""
        container = self._supervisor.get(name)
        inspected = await self._supervisor.describe(container) if container else None
        entries = ((inspected or {}).get("HostConfig") or {}).get("ExtraHosts") or ()
        storage = self._storage
        return storage is not None and any(storage.is_named(entry.partition(":")[0]) for entry in entries)

    async def _is_on_open_network(self, address: str) -> bool:
        return await self._container_at(address, self._plan(EgressMode.OPEN).name) is not None

    async def _container_at(self, address: str, network: str | None = None) -> str | None:
        """The name of the container with this address, on one network or on any."""
        for container in self._supervisor.containers():
            inspected = await self._supervisor.describe(container)
            networks = inspected["NetworkSettings"]["Networks"] if inspected else {}
            entries = [entry for name, entry in networks.items() if network in (None, name)]
            kinds = ("IPAddress", "GlobalIPv6Address")
            if any(address == entry.get(kind) for entry in entries for kind in kinds):
                return container.name
        return None


def _networks_of(inspected: dict[str, Any]) -> dict[str, Any]:
    return inspected["NetworkSettings"]["Networks"] or {}


def _set_name_server(inspected: dict[str, Any], address: str) -> None:
    """Let a running container ask the gateway for names.

    The engine takes the servers of a container at its creation only. Its file is mounted into the container,
    so it is written in its place.
    """
    path = Path(inspected.get("ResolvConfPath") or "/nowhere")
    with suppress(OSError), path.open("r+") as file:
        file.write(f"nameserver {address}\n")
        file.truncate()
