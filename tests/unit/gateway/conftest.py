"""A gateway with a small engine, for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local.gateway.world import Records, make_application
from tests.support.engine import FakeEngine, fake_engine
from tests.unit.gateway.bench import IMAGE, SETTINGS, Bench, opened


@pytest.fixture
async def engine(home: Path) -> AsyncIterator[FakeEngine]:
    home.mkdir()  # noqa: ASYNC240 - a moment, before anything else runs
    async with fake_engine(home / "engine.sock") as engine:
        engine.add_image(IMAGE)
        yield engine


@pytest.fixture
def records() -> Records:
    return Records({"Box": replace(make_application("Box", IMAGE), worker="web", max_instances=2)})


@pytest.fixture
async def bench(home: Path, engine: FakeEngine, records: Records) -> AsyncIterator[Bench]:
    async with opened(home, engine, records, SETTINGS) as bench:
        yield bench
