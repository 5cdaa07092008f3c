"""The address of a Worker on the local platform, from `dev`: planned and applied.

At Cloudflare a Worker has no port. So this is not a part of a version, and is compared with what the platform
says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.config.records import Configuration, LocalAddress
from pywrangler.dataclass import dataclass

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

EVERYWHERE = ("*", "0.0.0.0", "::")  # noqa: S104 - only where a configuration says so


@dataclass(frozen=True)
class Address:
    """An IP address (None: loopback) and a port (None: any)."""

    ip: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.ip}]" if self.ip and ":" in self.ip else self.ip or "localhost"
        return f"{host}:{self.port}" if self.port else f"{host}, any free port"


@dataclass(frozen=True)
class AddressChange:
    """A Worker that is to listen at `wanted`; `before` is where it listens, None if that is not known."""

    wanted: Address
    before: Address | None = None

    def describe(self) -> str:
        """The change in words."""
        return f"~ listen on {self.wanted}" + (f" (before: {self.before})" if self.before else "")


def plan_address(dev: LocalAddress, before: Address | None) -> AddressChange | None:
    """The change of the address by a deploy. Without a port in the configuration the Worker keeps the one
    that it has.
    """
    kept = before or Address()
    wanted = Address(dev.ip, dev.port or kept.port)
    return None if wanted == kept else AddressChange(wanted, before)


def move_worker(client: Client, worker: str, change: AddressChange, file: str) -> str | None:
    """Have the Worker listen there; why it does not, and what to do, if that is not possible."""
    from pywrangler.cloudflare.local import set_address

    found = set_address(client, worker, port=change.wanted.port, ip=change.wanted.ip)
    if not found["problem"]:
        return None
    return (
        f"The Worker cannot listen on {change.wanted}: {found['problem']}. It answers at {found['url']}."
        f" Free the port, or change `dev` in {file}, then deploy again."
    )


def exposure(address: Address) -> str | None:
    """The warning that other machines reach a Worker, where they do."""
    ip = address.ip
    if ip is None or ip == "::1" or ip.startswith("127."):
        return None
    through = "" if ip in EVERYWHERE else f" through `{ip}`"
    return (
        f"`dev.ip` is `{ip}`: other machines that reach this one{through} can call the Worker at port"
        f" {address.port}."
    )


def without_effect(configuration: Configuration) -> str | None:
    """The warning that fields of `dev` do nothing here, where they say something."""
    unused = configuration.dev.unused
    if not unused:
        return None
    listed = ", ".join(f"`dev.{name}`" for name in unused)
    reason = "; it serves HTTP" if "local_protocol" in unused else ""
    return f"The local platform does not use {listed}{reason}."
