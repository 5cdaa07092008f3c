"""The commands `cluster` and `node`, from an empty machine to one that has left the cluster."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.local.protocol import ALREADY_RUNNING_STATUS, Status
from pywrangler.toolchain import Toolchain
from tests.support.command import COMMAND, Cli
from tests.support.servers.buckets import KEY, SECRET, BucketServer
from tests.support.servers.nodes import Node, some_nodes
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd, pytest.mark.slow]


@pytest.fixture(scope="module")
def nodes(short_directory: Path, toolchain: Toolchain, moto_server: BucketServer) -> Iterator[list[Node]]:
    """Two nodes of a cluster that commands have made."""
    with some_nodes(short_directory / os.urandom(3).hex(), 2, toolchain) as nodes:
        first, second = nodes
        for node in nodes:
            # No test waits for a lease here, and short ones are lost on a busy machine.
            node.environment["PYWRANGLER_CLUSTER_TIME_DIVISOR"] = "1"
        bucket = moto_server.address(f"commands-{os.getpid()}")
        place = ("cluster", "init", bucket.url, "--endpoint", bucket.endpoint, "--advertise")
        made = cli(first).run(*place, first.address, "--access-key-id", KEY, stdin=f"{SECRET}\n").check()
        assert SECRET not in made.stdout + made.stderr
        joined = cli(second).run("cluster", "join", "--advertise", second.address, stdin=made.stdout).check()
        assert f"its node {second.name}" in joined.stderr
        yield nodes


def cli(node: Node) -> Cli:
    """The command line with a node as its platform."""
    node.home.parent.mkdir(parents=True, exist_ok=True)
    return Cli(node.home.parent, environment=node.environment)


def test_the_status_shows_all_nodes(nodes: list[Node]) -> None:
    for node in nodes:
        found = cli(node).run("cluster", "status", "--json").check().json
        assert {each["node"]: each["error"] for each in found["nodes"]} == {each.name: None for each in nodes}
        assert found["node"] == node.name
        assert 0 < found["bucket_seconds"] < 60
    shown = cli(nodes[0]).run("cluster", "status").check().stdout
    assert f"{nodes[0].name} (this)" in shown
    assert all(node.address in shown for node in nodes)
    assert shown.count(" ready ") == 2


def test_the_secrets_of_a_node_are_for_its_user_only(nodes: list[Node]) -> None:
    holders = set()
    for node in nodes:
        assert node.settings is not None
        secrets = (SECRET.encode(), node.settings.key.reveal().encode())
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has ended
                assert not any(secret in process.read_bytes() for secret in secrets), process
        assert node.home.stat().st_mode & 0o077 == 0
        for file in (each for each in node.home.rglob("*") if each.is_file()):
            if any(secret in file.read_bytes() for secret in secrets):
                assert file.stat().st_mode & 0o077 == 0, file
                holders.add(file.name)
    assert "cluster.json" in holders


def test_a_used_token_and_a_second_cluster_are_refused(nodes: list[Node], moto_server: BucketServer) -> None:
    first, second = nodes
    token = cli(first).run("cluster", "token", "--json").check().json["token"]
    refused = cli(second).run("cluster", "join", "--advertise", second.address, stdin=token)
    assert "is a node of the cluster" in refused.stderr
    bucket = moto_server.address("another")
    place = ("cluster", "init", bucket.url, "--endpoint", bucket.endpoint, "--advertise", first.address)
    refused = cli(first).run(*place, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    assert "is a node of the cluster" in refused.stderr
    refused = cli(first).run(*place, AWS_ACCESS_KEY_ID="")
    assert "There is no access key for the bucket" in refused.stderr


@pytest.mark.parametrize(
    ("command", "what"), [("r2 bucket create photos", "R2 buckets"), ("queues create jobs", "queues")]
)
def test_what_other_nodes_would_not_have_is_refused(nodes: list[Node], command: str, what: str) -> None:
    refused = cli(nodes[0]).run(*command.split())
    assert refused.status == 1
    assert f"where {what} do not work: other nodes do not have their data" in refused.stderr
    assert "PYWRANGLER_HOME" in refused.stderr


def test_a_running_platform_is_not_fenced_and_not_run_twice(nodes: list[Node]) -> None:
    refused = cli(nodes[0]).run("node", "fence")
    assert refused.status == 1
    assert f"process {nodes[0].status.pid}" in refused.stderr
    again = cli(nodes[0]).run("node", "run")
    assert again.status == ALREADY_RUNNING_STATUS
    assert "runs already" in again.stderr


def test_a_node_runs_in_the_foreground_until_it_is_told_to_stop(nodes: list[Node]) -> None:
    node = nodes[1]
    node.end()
    with subprocess.Popen(
        [*COMMAND, "node", "run"], env=node.environment, stderr=subprocess.PIPE, text=True
    ) as running:
        eventually(lambda: (found := Status.read(node.home)) and found.pid == running.pid, what="its status")
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "serves http://127.0.0.1" in said
    assert "removed 0 containers" in cli(node).run("node", "fence").check().stderr.lower()
    broken = {**node.environment, "PYWRANGLER_CLUSTER_ADVERTISE": "0.0.0.0"}
    refused = subprocess.run(
        [sys.executable, *COMMAND[1:], "node", "run"], env=broken, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: `0.0.0.0` is not an address")
    node.start()


def test_a_node_leaves(nodes: list[Node]) -> None:
    """The last test: afterwards there is one node."""
    first, second = nodes
    left = cli(second).run("cluster", "leave", "--yes").check()
    assert "has left the cluster" in left.stderr
    assert second.settings is None
    found = cli(first).run("cluster", "status", "--json").check().json
    assert [each["node"] for each in found["nodes"]] == [first.name]
    alone = cli(first).run("cluster", "leave", "--yes")
    assert "only node" in alone.stderr
    stopped = cli(second).run("cluster", "status")
    assert "is not running" in stopped.stderr
