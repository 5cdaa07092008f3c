"""A gateway with a small engine, for each test."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local.gateway.world import Records, make_application
from tests.support.engine import FakeEngine, fake_engine
from tests.unit.gateway.bench import IMAGE, SETTINGS, Bench, FakeFirewall, opened


@pytest.fixture
async def engine(home: Path) -> AsyncIterator[FakeEngine]:
    home.mkdir()  # noqa: ASYNC240 - a moment, before anything else runs
    async with fake_engine(home / "engine.sock") as engine:
        engine.add_image(IMAGE)
        yield engine


@pytest.fixture(autouse=True)
def firewall(monkeypatch: pytest.MonkeyPatch) -> FakeFirewall:
    """Stands in for the machine's packet filter, which takes root."""
    made = FakeFirewall()
    # By their names: the package has a function called `reconcile`, too.
    for module in ("outbound.egress_networks", "reconcile"):
        monkeypatch.setattr(sys.modules[f"pywrangler.local.gateway.{module}"], "find_firewall", lambda: made)
    return made


@pytest.fixture
def records() -> Records:
    return Records({"Box": replace(make_application("Box", IMAGE), worker="web", max_instances=2)})


@pytest.fixture
async def bench(home: Path, engine: FakeEngine, records: Records) -> AsyncIterator[Bench]:
    async with opened(home, engine, records, SETTINGS) as bench:
        yield bench
