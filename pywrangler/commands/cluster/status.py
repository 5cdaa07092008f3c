"""`pywrangler cluster status`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.commands.cluster.nodes import check_target
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import not_running, running_platform
from pywrangler.commands.shared.options import AsJson

VERSION_DIGITS = 8


def status(run: Invocation, as_json: AsJson = False) -> None:
    """Show the nodes of the cluster: which of them are ready, their instances, and what they say is wrong.

    Example: pywrangler cluster status --json
    """
    from pywrangler.cloudflare.products.cluster import cluster_status

    check_target(run)
    with running_platform(run) as client:
        if client is None:
            raise not_running(run)
        found = cluster_status(client)
    if as_json:
        run.console.json(found)
    elif found is None:
        run.console.result("This platform is not a node of a cluster.")
    else:
        _show(run, found)


def _show(run: Invocation, found: Mapping[str, Any]) -> None:
    console = run.console
    console.result(f"Cluster: {found['bucket']} at {found['endpoint']}")
    console.result(
        f"Bucket: {found['bucket_seconds'] * 1000:.0f} ms for a request;"
        f" clocks differ by {found['clock_difference_seconds']:+.1f} s"
    )
    console.result("")
    columns = ("NODE", "ADDRESS", "STATE", "SEEN", "INSTANCES", "ENGINE", "CLOCK", "VERSION")
    console.table(columns, [node_row(each) for each in found["nodes"]])
    workers = [row for each in found["nodes"] for row in worker_rows(each)]
    if workers:
        console.result("")
        console.table(("WORKER", "NODE", "VERSION", "STATE"), workers)
    for each in found["nodes"]:
        for problem in problems(each):
            console.warning(f"Node {each['node']}: {problem}")


def state_of(node: Mapping[str, Any]) -> str:
    """A node's state in one word."""
    if not node["is_alive"]:
        return "gone"
    if node.get("error"):
        return "silent"
    return "ready" if node.get("is_ready") else "not ready"


def node_row(node: Mapping[str, Any]) -> tuple[str, ...]:
    """A node as a line of the table."""
    clock = node.get("clock_difference_seconds")
    return (
        node["node"] + (" (this)" if node["is_this"] else ""),
        node["address"],
        state_of(node),
        f"{node['seen_seconds_ago']:.0f} s ago",
        str(node.get("instances", "")),
        node.get("engine") or "",
        "" if clock is None else f"{clock:+.1f} s",
        node["version"],
    )


def worker_rows(node: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The Workers of a node."""
    return [
        (each["name"], node["node"], each["version_id"][:VERSION_DIGITS], each["state"])
        for each in node.get("workers", ())
    ]


def problems(node: Mapping[str, Any]) -> list[str]:
    """What is wrong with a node, in sentences."""
    found = [node.get("error"), node.get("engine_error")]
    found += [f"{each['name']}: {each['error']}" for each in node.get("workers", ()) if each["error"]]
    return [" ".join(text.split()) for text in found if text]
