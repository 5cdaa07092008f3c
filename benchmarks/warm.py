"""Warm requests and big bodies: through Worker, Durable Object and container, and each part by itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.cold_start import PORT, container_address, fetch
from benchmarks.processor_time import share_during
from benchmarks.project_set_up import Project
from benchmarks.timing import median_seconds, run

BODY_BYTES = 100_000_000
NAME = "warm"


def measure_requests(project: Project, deployed: dict[str, Any]) -> dict[str, float]:
    """Median latency with one connection, and requests per second with 16, of every part of the path; and how
    much the gateway works at the latter.
    """
    url = deployed["url"]
    figures: dict[str, float] = {}
    container = f"{url}/c/{NAME}/"
    fetch(container)
    targets = {
        "container directly": f"{direct_address(deployed)}/",
        "Worker answers": f"{url}/worker",
        "Worker, Durable Object answers": f"{url}/object",
        "Worker, Durable Object, container": container,
    }
    for name, target in targets.items():
        one, many = load.measure(target, 1), load.measure(target, 16)
        if one.failures or many.failures:
            raise SystemExit(f"{target} failed {one.failures + many.failures} requests")
        figures[f"{name}: median ms, 1 connection"] = one.median * 1000
        figures[f"{name}: requests/s, 16 connections"] = many.requests_per_second
    if sys.platform == "linux":
        home = Path(project.environment["PYWRANGLER_HOME"])
        share = share_during(home, lambda: load.measure(container, 16))
        figures["platform / workerd, processor time, 16 connections"] = share
    through, plain = (
        figures[f"{name}: median ms, 1 connection"]
        for name in ("Worker, Durable Object, container", "container directly")
    )
    alone = figures["Worker answers: median ms, 1 connection"]
    figures["latency added to the container, ms"] = through - plain
    figures["latency added to a Worker that answers itself, ms"] = through - alone
    return figures


def measure_body(deployed: dict[str, Any]) -> dict[str, float]:
    """Seconds to receive and to send 100 MB, through the path and directly, and their ratios."""
    direct, through = direct_address(deployed), f"{deployed['url']}/c/{NAME}"
    figures: dict[str, float] = {}
    for name, base in (("directly", direct), ("through the path", through)):
        figures[f"receive 100 MB {name}, s"] = median_seconds(lambda base=base: receive(base), 3)  # type: ignore[misc]
        figures[f"send 100 MB {name}, s"] = median_seconds(lambda base=base: send(base), 3)  # type: ignore[misc]
    for verb in ("receive", "send"):
        ratio = figures[f"{verb} 100 MB through the path, s"] / figures[f"{verb} 100 MB directly, s"]
        figures[f"{verb}: path / direct"] = ratio
    return figures


def receive(base: str) -> None:
    """Download a body and check its size."""
    size = run(["curl", "-sS", "-o", "/dev/null", "-w", "%{size_download}", f"{base}/bytes/{BODY_BYTES}"])
    if int(size) != BODY_BYTES:
        raise SystemExit(f"{base} sent {size} of {BODY_BYTES} bytes")


def send(base: str) -> None:
    """Upload a body and check that the container saw all of it."""
    pipe = f"head -c {BODY_BYTES} /dev/zero | curl -sS -T - -H 'Expect:' -X POST {base}/sink"
    size = run(["sh", "-c", pipe.replace("-T -", "--data-binary @-")])
    if int(size) != BODY_BYTES:
        raise SystemExit(f"{base} received {size} of {BODY_BYTES} bytes")


def direct_address(deployed: dict[str, Any]) -> str:
    """The container of the warm Durable Object, reached without the platform."""
    fetch(f"{deployed['url']}/c/{NAME}/")
    label = f"label=pywrangler.application={deployed['applications'][0]['id']}"
    rows = run(["docker", "ps", "--filter", label, "--format", "{{json .}}"]).splitlines()
    names = [json.loads(row)["Names"] for row in rows]
    if not names:
        raise SystemExit("no container of the benchmark runs")
    return f"http://{container_address(names[0])}:{PORT}"
