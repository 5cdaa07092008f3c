"""Cloudflare's envelope around every response, and its format of times.

The envelope is `{success, errors, messages, result, result_info}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web


def success(result: Any, *, result_info: Mapping[str, Any] | None = None, status: int = 200) -> web.Response:
    """A response with a result."""
    body: dict[str, Any] = {"success": True, "errors": [], "messages": [], "result": result}
    if result_info is not None:
        body["result_info"] = dict(result_info)
    return web.Response(text=json.dumps(body), content_type="application/json", status=status)


def failure(status: int, errors: Sequence[Mapping[str, Any]], result: Any = None) -> web.Response:
    """A response for a refused request; `errors` are `{"code", "message"}`."""
    body = {"success": False, "errors": [dict(error) for error in errors], "messages": [], "result": result}
    return web.Response(text=json.dumps(body), content_type="application/json", status=status)


def timestamp(seconds: float | None) -> str | None:
    """Seconds since the epoch as the API writes a time, `2026-11-23T08:00:00.123456Z`; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
