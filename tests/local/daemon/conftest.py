"""Fixtures with real workerd."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local.daemon.runtime import Bench, find_workerd, open_bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A place to run one Worker at."""
    binary = find_workerd()
    if binary is None:
        pytest.skip("no workerd here: set PYWRANGLER_WORKERD to one")
    with open_bench(binary) as opened:
        yield opened
