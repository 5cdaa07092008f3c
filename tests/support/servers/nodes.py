"""Nodes of a cluster on this machine: each has a platform directory and a loopback address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pywrangler.local.client.starting import find_or_start
from pywrangler.local.client.stopping import stop
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.cluster.identity import node_platform_id
from pywrangler.local.cluster.settings import ClusterSettings, read_settings
from pywrangler.local.protocol import Status
from pywrangler.toolchain import Toolchain
from tests.support.platform import Platform, platform_variables
from tests.support.ports import free_port

whole_nodes = pytest.mark.skipif(
    not os.environ.get("PYWRANGLER_TEST_CLUSTER"), reason="run it with `make cluster`"
)
"""For tests that wait for takeovers and deploys over nodes, which takes minutes."""
TIME_DIVISOR = 4
"""Takeovers take a quarter of their time. With a tenth, `workerd` fences itself where the machine is busy."""


@dataclass
class Node(Platform):
    """One node. Its platform gets an environment of its own."""

    environment: dict[str, str] = field(default_factory=dict)
    address: str = ""
    """What it advertises."""

    def start(self) -> Status:
        """Start the platform, unless it runs."""
        return self._noted(find_or_start(self.environment))

    def end(self) -> None:
        """Stop the platform, or what a killed one left."""
        stop(self.environment)

    @property
    def settings(self) -> ClusterSettings | None:
        """What its file and its environment say; None before it is a node."""
        return read_settings(self.home, self.environment)

    @property
    def name(self) -> str:
        """The node's name in the cluster."""
        assert self.settings is not None, "it is no node"
        return self.settings.node

    def init(self, bucket: BucketAddress) -> None:
        """Make a cluster, and start again as its first node."""
        self.start()
        wanted = {
            "bucket": bucket.url,
            "endpoint": bucket.endpoint,
            "region": bucket.region,
            "access_key_id": bucket.access_key_id,
            "secret_access_key": bucket.secret_access_key.reveal(),
            "advertise": self.address,
        }
        self.call("local/cluster/init", method="POST", body=wanted)
        self.restart()

    def join(self, other: Node) -> None:
        """Join the cluster of another node, and start again as a node of it."""
        self.start()
        token = other.call("local/cluster/tokens", method="POST")["token"]
        self.call("local/cluster/join", method="POST", body={"token": token, "advertise": self.address})
        self.restart()

    def restart(self) -> None:
        """Stop the platform, and start it again."""
        self.end()
        self.start()

    def runtime_pid(self, worker: str) -> int:
        """The process of a Worker's `workerd`."""
        return int((self.home / "workers" / worker / "workerd.pid").read_text())

    def _noted(self, status: Status) -> Status:
        settings = self.settings
        account = status.account_id
        self._accounts.add(node_platform_id(account, settings.node) if settings else account)
        return status


@contextmanager
def some_nodes(
    directory: Path, count: int, toolchain: Toolchain, *, time_divisor: int = TIME_DIVISOR
) -> Iterator[list[Node]]:
    """Platforms that can become nodes; afterwards they are gone, with their containers."""
    # Other tests on this machine have other addresses.
    network = f"127.{1 + os.getpid() % 250}.{1 + os.getpid() // 250 % 250}"
    with ExitStack() as stack:
        nodes = []
        for number in range(count):
            home = directory / str(number)
            environment = {
                **os.environ,
                **platform_variables(home, toolchain),
                "PYWRANGLER_CLUSTER_TIME_DIVISOR": str(time_divisor),
            }
            address = f"{network}.{10 + number}:{free_port()}"
            node = Node(home, environment=environment, address=address)
            stack.callback(node.end)
            nodes.append(node)
        yield nodes
    for node in nodes:
        assert node.containers() == []
