"""What Python's `logging` brings into the platform's own log."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pywrangler.local.daemon.logs.logbooks import LogBookHandler
from pywrangler.local.workerd.logs import LogBook


@pytest.mark.parametrize(("path", "status", "logged"), [("/" + "9" * 9000, 400, False), ("/", 500, True)])
async def test_a_malformed_request_is_no_error_of_the_platform(
    tmp_path: Path, path: str, status: int, logged: bool
) -> None:
    async def fail(_: web.Request) -> web.Response:
        raise RuntimeError("it failed")

    app = web.Application()
    app.router.add_get("/", fail)
    file = tmp_path / "platform.log"
    handler, root = LogBookHandler(LogBook(file)), logging.getLogger()
    root.addHandler(handler)
    try:
        async with TestClient(TestServer(app)) as client:
            assert (await client.get(path)).status == status
    finally:
        root.removeHandler(handler)
    text = file.read_text() if file.exists() else ""
    assert ("Traceback" in text, "it failed" in text) == (logged, logged)
