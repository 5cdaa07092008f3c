"""Times as people read them: local, with their zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def local_time(text: str | None) -> str | None:
    """`2026-11-23 09:00:00+01:00` of `2026-11-23T08:00:00.123456Z`; what has another form as it is."""
    if not isinstance(text, str) or not _TIME.match(text):
        return text
    try:
        moment = datetime.fromisoformat(text)
        # A time of an API without a zone is in UTC.
        return _local(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return text


def short_time(shown: Any, today: str) -> Any:
    """A local time as a terminal shows it, which is in the user's zone: without the zone, and without the
    date if that is `today`. What is no time stays as it is.
    """
    if not isinstance(shown, str) or not _LOCAL.fullmatch(shown):
        return shown
    day, _, time = shown.partition(" ")
    return time[:8] if day == today else f"{day} {time[:8]}"


def local_moment(seconds: float) -> str:
    """The same of seconds since the epoch."""
    return _local(datetime.fromtimestamp(seconds, UTC))


def _local(moment: datetime) -> str:
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")
