"""Decides when a failed request is sent again: from facts, so that every case can be tested by value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_WAIT_SECONDS = 30.0
"""A server that asks for a longer pause than this is obeyed by giving up, so that no command hangs."""


def pause_after_status(
    status: int, headers: Mapping[str, str], *, is_repeatable: bool, backoff_seconds: float
) -> float | None:
    """How long to wait before sending the request again after HTTP `status`, or None for not at all.

    429 was refused before anything happened, so any request may be repeated; 5xx only what is safe to repeat.
    """
    if status != 429 and not (is_repeatable and 500 <= status < 600 and status != 501):
        return None
    asked = _retry_after_seconds(headers.get("retry-after"))
    pause = backoff_seconds if asked is None else asked
    return pause if pause <= MAX_WAIT_SECONDS else None


def pause_after_failure(
    *, was_sent: bool, is_lasting: bool, is_repeatable: bool, backoff_seconds: float
) -> float | None:
    """The same after a failed connection: what the server cannot have seen may always be sent again."""
    if is_lasting or (was_sent and not is_repeatable):
        return None
    return backoff_seconds


def _retry_after_seconds(value: str | None) -> float | None:
    """`Retry-After` as seconds from now: a number, or an HTTP date."""
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((moment.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)
