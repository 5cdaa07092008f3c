"""What of `/proc` counts as the platform's processor time, and what as that of its `workerd`s."""

from __future__ import annotations

from benchmarks.processor_time import spent


def stat(number: int, name: str, parent: int, user: int, system: int) -> str:
    """A line as Linux writes it."""
    return f"{number} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 {user} {system} 0 0 20 0 1 0 0"


def test_only_the_platform_and_its_own_workerds_count() -> None:
    stats = [
        stat(7, "pywrangler (x) ", 1, 150, 50),
        stat(8, "workerd", 7, 100, 300),
        stat(9, "workerd", 7, 100, 0),
        stat(10, "workerd", 1, 900, 900),
        stat(11, "esbuild", 7, 900, 900),
    ]
    assert spent(7, stats, 100) == (2.0, 5.0)
