"""Rules of the kernel's packet filter for single networks of the platform, where the engine's own rules are
not enough.

An engine's internal network closes the way to the internet and leaves open the way to this machine's own
addresses (Docker Engine 26). Rules are planned as data, and have the network's name as a comment, by which
they are found and removed. Only root on the Linux machine that runs the engine can set them.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pywrangler.errors import MissingError

PROGRAMS = {4: "iptables", 6: "ip6tables"}
"""By version of IP."""
TABLES = ("filter", "nat")
NETWORK = re.compile(r"pywrangler-[0-9a-f]{8}(-(internal|unrouted|outbound6?-[0-9a-f]{8}))?")
"""The names of platforms' networks, as `NetworkPlan` makes them."""
_NEW = ("-m", "conntrack", "!", "--ctstate", "ESTABLISHED,RELATED")
"""Matches connections that a container begins. Responses to connections from outside pass."""


@dataclass(frozen=True)
class Rule:
    """A rule at the head of a chain."""

    table: str
    chain: str
    match: tuple[str, ...]
    target: tuple[str, ...]
    family: int = 4
    """The version of IP."""

    def args(self, action: str, comment: str) -> list[str]:
        """The arguments that check (`-C`), insert (`-I`) or delete (`-D`) it."""
        # -w: another program may be changing rules at the same moment.
        head = ["-w", "5", "-t", self.table, action, self.chain]
        return [*head, *self.match, "-m", "comment", "--comment", comment, "-j", *self.target]


def plan_closed_rules(bridge: str) -> tuple[Rule, ...]:
    """Containers on the network behind `bridge` cannot begin a connection to this machine."""
    return (Rule("filter", "INPUT", ("-i", bridge, *_NEW), ("REJECT",)),)


def plan_apart_rules(bridge: str) -> tuple[Rule, ...]:
    """Containers on the network behind `bridge` do not reach each other, if the kernel shows the filter what
    passes a bridge (`br_netfilter`). Docker does the same itself; Podman (4.3) does not.
    """
    return (Rule("filter", "FORWARD", ("-i", bridge, "-o", bridge), ("DROP",)),)


def plan_intercepted_rules(
    bridge: str, *, tcp_port: int, dns_port: int, forward_chain: str = "DOCKER-USER"
) -> tuple[Rule, ...]:
    """Every connection that begins on the network behind `bridge` goes to `tcp_port` of this machine, every
    DNS question to `dns_port`, and everything else is dropped.

    Several rules in one chain keep the order that they have here. `forward_chain` is where the engine looks
    first: Docker sends everything through `DOCKER-USER`, and keeps it when it restarts.
    """
    inside = ("-i", bridge)
    tcp, dns = (*inside, "-p", "tcp"), (*inside, "-p", "udp")
    return (
        Rule("nat", "PREROUTING", tcp, ("REDIRECT", "--to-ports", str(tcp_port))),
        Rule("nat", "PREROUTING", (*dns, "--dport", "53"), ("REDIRECT", "--to-ports", str(dns_port))),
        Rule("filter", "INPUT", (*tcp, "--dport", str(tcp_port)), ("ACCEPT",)),
        Rule("filter", "INPUT", (*dns, "--dport", str(dns_port)), ("ACCEPT",)),
        Rule("filter", "INPUT", (*inside, *_NEW), ("REJECT",)),
        Rule("filter", forward_chain, (*inside, *_NEW), ("REJECT",)),
    )


def plan_intercepted_ipv6_rules(bridge: str, *, tcp_port: int) -> tuple[Rule, ...]:
    """The same for IPv6, over which names are not asked."""
    inside = ("-i", bridge)
    tcp = (*inside, "-p", "tcp")
    # Without these two, a container does not find the machine's address on the network.
    neighbours = ("neighbour-solicitation", "neighbour-advertisement")
    return (
        Rule("nat", "PREROUTING", tcp, ("REDIRECT", "--to-ports", str(tcp_port)), 6),
        Rule("filter", "INPUT", (*tcp, "--dport", str(tcp_port)), ("ACCEPT",), 6),
        *(
            Rule("filter", "INPUT", (*inside, "-p", "ipv6-icmp", "--icmpv6-type", kind), ("ACCEPT",), 6)
            for kind in neighbours
        ),
        Rule("filter", "INPUT", (*inside, *_NEW), ("REJECT",), 6),
        # Docker Engine 26 has no chain of its own for IPv6.
        Rule("filter", "FORWARD", (*inside, *_NEW), ("REJECT",), 6),
    )


