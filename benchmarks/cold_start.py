"""Cold starts: the first request for a name to its response, against `docker run` until its port is open."""

from __future__ import annotations

import json
import socket
import statistics
import time
import urllib.request
import uuid
from typing import Any

from benchmarks.timing import run, seconds_of

PORT = 8080


def through_the_platform(url: str, runs: int) -> float:
    """Median seconds from the first request for a new Durable Object to the container's response."""
    return statistics.median(seconds_of(lambda: fetch(f"{url}/c/{uuid.uuid4().hex}/")) for _ in range(runs))


def with_docker_run(image: str, runs: int) -> float:
    """Median seconds from starting `docker run` to the moment the container's port accepts a connection."""
    return statistics.median(_docker_run(image) for _ in range(runs))


def fetch(url: str) -> bytes:
    """The body of a successful answer."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
        return body


def _docker_run(image: str) -> float:
    name = f"pwbench-{uuid.uuid4().hex[:12]}"
    begin = time.perf_counter()
    run(["docker", "run", "--detach", "--rm", "--name", name, image])
    address = container_address(name)
    while True:
        try:
            socket.create_connection((address, PORT), timeout=1).close()
            break
        except OSError:
            time.sleep(0.002)
    taken = time.perf_counter() - begin
    run(["docker", "rm", "--force", name])
    return taken


def container_address(name: str) -> str:
    """The address of a container on its network."""
    networks = json.loads(run(["docker", "inspect", "--format", "{{json .NetworkSettings.Networks}}", name]))
    address: str = next(iter(networks.values()))["IPAddress"]
    return address


def measure(deployed: dict[str, Any], runs: int = 12) -> dict[str, float]:
    """Seconds of a cold start both ways, and their ratio."""
    image = deployed["applications"][0]["image"].rpartition("@")[2]
    plain = with_docker_run(image, runs)
    ours = through_the_platform(deployed["url"], runs)
    return {
        "docker run until the port accepts, s": plain,
        "first request to first response, s": ours,
        "first response / docker run": ours / plain,
    }
