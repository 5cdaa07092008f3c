"""Waits until Cloudflare has an image where instances start: one that a class chooses in `start()`."""

from __future__ import annotations

import time

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.containers import prepare_image
from pywrangler.errors import ApiError

TIMEOUT_SECONDS = 15 * 60.0
INTERVAL_SECONDS = 2.0
"""Both are Wrangler's (4.164)."""


def wait_until_prepared(client: Client, image: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
    """Returns when the image is ready. Raises `ApiError` if it cannot become so, or not in time."""
    until = time.monotonic() + timeout_seconds
    while True:
        prepared = prepare_image(client, image)
        status = prepared.get("status")
        if status == "ready":
            return
        if status != "pending":
            reason = prepared.get("reason") or f"its status is `{status}`"
            raise ApiError(f"Cloudflare could not prepare the image {image}: {reason}")
        if time.monotonic() + INTERVAL_SECONDS > until:
            raise ApiError(
                f"Cloudflare did not prepare the image {image} within {timeout_seconds:.0f} s.",
                hint="Deploy again, which waits for it again.",
            )
        time.sleep(INTERVAL_SECONDS)