def deletions(listing: str, comment: str) -> list[list[str]]:
    """The arguments that delete each rule with `comment` in the output of `iptables -S`."""
    rules = (shlex.split(line) for line in listing.splitlines() if line.startswith("-A "))
    return [["-D", *rule[1:]] for rule in rules if _has_comment(rule, comment)]


@dataclass(frozen=True)
class Standing:
    """A network that has rules, and the bridge of these rules."""

    network: str
    bridge: str


def standing(listing: str) -> set[Standing]:
    """The networks of any platform on this machine that have rules in the output of `iptables -S`."""
    rules = (shlex.split(line) for line in listing.splitlines() if line.startswith("-A "))
    found = ((_after(rule, "--comment"), _after(rule, "-i")) for rule in rules)
    return {Standing(name, bridge) for name, bridge in found if bridge and NETWORK.fullmatch(name)}


def _after(rule: Sequence[str], option: str) -> str:
    return next((value for word, value in itertools.pairwise(rule) if word == option), "")


def _has_comment(rule: Sequence[str], comment: str) -> bool:
    return _after(rule, "--comment") == comment


class Firewall:
    """Sets and removes rules, by the name of a network."""

    def __init__(self, programs: Mapping[int, str]) -> None:
        self._programs = programs

    @property
    def has_ipv6(self) -> bool:
        """Whether it can set rules for IPv6."""
        return 6 in self._programs

    async def ensure(self, network: str, rules: Sequence[Rule]) -> None:
        """Set the rules of the network: exactly these. Raises MissingError."""
        if await self._stand(network, rules):
            return
        await self.forget(network)
        for rule in reversed(rules):
            await self._change(rule.family, rule.args("-I", network))

    async def forget(self, network: str) -> None:
        """Remove all rules of a network."""
        for family in self._programs:
            for table in TABLES:
                _, listing = await self._run(family, ["-w", "5", "-t", table, "-S"])
                for arguments in deletions(listing, network):
                    await self._run(family, ["-w", "5", "-t", table, *arguments])

    async def standing(self) -> set[Standing]:
        """The networks of any platform that have rules."""
        listings = [
            await self._run(family, ["-w", "5", "-t", table, "-S"])
            for family in self._programs
            for table in TABLES
        ]
        return {each for _, listing in listings for each in standing(listing)}

    async def _stand(self, network: str, rules: Sequence[Rule]) -> bool:
        for rule in rules:
            status, _ = await self._run(rule.family, rule.args("-C", network))
            if status != 0:
                return False
        return True

    async def _change(self, family: int, arguments: list[str]) -> None:
        status, output = await self._run(family, arguments)
        if status != 0:
            command = shlex.join([PROGRAMS[family], *arguments])
            raise MissingError(
                f"The packet filter refused a rule: {command}: {output.strip()}.",
                hint="Containers with limited network access are not started without it.",
            )

    async def _run(self, family: int, arguments: Sequence[str]) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            self._programs[family],
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode("utf-8", "replace")


def find_firewall() -> Firewall | None:
    """The packet filter of this machine, or None if this process may not change it."""
    program = shutil.which(PROGRAMS[4])
    if sys.platform != "linux" or program is None or os.geteuid() != 0:
        return None
    ipv6 = _find_ipv6()
    return Firewall({4: program, 6: ipv6} if ipv6 else {4: program})


@functools.cache
def _find_ipv6() -> str | None:
    program = shutil.which(PROGRAMS[6])
    if program is None or not Path("/proc/sys/net/ipv6").exists():
        return None
    # A kernel may have IPv6 without the tables of its packet filter.
    asking = [program, "-w", "5", "-t", "nat", "-S"]
    done = subprocess.run(asking, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return program if done.returncode == 0 else None
