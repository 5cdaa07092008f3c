"""Many instances alive at once: what they cost the platform, and whether anything slows down with them."""

from __future__ import annotations

import json
import statistics
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.cold_start import fetch
from benchmarks.project_set_up import Project
from benchmarks.timing import median_seconds, run, seconds_of

COUNTS = (1, 10, 50, 200)
COLD_STARTS = 5
AT_ONCE = 4
"""Instances that start side by side while their number is raised."""
SPREAD = Path(__file__).with_name("spread.lua")
MEMORY, LISTING, COLD_START = "platform's memory, MiB", "containers instances --json, s", "next cold start, s"


def measure(project: Project, deployed: dict[str, Any]) -> dict[str, float]:
    """Memory, listing, cold start and throughput with each number alive; then the most against one."""
    figures: dict[str, float] = {}
    alive = 0
    for count in COUNTS:
        raise_to(deployed["url"], alive, count)
        alive = count
        for name, value in _measure_at(project, deployed, count).items():
            figures[f"{count} alive: {name}"] = value
    first, last = COUNTS[0], COUNTS[-1]
    for name in (MEMORY, LISTING, COLD_START):
        figures[f"{last} / {first}: {name.rpartition(',')[0]}"] = (
            figures[f"{last} alive: {name}"] / figures[f"{first} alive: {name}"]
        )
    return figures


def raise_to(url: str, alive: int, count: int) -> None:
    """Start the instances `alive` to `count - 1`, each by its first request."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda number: fetch(f"{url}/c/{number}/"), range(alive, count)))


def cold_start_seconds(url: str) -> float:
    """Seconds of one more cold start; its instance is destroyed, so that the number stays."""
    name = uuid.uuid4().hex
    taken = seconds_of(lambda: fetch(f"{url}/c/{name}/"))
    fetch(f"{url}/destroy/{name}")
    return taken


def memory_mib(process: int) -> float:
    """Resident memory of a process and all its descendants."""
    rows = [map(int, row.split()) for row in run(["ps", "-e", "-o", "pid=,ppid=,rss="]).splitlines()]
    parents, kib = {}, {}
    for pid, parent, rss in rows:
        parents[pid], kib[pid] = parent, rss

    def belongs(pid: int) -> bool:
        return pid == process or (pid in parents and belongs(parents[pid]))

    return sum(kib[pid] for pid in parents if belongs(pid)) / 1024


def _measure_at(project: Project, deployed: dict[str, Any], count: int) -> dict[str, float]:
    url, application = deployed["url"], deployed["applications"][0]["name"]
    spread = load.measure(url, 16, script=[str(SPREAD), str(count)])
    if spread.failures:
        raise SystemExit(f"{spread.failures} requests failed with {count} instances alive")
    listing = ["containers", "instances", application, "--json", "--per-page", "1000"]
    listed = [row["state"] for row in json.loads(project.pywrangler(*listing))["instances"]]
    if listed.count("running") < count:
        raise SystemExit(f"of {count} instances {listed.count('running')} are listed as running")
    platform = json.loads(project.pywrangler("local", "status", "--json"))["pid"]
    return {
        MEMORY: memory_mib(platform),
        LISTING: median_seconds(lambda: project.pywrangler(*listing), 5),
        COLD_START: statistics.median(cold_start_seconds(url) for _ in range(COLD_STARTS)),
        "requests/s spread over all, 16 connections": spread.requests_per_second,
    }
