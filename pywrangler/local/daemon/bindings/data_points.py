"""Writes the data points of Analytics Engine: a file of JSON lines for each dataset, with the columns of
Cloudflare's SQL API.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

LARGEST_FILE_BYTES = 64 * 1024 * 1024
"""A file of this size becomes the older one, whose points are dropped."""


class DataPoints:
    """Takes points from the platform's code in each `workerd`."""

    def __init__(self, directory: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._directory = directory
        self._clock = clock

    @property
    def routes(self) -> list[web.RouteDef]:
        """Its part of the private API."""
        return [web.post("/analytics/{dataset}", self._write)]

    def file(self, dataset: str) -> Path:
        """The file of a dataset."""
        return self._directory / f"{quote(dataset, safe='')}.jsonl"

    async def _write(self, request: web.Request) -> web.Response:
        dataset = request.match_info["dataset"]
        moment = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        known = {"timestamp": moment, "dataset": dataset, "_sample_interval": 1}
        line = json.dumps({**known, **await request.json()}, ensure_ascii=False) + "\n"
        try:
            self._append(self.file(dataset), line.encode("utf-8", "replace"))
        except OSError as error:  # a full disk must not stop the Worker
            return web.Response(status=507, text=str(error.strerror))
        return web.Response(status=204)

    def _append(self, file: Path, line: bytes) -> None:
        self._directory.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
            is_full = os.fstat(descriptor).st_size > LARGEST_FILE_BYTES
        finally:
            os.close(descriptor)
        if is_full:
            file.replace(file.with_name(f"{file.name}.1"))
