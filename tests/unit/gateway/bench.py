"""A gateway between a client that speaks as workerd does and a small engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from pywrangler.errors import MissingError
from pywrangler.local.gateway import Gateway, GatewaySettings, reconcile
from pywrangler.local.gateway.outbound.firewall import Rule
from pywrangler.local.gateway.tunnels.first_use import IsCalled, always_called
from pywrangler.local.gateway.tunnels.reach import OwnAddress
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Application, Instance
from tests.local.gateway.world import Records
from tests.support.engine import FakeEngine
from tests.support.waiting import eventually_async

PLATFORM = "0123456789abcdef0123456789abcdef"
IMAGE = "box:1"
SETTINGS = GatewaySettings(uses_firewall=False, kill_after_seconds=0.05, reach=OwnAddress())


@dataclass
class FakeFirewall:
    """Remembers the rules that stand, by network."""

    rules: dict[str, Sequence[Rule]] = field(default_factory=dict)
    refuses: bool = False
    has_ipv6: bool = False

    async def ensure(self, network: str, rules: Sequence[Rule]) -> None:
        if self.refuses:
            raise MissingError("The packet filter refused a rule.")
        self.rules[network] = rules

    async def forget(self, network: str) -> None:
        self.rules.pop(network, None)


@dataclass
class Bench:
    """One gateway, and a client of its socket."""

    directory: Path
    engine: FakeEngine
    records: Records
    settings: GatewaySettings
    ledger: Ledger
    gateway: Gateway
    client: aiohttp.ClientSession

    @property
    def application(self) -> Application:
        return self.records.applications["Box"]

    def change(self, **changes: Any) -> None:
        """Change the application, as a deploy would."""
        self.records.applications["Box"] = replace(self.application, **changes)

    def name(self, number: int = 1) -> str:
        """The container's name for the Durable Object of this number."""
        return f"workerd-{self.application.namespace_id}-{number:064x}"

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body of a request to the gateway's socket."""
        async with self.client.request(method, f"http://docker{path}", json=body) as response:
            text = await response.text()
            return response.status, await response.json(content_type=None) if text.strip() else None

    async def create(self, number: int = 1) -> str:
        request = {"Image": f"application-of/{self.application.namespace_id}", "Env": ["COLOR=red"]}
        status, created = await self.call("POST", f"/containers/create?name={self.name(number)}", request)
        assert status == 201
        return str(created["Id"])

    async def run(self, number: int = 1) -> str:
        """Create and start; the id."""
        container_id = await self.create(number)
        assert (await self.call("POST", f"/containers/{self.name(number)}/start"))[0] == 204
        return container_id

    async def wait(self, number: int = 1) -> tuple[int, Any]:
        """How the container ends, as the gateway reports it to workerd."""
        return await self.call("POST", f"/containers/{self.name(number)}/wait")

    def only(self) -> Instance:
        """The only instance on record."""
        (instance,) = self.records.load()
        return instance

    async def gone(self) -> None:
        """Returns when the engine has no container any more."""

        async def look() -> bool:
            return not self.engine.containers

        await eventually_async(look, what="the removal of the containers")


@asynccontextmanager
async def opened(
    directory: Path,
    engine: FakeEngine,
    records: Records,
    settings: GatewaySettings,
    is_called: IsCalled = always_called,
) -> AsyncIterator[Bench]:
    """A gateway as a process of the platform has it, from its start to its end."""
    ledger = Ledger(records)
    await reconcile(engine.address, ledger, records, PLATFORM)
    gateway = Gateway(
        "web",
        engine.address,
        ledger,
        records,
        PLATFORM,
        settings=settings,
        home=str(directory),
        is_called=is_called,
    )
    await gateway.start(directory / "gateway.sock")
    connector = aiohttp.UnixConnector(str(directory / "gateway.sock"))
    # What should be answered at once may wait for ever where something is wrong.
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client:
        try:
            yield Bench(directory, engine, records, settings, ledger, gateway, client)
        finally:
            await gateway.close()
