"""`pywrangler containers port-forward`."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.inside.choice import (
    Reference,
    container_of,
    local_fleet,
    one_instance,
)
from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import FollowingEndedError, UsageError

if TYPE_CHECKING:
    from pywrangler.inside.forwarding import PortPair

LAST_PORT = 65535
PAIR = re.compile(r"(?:(?P<local>\d{0,6}):)?(?P<inner>\d{1,6})")

Ports = Annotated[
    list[str],
    typer.Argument(
        metavar="[LOCAL:]PORT...", help="Ports of the instance, each with the port here, if it differs."
    ),
]


def port_forward(run: Invocation, application: Reference, ports: Ports) -> None:
    """Reach ports of an instance from this machine, on the local platform, until Ctrl-C.

    It listens on loopback. `8080` has the same number here; `9000:8080` listens on 9000, and `:8080` on any
    free port. When the instance starts again, new connections go to the new one.

    Example: pywrangler containers port-forward my-app/alice 9000:8080
    """
    words = [application, *ports]
    # The order is free, because other tools have the other one.
    names = [word for word in words if not PAIR.fullmatch(word)]
    if len(names) != 1:
        raise UsageError(
            f"`{' '.join(words)}` does not name one instance and its ports.",
            hint="Write it like `pywrangler containers port-forward my-app/alice 9000:8080`.",
        )
    pairs = [_pair(word) for word in words if PAIR.fullmatch(word)]
    if not pairs:
        raise UsageError("There is no port.", hint=f"Name it: `port-forward {names[0]} 8080`.")
    container_of(one_instance(local_fleet(run, "port-forward"), names[0]))
    try:
        asyncio.run(_forward(run, names[0], pairs))
    except KeyboardInterrupt:
        raise FollowingEndedError from None


async def _forward(run: Invocation, reference: str, pairs: list[PortPair]) -> None:
    from pywrangler.inside.forwarding import Forwarder

    lock = asyncio.Lock()

    async def locate(port: int) -> tuple[str, int]:
        async with lock:  # the client has one connection
            return await asyncio.to_thread(_locate, run, reference, port)

    forwarder = Forwarder(locate, run.console.warning)
    try:
        for pair in pairs:
            local = await forwarder.listen(pair)
            run.console.info(f"Forwarding localhost:{local} to port {pair.inner} of {reference}")
        await asyncio.get_running_loop().create_future()
    finally:
        await forwarder.close()


def _locate(run: Invocation, reference: str, port: int) -> tuple[str, int]:
    """Where the port of the instance that runs now is."""
    from pywrangler.cloudflare.products.instances import locate_port

    return locate_port(run.client, one_instance(local_fleet(run, "port-forward"), reference).id, port)


def _pair(text: str) -> PortPair:
    from pywrangler.inside.forwarding import PortPair

    found = PAIR.fullmatch(text)
    assert found is not None  # noqa: S101 - the caller has looked
    inner = int(found["inner"])
    local = inner if found["local"] is None else int(found["local"] or 0)
    if not 0 < inner <= LAST_PORT or not 0 <= local <= LAST_PORT:
        raise UsageError(f"`{text}` is not a port.", hint="Ports are numbers from 1 to 65535.")
    return PortPair(local, inner)
