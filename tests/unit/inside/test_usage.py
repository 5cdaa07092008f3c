"""CPU and memory from the engine's figures."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.engine.usage import Sample, usage_between


def figures(cpu: int, memory: dict[str, Any]) -> dict[str, Any]:
    return {
        "cpu_stats": {"cpu_usage": {"total_usage": cpu}},
        "memory_stats": memory,
        "pids_stats": {"current": 3},
        "networks": {"eth0": {"rx_bytes": 5, "tx_bytes": 7}, "eth1": {"rx_bytes": 1, "tx_bytes": 1}},
    }


@pytest.mark.parametrize("cache", ["total_inactive_file", "inactive_file"])
def test_a_share_of_one_core_and_memory_without_cache(cache: str) -> None:
    memory = {"usage": 3000, "limit": 10000, "stats": {cache: 1000}}
    before = Sample.from_json(figures(1_000_000_000, memory), 10.0)
    after = Sample.from_json(figures(1_500_000_000, memory), 12.0)
    assert before is not None
    assert after is not None
    used = usage_between(before, after)
    assert used.cpu_percent == 25.0
    assert after.memory_bytes == 2000
    assert used.memory_percent == 20.0
    assert (after.processes, after.received_bytes, after.sent_bytes) == (3, 6, 8)


def test_unknown_figures_are_none() -> None:
    assert Sample.from_json({}, 1.0) is None, "it has ended"
    only = Sample.from_json({"memory_stats": {"usage": 1}}, 1.0)
    assert only is not None
    used = usage_between(None, only)
    assert used.cpu_percent is None
    assert used.memory_percent is None
