"""What the engine's figures say of an instance."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.engine.usage import Sample
from pywrangler.local.daemon.instance_details import cpu_percent, plan_details
from pywrangler.local.rest.containers.control_interface import InstanceDetails


def sample(taken_at: float, cpu_seconds: float) -> Sample:
    return Sample(taken_at, cpu_seconds, 5_000_000, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("before", "age", "expected"),
    [
        (None, 10.0, 20.0),  # 2 s of 10 s
        (sample(98, 1.5), 10.0, 25.0),  # 0.5 s of 2 s
        (sample(99.9, 2.0), 10.0, 20.0),  # too short to say anything
        (None, 0.0, None),
    ],
)
def test_cpu_is_counted_since_the_sample_before_or_the_start(
    before: Sample | None, age: float, expected: float | None
) -> None:
    assert cpu_percent(before, sample(100, 2.0), age) == expected


def test_size_and_snapshot_come_from_the_container() -> None:
    inspected: dict[str, Any] = {
        "HostConfig": {
            "Memory": 256 * 1024 * 1024,
            "NanoCpus": 62_500_000,
            "StorageOpt": {"size": "2000000000"},
        },
        "Config": {"Labels": {"pywrangler.snapshot": "s"}},
    }
    details = plan_details(inspected, (80, 8080), sample(1, 1), 3.5)
    assert details == InstanceDetails("s", 0.0625, 256, 2000, (80, 8080), 3.5, 5_000_000)
    assert plan_details({}, (), None, None) == InstanceDetails()
