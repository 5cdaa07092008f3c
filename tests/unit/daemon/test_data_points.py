"""Data points of Analytics Engine as lines of a file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pywrangler.local.daemon.bindings import data_points
from pywrangler.local.daemon.bindings.data_points import DataPoints


async def test_each_point_is_a_line_and_a_full_file_becomes_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = DataPoints(tmp_path / "analytics", lambda: datetime(2026, 11, 29, 12, tzinfo=UTC))
    app = web.Application()
    app.router.add_routes(points.routes)
    monkeypatch.setattr(data_points, "LARGEST_FILE_BYTES", 150)
    async with TestClient(TestServer(app)) as client:
        for number in range(3):
            answer = await client.post("/analytics/a%2Fb", json={"double1": number})
            assert answer.status == 204
    file = tmp_path / "analytics" / "a%2Fb.jsonl"
    older = [json.loads(line) for line in file.with_name("a%2Fb.jsonl.1").read_text().splitlines()]
    assert [point["double1"] for point in older] == [0, 1]
    assert json.loads(file.read_text()) == {
        "timestamp": "2026-11-29T12:00:00.000Z",
        "dataset": "a/b",
        "_sample_interval": 1,
        "double1": 2,
    }
    assert file.stat().st_mode & 0o777 == 0o600
