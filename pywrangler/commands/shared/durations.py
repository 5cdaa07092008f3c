"""Lengths of time as people write them: `90`, `90s`, `10m`, `2h`, `1d`, `1h30m`."""

from __future__ import annotations

import re

from pywrangler.errors import UsageError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+)([smhd])")


def parse_seconds(text: str, option: str) -> float:
    """The seconds of the duration `text`; a bare number means seconds. Raises `UsageError` that names the
    option.
    """
    if text.isascii() and text.isdecimal():
        return float(text)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(
            f"`{option}` is `{text}`, which is not a duration.",
            hint="Write it like `30s`, `10m`, `2h`, `1h30m` or `1d`.",
        )
    return float(sum(int(number) * SECONDS[unit] for number, unit in parts))
